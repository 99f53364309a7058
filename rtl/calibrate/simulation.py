# SPDX-License-Identifier: Apache-2.0
"""Builds and runs gatesim, the gate-level simulator beside this file."""
import dataclasses
import hashlib
import pathlib

import subprocess
import tools
from problems import ToolFailure

SOURCES = pathlib.Path(__file__).resolve().parent / "gatesim"


def files():
    return sorted([*SOURCES.glob("*.cpp"), *SOURCES.glob("*.h")])


def build(directory):
    """The program under DIRECTORY, made where it is not there for these sources."""
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in files())).hexdigest()[:16]
    program = pathlib.Path(directory) / f"gatesim-{digest}"
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        fresh = program.with_suffix(".part")
        tools.run(["c++", "-std=c++17", "-O2", "-o", str(fresh), *(str(path) for path in files() if path.suffix == ".cpp")],
                  program.with_suffix(".log"), "gatesim")
        fresh.replace(program)
    return program


@dataclasses.dataclass
class Energy:
    """fJ. `clock` is what the clock's pins take; `load` and `inputs` half of C V^2 of pins inside and behind the ports."""
    internal: float
    load: float
    inputs: float
    clock: float
    toggles: int

    @property
    def total_pj(self):
        return (self.internal + self.load + self.inputs + self.clock) / 1000


@dataclasses.dataclass
class Window:
    name: str
    clocks: int
    timed: Energy
    zero_delay: Energy


def run(program, circuit_file, stimulus, what):
    """(windows, outputs that were asked for, toggles of each net)."""
    done = subprocess.run([str(program), str(circuit_file)], input=stimulus, capture_output=True, text=True)
    if done.returncode:
        raise ToolFailure(f"{what}: {done.stderr.strip()}")
    windows, outputs, toggles = [], [], []
    for line in done.stdout.splitlines():
        kind, *words = line.split()
        if kind == "window":
            figures = [float(word) for word in words[2:]]
            windows.append(Window(words[0], int(words[1]), *(Energy(*part[:4], int(part[4])) for part in (figures[:5], figures[5:]))))
        elif kind == "output":
            outputs.append(words[0])
        else:
            toggles = [int(word) for word in words]
    return windows, outputs, toggles
