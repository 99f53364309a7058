# SPDX-License-Identifier: Apache-2.0
"""The circuit that is proved: a unit beside its second description, one output that says whether they differ.

Yosys reads the unit, sets its parameters, cuts its registers where they are read, so that what they hold is free and what they take
next is to be proved, and calls it `dut`. Its check, a module of rtl/formal, has an instance of that and the claim."""
import hashlib
import pathlib
import re

import revision
import tools
from problems import InputError, ToolFailure

HERE = pathlib.Path(__file__).resolve().parent
REGISTERS = HERE / "registers.v"


def descriptions():
    return {path.stem: path for path in sorted(HERE.glob("*.sv"), key=lambda path: (not path.stem.endswith("_pkg"), path.stem))}


def sources(proof, directory):
    """(files of the unit, files of the check); a fault is planted in a copy."""
    files, checks = revision.sources(), descriptions()
    unit = [files[name] for name in revision.closure(proof.unit, files)]
    if proof.fault:
        if files[proof.fault.source] not in unit:
            raise InputError(f"{proof.name}: a fault in {proof.fault.source}; allowed: in what the unit is made of")
        copy = directory / files[proof.fault.source].name
        copy.write_text(files[proof.fault.source].read_text().replace(proof.fault.find, proof.fault.replace))
        unit = [copy if file == files[proof.fault.source] else file for file in unit]
    return unit, [checks[name] for name in revision.closure(proof.check, checks)]


def digest(proof, files, versions):
    """Of all that the verdict depends on."""
    content = hashlib.sha256()
    for file in [*files, REGISTERS, pathlib.Path(__file__), HERE / "engines.py"]:
        content.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    content.update(repr((proof.parameters, proof.engine, sorted(versions.items()))).encode())
    return content.hexdigest()[:16]


def build(proof, unit, check, directory):
    """top.il, top.smt2 and top.aig in `directory`; returns the number of and gates."""
    words = lambda files: " ".join(map(str, files))
    sets = " ".join(f"-set {name} {value}" for name, value in proof.parameters)
    script = [f"read_verilog -sv {words(unit)}", *([f"chparam {sets} {proof.unit}"] if sets else []),
              f"hierarchy -check -top {proof.unit}", "rename -top dut", "proc", "opt_clean -purge", "expose -dff -cut dut",
              f"techmap -map {REGISTERS} dut", "flatten", "opt -full", "write_ilang dut.il", "design -reset",
              "read_ilang dut.il", f"read_verilog -sv {words(check)}", *([f"chparam {sets} {proof.check}"] if sets else []),
              f"hierarchy -check -top {proof.check}", "rename -top top", "proc", "flatten", "check -assert", "opt -full", "write_ilang top.il",
              "delete -port top/o:* top/o:fails_o %d", "opt_clean", "write_smt2 -stbv -wires top.smt2",
              "synth -run fine", "abc -g AND -fast", "opt_clean", "aigmap", "tee -o cells.txt stat", "write_aiger -map top.map top.aig"]
    (directory / "build.ys").write_text("\n".join(script) + "\n")
    log = directory / "build.log"
    tools.run(["yosys", "-q", "-s", "build.ys"], log, proof.name, cwd=directory)
    # A port of another width is another claim, and what is left of a register is one that was not cut.
    if wrong := re.search(r"^.*(Resizing cell port|no driver).*$", log.read_text(), re.M):
        raise ToolFailure(f"{proof.name}: {wrong.group(0)} ({log})")
    if "dff" in (cells := (directory / "cells.txt").read_text()).lower():
        raise ToolFailure(f"{proof.name}: registers are left ({directory / 'cells.txt'})")
    found = re.search(r"\$_AND_ +(\d+)", cells)
    return int(found.group(1)) if found else 0
