# SPDX-License-Identifier: Apache-2.0
"""The programs that the flow runs, and what to install where one is missing."""
import os
import pathlib
import re
import shutil
import subprocess

from problems import InputError, ToolFailure

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = {"yosys": "yosys", "yosys-abc": "yosys", "sta": "opensta", "verilator": "verilator", "c++": "g++", "ghdl": "ghdl", "z3": "z3"}
VERSION = {"yosys": ["-V"], "sta": ["-version"], "verilator": ["--version"], "z3": ["--version"]}


def require(names):
    """Throws InputError where a program is not in the path: all of them, with one command to install them."""
    missing = [name for name in names if not shutil.which(name)]
    if missing:
        packages = " ".join(sorted({PACKAGES[name] for name in missing}))
        raise InputError(f"{', '.join(missing)}: not found; allowed: after apt-get install {packages}")


def binade():
    """The program. Throws InputError where it is not built."""
    path = pathlib.Path(os.environ.get("BINADE", ROOT / "build/binade"))
    if not path.exists():
        raise InputError(f"{path}: not there; allowed: after make build, or BINADE=PATH")
    return str(path.resolve())


def environment():
    """OpenSTA keeps a history in the home folder, and modules that are built belong to the build tree."""
    return {"BINADE_RTL_CACHE": str(ROOT / "build/rtl_sets")} | dict(os.environ)


def versions(names):
    """Name -> what the program says of itself."""
    found = {}
    for name in names:
        if name in VERSION:
            said = subprocess.run([name, *VERSION[name]], capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout
            found[name] = re.sub(r"\s+", " ", said.strip())[:80]
    return found


def run(command, log, what, **more):
    """Runs one tool with its output in `log`. Throws ToolFailure with the last lines of it."""
    with open(log, "w", encoding="utf-8") as file:
        done = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, **more)
    if done.returncode:
        tail = pathlib.Path(log).read_text(encoding="utf-8", errors="replace").strip().splitlines()[-6:]
        raise ToolFailure(f"{what}: {command[0]} failed ({log}):\n" + "\n".join(tail))
