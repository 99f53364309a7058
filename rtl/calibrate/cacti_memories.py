#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A table of memories from CACTI, for technologies without SRAM macros: banks of 64 bits with one port, no cache.

  cacti_memories.py --cacti DIR > models/cost/calibrated/TECHNOLOGY/memories.csv

DIR: CACTI 7 (github.com/HewlettPackard/cacti), built. Exit codes: 0 done; 2 DIR is none; 3 CACTI failed."""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

import memories
from problems import InputError, ToolFailure, exit_code

NODE_NM, CELLS, KELVIN = 22, "itrs-lop", 300  # the smallest node that CACTI knows
WORDS, BITS = (64, 128, 256, 512, 1024, 2048, 4096, 8192), 64
SOURCE = f"CACTI 7 at {NODE_NM} nm ({CELLS}, {KELVIN} K; ACM TACO 14(2), 2017), not scaled to another node"
# Lines of CACTI's own cache.cfg that are other here.
SETTINGS = {"size (bytes)": "{bytes}", "block size (bytes)": f"{BITS // 8}", "associativity": "1", "technology (u)": f"{NODE_NM / 1000}",
            "Data array cell type": f'- "{CELLS}"', "Data array peripheral type": f'- "{CELLS}"', "output/input bus width": f"{BITS}",
            "operating temperature (K)": f"{KELVIN}", "cache type": '"ram"',
            "design objective (weight delay, dynamic power, leakage power, cycle time, area)": "0:100:0:0:0"}
FIGURES = {"access": r"Access time \(ns\): (\S+)", "read": r"Total dynamic read energy per access \(nJ\): (\S+)",
           "write": r"Total dynamic write energy per access \(nJ\): (\S+)", "leakage": r"Total leakage power of a bank \(mW\): (\S+)",
           "gate": r"Total gate leakage power of a bank \(mW\): (\S+)", "height": r"Cache height x width \(mm\): (\S+) x", "width": r"Cache height x width \(mm\): \S+ x (\S+)"}


def configuration(text, words):
    for name, value in SETTINGS.items():
        text, count = re.subn(rf"^-{re.escape(name)} .*", lambda _: f"-{name} {value.format(bytes=words * BITS // 8)}", text, flags=re.M)
        if not count:
            raise InputError(f"--cacti: cache.cfg has no -{name}; allowed: that of CACTI 7")
    return text


def row(directory, words):
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as file:
        file.write(configuration((directory / "cache.cfg").read_text(), words))
        file.flush()
        said = subprocess.run([directory / "cacti", "-infile", file.name], capture_output=True, text=True, cwd=directory).stdout
    found = {name: re.search(pattern, said) for name, pattern in FIGURES.items()}
    if not all(found.values()):
        raise ToolFailure(f"{directory}/cacti: no {', '.join(name for name, match in found.items() if not match)} of {words} words")
    figures = {name: float(match[1]) for name, match in found.items()}
    return {"words": words, "bits": BITS, "area_um2": figures["height"] * figures["width"] * 1e6, "leakage_nw": (figures["leakage"] + figures["gate"]) * 1e6,
            "read_pj": figures["read"] * 1e3, "write_pj": figures["write"] * 1e3, "access_ps": figures["access"] * 1e3, "voltage": voltage(directory),
            "library": f"cacti-{NODE_NM}nm-{CELLS}"}


def voltage(directory):
    """Of CELLS: the columns of the node's file are hp, lstp, lop, ..."""
    line = re.search(r"^-Vdd \(V\) (.*)", (directory / f"tech_params/{NODE_NM}nm.dat").read_text(), re.M)
    return float(line[1].split()[("itrs-hp", "itrs-lstp", "itrs-lop").index(CELLS)])


def make(directory):
    if not (directory / "cacti").exists():
        raise InputError(f"--cacti {directory}: no program cacti in it; allowed: CACTI 7, built")
    rows = [row(directory, words) for words in WORDS]
    memories.write(SOURCE, [{name: float(f"{value:.6g}") if isinstance(value, float) else value for name, value in one.items()} for one in rows])
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cacti", metavar="DIR", type=pathlib.Path, required=True)
    directory = parser.parse_args().cacti.resolve()
    return exit_code("cacti_memories", lambda: make(directory))


if __name__ == "__main__":
    sys.exit(main())
