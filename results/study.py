#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the runs of runs.yaml that have no history yet, trainings and maps of formats, and writes the page of results."""

import argparse
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import history_file
import yaml
from maps import maps_of

HERE = Path(__file__).resolve().parent
HISTORIES = HERE / "histories"
PAGE = HERE.parent / "docs" / "results.md"


class Run:
    """One training: a row of a study with one seed."""

    def __init__(self, study, row, seed):
        self.study, self.row, self.seed = study, row, seed
        self.name = re.sub(r"[^A-Za-z0-9]+", "-", f"{study['name']} {row['name']} s{seed}")
        words = ["--network", study["network"], "--data", study["data"], "--epochs", str(study["epochs"])]
        words += ["--seed", str(seed), "--recipe", row["recipe"]]
        for key, value in {**study.get("set", {}), **row.get("set", {})}.items():
            words += ["--set", f"{key}={value}"]
        self.words = words + study.get("options", [])
        self.history = HISTORIES / f"{self.name}.csv"

    def command(self):
        return "binade train " + " ".join(self.words)

    def rows(self):
        """The history's rows; nothing where it is of another command or missing."""
        return [row for row in history_file.read(self.history, self.command()) if row["test_accuracy"]]

    def done(self):
        rows = self.rows()
        return bool(rows) and int(rows[-1]["epoch"]) >= self.study["epochs"]

    def make(self, binade, data, work, threads):
        out = work / self.name
        words = [w if w != self.study["data"] else str(data / w) if w != "." else str(data) for w in self.words]
        command = [binade, "train", *words, "--threads", str(threads), "--out", str(out), "--resume"]
        print(self.command(), flush=True)
        result = subprocess.run(command, check=False)
        history = out / "history.csv"
        if history.exists():
            history_file.write(self.history, self.command(), history.read_text())
        if result.returncode != 0:
            print(f"{self.name}: exit code {result.returncode}", file=sys.stderr)
        elif out.exists():
            shutil.rmtree(out)
        return result.returncode == 0


def runs_of(studies):
    return [Run(study, row, seed) for study in studies for row in study.get("rows", []) for seed in study["seeds"]]


def percent(values):
    if not values:
        return "-"
    mean = sum(values) / len(values)
    return f"{100 * mean:.2f}" + (f" ± {50 * (max(values) - min(values)):.2f}" if len(values) > 1 else "")


def table(study):
    accuracies, lines = {}, []
    for row in study["rows"]:
        runs = [Run(study, row, seed) for seed in study["seeds"]]
        rows = [run.rows() for run in runs]
        last = [float(r[-1]["test_accuracy"]) for r in rows if r and int(r[-1]["epoch"]) >= study["epochs"]]
        epochs = min((int(r[-1]["epoch"]) for r in rows if r), default=0)
        accuracies[row["name"]] = last
        base = accuracies.get("fp32", [])
        gap = f"{100 * (sum(last) / len(last) - sum(base) / len(base)):+.2f}" if last and base and row["name"] != "fp32" else ""
        state = f"{len(last)} of {len(runs)} seeds" + (f", at epoch {epochs}" if 0 < epochs < study["epochs"] else "")
        lines.append(f"| {row['name']} | `{row['recipe']}` | {percent(last)} | {gap} | {row.get('paper', '')} | {state} |")
    head = ["| run | recipe | test accuracy, % | to fp32, points | published | state |", "|---|---|---|---|---|---|"]
    return "\n".join(head + lines)


def training_part(study):
    return ["```sh", Run(study, study["rows"][0], study["seeds"][0]).command(), "```", "", table(study), ""]


def map_part(one):
    picture = PAGE.parent / "results" / f"{one.name}.svg"
    picture.parent.mkdir(exist_ok=True)
    picture.write_text(one.picture())
    text = [f"### {one.grid['title']}", "", f"![{one.grid['title']}](results/{picture.name})", ""]
    return text + ["```sh", one.command() + " --data IMAGES --format " + one.formats()[0], "```", "", one.table(), ""]


def page(studies):
    text = ["# Results", ""]
    text += ["Accuracies after training in each format, measured with this program and written by `results/study.py page` from the"]
    text += ["histories in `results/histories`. What a paper reports stands beside it; data sets are smaller here (each heading says how"]
    text += ["large), so it is the gap to fp32 under the same settings that compares. One test image is 0.05 points, seeds differ by about"]
    text += ["0.2: gaps below 0.3 points are noise. ± is half the range over the seeds.", ""]
    for study in studies:
        text += [f"## {study['title']}", "", study.get("about", "").strip(), ""]
        if "rows" in study:
            text += training_part(study)
        for one in maps_of(study, HISTORIES):
            text += map_part(one)
        if study.get("finding"):
            text += [study["finding"].strip(), ""]
    PAGE.write_text("\n".join(text))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data")
    parser.add_argument("--binade", default=str(HERE.parent / "build" / "binade"))
    parser.add_argument("--work", type=Path, default=HERE.parent / "out" / "results", help="where unfinished runs lie")
    parser.add_argument("--threads", type=int, default=1)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="make what is missing, then the page")
    run.add_argument("pattern", nargs="*", default=["*"])
    commands.add_parser("page", help="the page from the histories")
    options = parser.parse_args()
    studies = yaml.safe_load((HERE / "runs.yaml").read_text())
    failed = False
    if options.command == "run":
        options.work.mkdir(parents=True, exist_ok=True)
        for one in runs_of(studies):
            if any(fnmatch(one.name, f"*{p}*") for p in options.pattern) and not one.done():
                failed |= not one.make(options.binade, options.data, options.work, options.threads)
                page(studies)
        for one in [one for study in studies for one in maps_of(study, HISTORIES)]:
            if any(fnmatch(one.name, f"*{p}*") for p in options.pattern):
                failed |= not one.make(options.binade, options.data, options.work)
                page(studies)
    page(studies)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
