#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the RTL costs in a cell library: area, critical path, leakage and switching energy of its units, with the regressions between widths.

  calibrate.py --liberty FILE [--plan FILE] [--technology NAME] [--jobs N] [--out DIR] [--tables DIR]
                        sweeps the plan, keeping what the technology's table and --out hold, and writes the table
  ... --finished        writes the table of the shapes that are finished and starts none
  calibrate.py --refit [TABLE...]   fits the samples of tables again, without synthesising
  calibrate.py --drift [TABLE...]   which samples were measured on other RTL than today's; exit 1 where there are any
  calibrate.py --carry [TABLE...]   takes samples over to today's RTL where the circuit is the same; exit 1 where some are of another

Exit codes: 0 done; 1 a netlist differs from its RTL, or tables have drifted; 2 the input was wrong; 3 a tool failed. See README.md."""
import argparse
import os
import pathlib
import re
import sys

import carry
import energy_table
import fit_file
import fits
import kept
import liberty
import library_checks
import plan as plans
import shapes
import sweep
import table
import tools
from problems import InputError, exit_code

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLES = ROOT / "models/cost/calibrated"
TOOLS = ("yosys", "yosys-abc", "sta", "verilator", "c++")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--liberty", metavar="FILE", help="the cell library")
    what.add_argument("--refit", nargs="*", metavar="TABLE", help="fit again; default: every table")
    what.add_argument("--drift", nargs="*", metavar="TABLE", help="compare with today's RTL; default: every table")
    what.add_argument("--carry", nargs="*", metavar="TABLE", help="take over what is the same circuit today; default: every table")
    parser.add_argument("--plan", metavar="FILE", default=TABLES / "plan.yaml", help="the sweep (%(default)s)")
    parser.add_argument("--forms", metavar="FILE", default=TABLES / "forms.yaml", help="the forms of the regressions (%(default)s)")
    parser.add_argument("--technology", metavar="NAME", help="the table's name; default: the library's")
    parser.add_argument("--jobs", metavar="N", type=int, default=os.cpu_count(), help="shapes at a time (%(default)s)")
    parser.add_argument("--out", metavar="DIR", type=pathlib.Path, help="points and netlists; default: build/calibrate/TECHNOLOGY")
    parser.add_argument("--finished", action="store_true", help="the table of what is finished")
    parser.add_argument("--tables", metavar="DIR", type=pathlib.Path, default=TABLES, help="where the table goes (%(default)s)")
    return parser.parse_args()


def calibrate(options):
    if options.jobs < 1:
        raise InputError(f"--jobs {options.jobs}: allowed: 1 or more")
    plan, forms = plans.read(options.plan), fits.read_forms(options.forms)
    if lacking := list(fits.without_points(plan, forms)):
        raise InputError("\n".join(f"--plan {options.plan}: {line} (--forms {options.forms})" for line in lacking))
    library = liberty.read(options.liberty)
    library_checks.check(library)
    technology = options.technology or re.sub(r"[^a-z0-9]+", "-", library.name.lower()).strip("-")
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", technology):
        raise InputError(f"--technology {technology}: allowed: small letters, digits, dots and dashes")
    tools.require(TOOLS)
    binade, versions = tools.binade(), tools.versions(TOOLS)
    if refused := list(shapes.refused(plan.shapes, binade)):
        raise InputError("\n".join(f"--plan {options.plan}: {line}" for line in refused))
    out = (options.out or ROOT / "build/calibrate" / technology).resolve()
    directory = options.tables / technology
    held = kept.Kept(directory, library, versions)
    if held.why_not:
        print(f"table {directory}: of {held.why_not}: every shape is made anew", flush=True)
    job = sweep.Sweep(plan, liberty.prepared(library, out), out, binade, versions, options.finished, library.path, held)
    results = job.run(options.jobs)
    if not results:
        raise InputError(f"--finished: no shape of {options.plan} in {out}; allowed: after a sweep that finished some")
    table.write(directory, library, versions, kept.flow(), [made for made, _ in results], len(job.shapes))
    energy_table.write(directory, [window for _, windows in results for window in windows])
    fit_file.remake(directory, forms)
    print(f"table: {directory}")


def tables(options, named):
    found = [pathlib.Path(name) for name in named] or sorted(path.parent for path in options.tables.glob("*/samples.csv"))
    if not found:
        raise InputError(f"--tables {options.tables}: no table; allowed: a folder of tables, each with samples.csv")
    for directory in found:
        table.read_provenance(directory)
    return found


def told(directory, stale):
    """Whether there are samples of another RTL than today's; a line each."""
    for line in stale or ["every sample is of today's RTL"]:
        print(f"{directory.name}: {line}")
    return bool(stale)


def carry_over(directory, binade, forms):
    others = carry.over(directory, binade)
    fit_file.remake(directory, forms)
    return told(directory, [f"{name}: another circuit than was measured" for name in others])


def carry_out(options):
    if options.refit is not None:
        forms = fits.read_forms(options.forms)
        fits_of = {directory: fit_file.made(directory, forms) for directory in tables(options, options.refit)}
        for directory, fit in fits_of.items():
            fit_file.write(directory, fit)
    elif options.carry is not None:
        tools.require(["yosys"])
        binade, forms = tools.binade(), fits.read_forms(options.forms)
        found = tables(options, options.carry)
        for directory in found:
            fit_file.made(directory, forms)  # a table with a wrong file ends here, before one is written
        return int(any([carry_over(directory, binade, forms) for directory in found]))
    elif options.drift is not None:
        return int(any([told(directory, table.drift(directory)) for directory in tables(options, options.drift)]))
    else:
        calibrate(options)
    return 0


def main():
    options = arguments()
    return exit_code("calibrate", lambda: carry_out(options))


if __name__ == "__main__":
    sys.exit(main())
