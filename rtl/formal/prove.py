#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Proves units of the RTL equal to second descriptions of them, for all inputs.

  prove.py [--plan FILE] [--only TEXT] [--jobs N] [--out DIR]   the plan; what --out holds of the same sources is kept
  prove.py --mutate ...                        plants the plan's faults instead: each must be found
  prove.py --document FILE ...                 writes the table into a document, between its marks
  prove.py --list ...                          says what would be proved

Exit codes: 0 nothing refuted (with --mutate: every fault found); 1 otherwise; 2 the input was wrong; 3 a tool failed. See
docs/formal.md."""
import argparse
import concurrent.futures
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(1, str(HERE.parent / "calibrate"))

import engines
import proof_plan
import tools
import verdicts
from problems import InputError, exit_code


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plan", metavar="FILE", default=HERE / "plan.yaml", help="the proofs (%(default)s)")
    parser.add_argument("--only", metavar="TEXT", default="", help="proofs with this in their names")
    parser.add_argument("--jobs", metavar="N", type=int, default=os.cpu_count(), help="proofs at a time (%(default)s)")
    parser.add_argument("--out", metavar="DIR", type=pathlib.Path, default=ROOT / "build/formal", help="circuits, logs, results.json (%(default)s)")
    parser.add_argument("--document", metavar="FILE", type=pathlib.Path, help="a document with the table")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--mutate", action="store_true", help="plant the faults")
    what.add_argument("--list", action="store_true", help="prove nothing")
    return parser.parse_args()


def prove(options):
    if options.jobs < 1:
        raise InputError(f"--jobs {options.jobs}: allowed: 1 or more")
    proofs, planted = proof_plan.read(options.plan)
    chosen = [proof for proof in (planted if options.mutate else proofs) if options.only in proof.name]
    if not chosen:
        raise InputError(f"--only {options.only}: no proof has it in its name; allowed: a part of a name of --list, such as {proofs[0].name}")
    if options.document and (options.mutate or options.only):
        raise InputError("--document: of a part; allowed: without --only and --mutate")
    if options.list:
        for proof in chosen:
            print(f"{proof.name}: {proof.claim} ({proof.engine}, {proof.limit_s} s)")
        return 0
    if options.document:
        verdicts.marks_of(options.document)
    programs = sorted({"yosys", "yosys-abc", *(engines.PROGRAMS[proof.engine] for proof in chosen)})
    tools.require(programs)
    versions = tools.versions(programs)
    out = (options.out / "faults" if options.mutate else options.out).resolve()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        jobs = [pool.submit(verdicts.settle, proof, out, versions) for proof in chosen]
        results = []
        try:
            for job in jobs:
                results.append(job.result())
                print(verdicts.line(results[-1]), flush=True)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    verdicts.write(out, results, versions)
    if options.document:
        verdicts.write_document(options.document, results, versions)
    return verdicts.conclude(results, options.mutate)


def main():
    options = arguments()
    return exit_code("prove", lambda: prove(options))


if __name__ == "__main__":
    sys.exit(main())
