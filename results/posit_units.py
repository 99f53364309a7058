#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Posit units of others through our synthesis, beside ours: the section of docs/cost.md between its markers, as a table without a bound.

  posit_units.py --liberty FILE --pacogen DIR [--out DIR]

DIR: github.com/manish-kj/PACoGen (revision 5f6572c9). Nothing of it is part of this program."""
import argparse
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "rtl/calibrate"))
import area  # noqa: E402
import cost_checks  # noqa: E402
import liberty  # noqa: E402
import selection  # noqa: E402
import synthesis  # noqa: E402
import table  # noqa: E402
import timing  # noqa: E402
from shapes import Shape  # noqa: E402

FIRST, LAST = "<!-- posit units -->\n", "<!-- /posit units -->\n"
WIDTH, ES = 8, 2
UNITS = {"mult": "product, rounded", "add": "sum, rounded"}
TARGETS = (0, 0.8, 0.65, 0.5)  # as models/cost/calibrated/plan.yaml


def point(library, source, top, directory):
    """The point of greatest f / A, as for our own units."""
    directory.mkdir(parents=True, exist_ok=True)
    shape = Shape(top, "", (), (("N", WIDTH), ("es", ES)))
    found, relaxed = [], None
    for hierarchy in ("flat", "hierarchical"):
        flatten = "-flatten " if hierarchy == "flat" else ""
        synthesis.script(directory, "base", [f"read_verilog -sv {source}", f"chparam -set N {WIDTH} -set es {ES} {top}", f"hierarchy -check -top {top}",
                                             f"rename -top {top}", f"synth {flatten}-top {top}", f"write_ilang {directory / 'base.il'}"], shape.name)
        for target in TARGETS:
            target_ps = target * relaxed if target else synthesis.RELAXED_PS
            counts = synthesis.map_to(shape, library, target_ps, directory / "base.il", directory)
            area_um2, _, cells, _ = area.totals(counts, library.cells, top)
            delay_ps = timing.critical_path_ps(shape, library, top, directory)
            relaxed = relaxed or delay_ps
            found.append({"target": target, "target_ps": target_ps, "area_um2": area_um2, "delay_ps": delay_ps, "cells": cells})
    return selection.best(found)


def section(library, sources, directory, ours):
    lines = ["| unit | what | um2 | critical path, ps |", "|---|---|---|---|"]
    for word, what in UNITS.items():
        top = f"posit_{word}"
        one = point(library, sources / word / f"{top}.v", top, directory / top)
        lines.append(f"| PACoGen `{top}`, N = {WIDTH}, es = {ES} | {what}; no registers | {one['area_um2']:.1f} | {one['delay_ps']:.0f} |")
    for row in table.read_samples(ours):
        if row["selected"] and row["unit"] in ("posit_pe", "posit_lane") and row["format"] == f"posit{WIDTH}" and not row["settings"]:
            what = "product added to the exact quire" if row["unit"] == "posit_pe" else "quire to posit, rounded"
            lines.append(f"| ours, `{row['unit']}` of {row['format']} | {what}; registers included | {row['area_um2']:.1f} | {row['delay_ps']:.0f} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--liberty", type=Path, required=True)
    parser.add_argument("--pacogen", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="netlists; default: a folder that goes away")
    parser.add_argument("--table", type=Path, default=HERE.parent / "models/cost/calibrated/asap7")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        out = (arguments.out or Path(temporary)).resolve()
        library = liberty.prepared(liberty.read(arguments.liberty), out)
        text = section(library, arguments.pacogen.resolve(), out, arguments.table)
    page = cost_checks.PAGE.read_text(encoding="utf-8")
    cost_checks.PAGE.write_text(cost_checks.with_section(page, text, FIRST, LAST), encoding="utf-8")


if __name__ == "__main__":
    main()
