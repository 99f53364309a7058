#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Posit units of others through our synthesis, beside ours: the section of docs/cost.md between its markers, as a table without a bound.

  posit_units.py --liberty FILE --pacogen DIR --percival DIR [--out DIR]

DIR: github.com/manish-kj/PACoGen (revision 5f6572c9) and github.com/artecs-group/PERCIVAL (fd1d154f), whose VHDL becomes Verilog by ghdl. Nothing of
them is part of this program. With --out it goes on where it stopped."""
import argparse
import dataclasses
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "rtl/calibrate"))
import area  # noqa: E402
import cost_checks  # noqa: E402
import kept  # noqa: E402
import liberty  # noqa: E402
import points  # noqa: E402
import selection  # noqa: E402
import synthesis  # noqa: E402
import table  # noqa: E402
import timing  # noqa: E402
import tools  # noqa: E402
from shapes import Shape  # noqa: E402

FIRST, LAST = "<!-- posit units -->\n", "<!-- /posit units -->\n"
TARGETS = (0, 0.8, 0.65, 0.5)  # as models/cost/calibrated/plan.yaml
OURS = ("posit8", "posit16")


@dataclasses.dataclass(frozen=True)
class Unit:
    name: str
    what: str
    source: str  # of the folder
    top: str
    parameters: tuple = ()  # (name, value)
    hierarchies: tuple = ("flat", "hierarchical")


PACOGEN = [Unit(f"PACoGen `posit_{word}`, N = 8, es = 2", what, f"{word}/posit_{word}.v", f"posit_{word}", (("N", 8), ("es", 2)))
           for word, what in (("mult", "product, rounded"), ("add", "sum, rounded"))]
PERCIVAL = [Unit("PERCIVAL `PositAdder`, N = 32, es = 2", "sum, rounded", "core/pau/pau_add.vhd", "PositAdder", hierarchies=("flat",))]


def verilog(unit, folder, directory):
    """The unit's source in Verilog, and its module there."""
    source = folder / unit.source
    if source.suffix == ".v":
        return source, unit.top
    made = directory / "unit.v"
    tools.run(["ghdl", "-a", "--std=08", "-fsynopsys", str(source)], directory / "analysis.log", unit.name, cwd=directory)
    done = subprocess.run(["ghdl", "--synth", "--std=08", "-fsynopsys", "--out=verilog", unit.top], cwd=directory, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{unit.name}: ghdl: {done.stderr.strip()}")
    made.write_text(done.stdout)
    return made, unit.top


def point(library, folder, unit, out, store):
    """The point of greatest f / A, as for our own units."""
    directory = out / "work" / re.sub(r"\W+", "-", unit.name)
    directory.mkdir(parents=True, exist_ok=True)
    source, top = verilog(unit, folder, directory)
    shape, found, relaxed = Shape(top, "", (), unit.parameters), [], None
    sets = " ".join(f"-set {name} {value}" for name, value in unit.parameters)
    for hierarchy in unit.hierarchies:
        flatten = "-flatten " if hierarchy == "flat" else ""
        commands = [f"read_verilog -sv {source}", *([f"chparam {sets} {top}"] if sets else []), f"hierarchy -check -top {top}", f"rename -top {top}",
                    f"synth {flatten}-top {top}", f"write_ilang {directory / 'base.il'}"]
        elaborated = False
        for target in TARGETS:
            target_ps = target * relaxed if target else synthesis.RELAXED_PS

            def make():
                nonlocal elaborated
                if not elaborated:
                    synthesis.script(directory, "base", commands, shape.name)
                    elaborated = True
                counts = synthesis.map_to(shape, library, target_ps, directory / "base.il", directory)
                area_um2, _, cells, flip_flops = area.totals(counts, library.cells, top)
                return {"target": target, "target_ps": target_ps, "area_um2": area_um2, "delay_ps": timing.critical_path_ps(shape, library, top, directory),
                        "cells": cells, "flip_flops": flip_flops}
            key = points.key(library=library.digest, source=source.read_text(), commands=commands, target_ps=round(target_ps, 3), steps=kept.text(kept.POINT_STEPS))
            found.append(store.of(f"{directory.name}/{hierarchy}-{target or 'relaxed'}", key, make))
            relaxed = relaxed or found[-1]["delay_ps"]
    return selection.best(found)


def section(library, folders, out, ours):
    store = points.Store(out / "points")
    lines = ["| unit | what | um2 | critical path, ps |", "|---|---|---|---|"]
    for units, folder in zip((PERCIVAL, PACOGEN), folders):
        for unit in units:
            one = point(library, folder, unit, out, store)
            registers = f"{one['flip_flops']} flip-flops" if one["flip_flops"] else "no registers"
            lines.append(f"| {unit.name} | {unit.what}; {registers} | {one['area_um2']:.1f} | {one['delay_ps']:.0f} |")
            print(lines[-1], flush=True)
    for row in table.read_samples(ours):
        if row["selected"] and row["unit"] in ("posit_pe", "posit_lane") and row["format"] in OURS and not row["settings"]:
            what = "product added to the exact quire" if row["unit"] == "posit_pe" else "quire to posit, rounded"
            lines.append(f"| ours, `{row['unit']}` of {row['format']} | {what}; {row['flip_flops']:.0f} flip-flops | {row['area_um2']:.1f} | {row['delay_ps']:.0f} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--liberty", type=Path, required=True)
    parser.add_argument("--pacogen", type=Path, required=True)
    parser.add_argument("--percival", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="points and netlists; default: a folder that goes away")
    parser.add_argument("--table", type=Path, default=HERE.parent / "models/cost/calibrated/asap7")
    arguments = parser.parse_args()
    tools.require(("yosys", "yosys-abc", "sta", "ghdl"))
    with tempfile.TemporaryDirectory() as temporary:
        out = (arguments.out or Path(temporary)).resolve()
        library = liberty.prepared(liberty.read(arguments.liberty), out)
        text = section(library, (arguments.percival.resolve(), arguments.pacogen.resolve()), out, arguments.table)
    cost_checks.write_section(text, FIRST, LAST)


if __name__ == "__main__":
    main()
