# SPDX-License-Identifier: Apache-2.0
"""Histories of runs: CSV after a line with the command that made it."""

import csv

BEGIN = "# command: "


def read(path, command):
    """The rows; nothing where the history is of another command or missing."""
    if not path.exists():
        return []
    lines = path.read_text().splitlines()
    return list(csv.DictReader(lines[1:])) if lines and lines[0] == BEGIN + command else []


def write(path, command, text):
    path.parent.mkdir(exist_ok=True)
    partial = path.with_suffix(".part")
    partial.write_text(f"{BEGIN}{command}\n{text}")
    partial.replace(path)
