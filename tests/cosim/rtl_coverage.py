#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Structural coverage of the RTL: rtl_coverage.py OUT [line|toggle]

Runs `binade verify` with Verilator's coverage over the points of verify_points.txt, adds the counts up and prints, for each module of
rtl/, the points that were reached. `line`: whole matrix; a point that was never reached must be explained in uncovered.txt, and an
explanation must still be needed, else it exits 1. `toggle`: single units only (an array is many times slower), a figure without a limit."""
import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BINADE = os.environ.get("BINADE", str(ROOT / "build/binade"))
RUNS = [["--stimulus", "random"], ["--stimulus", "corner", "--stalls", "none"]]
# Random vectors; coverage makes each many times slower than the program's default expects.
COUNT, COUNTS = 10000, {"systolic_array": 200, "exponent_unit": 3000, "core": 500}
POINT = re.compile(r"C '(.*)' (\d+)$")


def points():
    for line in (HERE / "verify_points.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            yield line.split()


def run(job):
    (unit, word, *settings), stage, kind, data = job
    done = subprocess.run([BINADE, "verify", unit, "--format", word, *[f"--set={s}" for s in settings], *stage, "--jobs", "1",
                           *(["--count", str(COUNTS.get(unit, COUNT))] if "random" in stage else []),
                           f"--coverage={kind}", "--coverage-file", str(data), "--out", f"{data}.csv"], capture_output=True, text=True)
    assert done.returncode == 0, f"{unit} {word}: {done.stdout}{done.stderr}"
    return pathlib.Path(f"{data}.0")


def counts(files):
    """(module, file, line, what) -> times reached, over all instances and parameter sets."""
    total = collections.Counter()
    for file in files:
        for text in file.read_text(errors="replace").splitlines():
            match = POINT.match(text)
            if not match:
                continue
            fields = dict(field.split("\x02", 1) for field in match[1].split("\x01") if "\x02" in field)
            kind, module = fields["page"].split("/", 1)
            module = module.split("__")[0]
            what = fields.get("o", "") if kind == "v_toggle" else fields.get("o", "").split("$")[0]
            total[(kind, module, pathlib.Path(fields["f"]).name, int(fields["l"]), what)] += int(match[2])
    return total


def explanations():
    """module, code of the line -> reason."""
    table = {}
    for line in (HERE / "uncovered.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            module, code, reason = (part.strip() for part in line.split("|"))
            table[(module, code)] = reason
    return table


def main():
    out, kind = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2] if len(sys.argv) > 2 else "line"
    out.mkdir(parents=True, exist_ok=True)
    wide = ("core", "systolic_array")
    jobs = [(point, stage, kind, out / f"{kind}{i}-{j}.dat") for i, point in enumerate(points()) for j, stage in enumerate(RUNS)
            if kind == "line" or point[0] not in wide]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        total = counts(pool.map(run, jobs))
    wanted = "v_toggle" if kind == "toggle" else ("v_line", "v_branch")
    total = {key: count for key, count in total.items() if key[0] in wanted}
    modules = collections.defaultdict(lambda: [0, 0])
    for (_, module, *_), count in total.items():
        modules[module][0] += count != 0
        modules[module][1] += 1
    for module, (reached, all_points) in sorted(modules.items()):
        print(f"{module:24} {reached:5} of {all_points:5} {kind} points, {100 * reached / all_points:5.1f} %")
    if kind == "toggle":
        return 0
    sources = {path.name: path.read_text().splitlines() for path in (ROOT / "rtl").rglob("*.sv")}
    table, used, unexplained = explanations(), set(), []
    for (_, module, file, line, what), count in sorted(total.items()):
        if count != 0:
            continue
        key = (module, sources[file][line - 1].strip())
        if key in table:
            used.add(key)
        else:
            unexplained.append(f"{module} | {key[1]} | ({file}:{line} {what})")
    print(f"{len(unexplained)} unexplained, {len(used)} explained, {len(table) - len(used)} explanations without need")
    print("\n".join(sorted(set(unexplained)) + [f"not needed: {key}" for key in table.keys() - used]))
    return 1 if unexplained or table.keys() - used else 0


if __name__ == "__main__":
    sys.exit(main())
