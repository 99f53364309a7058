#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the commands of cookbook.yaml and writes docs/cookbook.md, or compares it with what they print now."""

import argparse
import difflib
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WIDTH = 170  # of the printed output: notes are cut there, and end in dots

# What differs from run to run and machine to machine.
DROPPED = [r"^this run took .*\n", r"^results: .*\n", r" in [\d.]+ s \([\d,]+ a minute\)"]


def output_of(command, binade):
    """What the command prints, less times; it runs in the source tree, and its OUT is a folder that goes afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        words = [binade if word == "binade" else word.replace("OUT", folder) if word == "OUT" else word for word in shlex.split(command)]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{command}\n{done.stderr}exit code {done.returncode}")
    text = done.stdout
    for pattern in DROPPED:
        text = re.sub(pattern, "", text, flags=re.M)
    lines = [line.rstrip() for line in text.splitlines()]
    return "\n".join(line if len(line) <= WIDTH else line[:WIDTH].rstrip() + " ..." for line in lines)


def shown(command):
    """The command as lines that a shell takes."""
    lines, line = [], ""
    for word in shlex.split(command.replace(" --out OUT", " --out out/answer")):
        if line and len(line) + len(word) > 130 and word.startswith("--"):
            lines.append(line + " \\")
            line = "   "
        line += (" " if line else "") + shlex.quote(word)
    return "\n".join([*lines, line])


def page(binade, questions):
    text = ["# Cookbook", ""]
    text += ["Questions, each with one command, what it prints, and how to read it. `results/cookbook.py write` runs the commands of `results/cookbook.yaml` and writes this page;"]
    text += ["`results/cookbook.py check` says where a build prints something else. The narrowest format for a given loss of accuracy is a command of its own: [search.md](search.md).", ""]
    for entry in yaml.safe_load(questions.read_text()):
        print(entry["title"], file=sys.stderr, flush=True)
        text += [f"## {entry['title']}", "", "```sh", shown(entry["command"]), "```", "", "```text", output_of(entry["command"], binade), "```", ""]
        text += [entry["read"].strip(), ""]
    return "\n".join(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binade", type=lambda text: str(Path(text).resolve()), default=str(ROOT / "build" / "binade"))
    parser.add_argument("--questions", type=Path, default=HERE / "cookbook.yaml")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "cookbook.md")
    parser.add_argument("what", choices=["write", "check"])
    options = parser.parse_args()
    wanted = page(options.binade, options.questions)
    if options.what == "write":
        options.page.write_text(wanted)
        return 0
    differences = list(difflib.unified_diff(options.page.read_text().splitlines(), wanted.splitlines(), str(options.page), "now", lineterm=""))
    print("\n".join(differences))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
