# SPDX-License-Identifier: Apache-2.0
"""energy.csv of a table: every window whose switching energy was measured."""
import csv
import io
import pathlib

import operand_sums
from files import write_atomically
from problems import InputError

SHAPE = ("unit", "format", "settings", "parameters")
FIGURES = ("timed_pj", "zero_delay_pj", "clock_pj")
COLUMNS = (*SHAPE, "stream", "window", "operations", "clocks", *operand_sums.TERMS[1:], *FIGURES, "idle")


def write(directory, rows):
    write_atomically(pathlib.Path(directory) / "energy.csv", text(rows))


def text(rows):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        flat = row | row["sums"] | {"settings": " ".join(row["settings"]), "parameters": " ".join(f"{name}={value}" for name, value in row["parameters"].items())}
        writer.writerow([flat[column] for column in COLUMNS])
    return out.getvalue()


def read(directory):
    """Rows as `write` took them; none where the table has no energies. Throws InputError."""
    path = pathlib.Path(directory) / "energy.csv"
    if not path.exists():
        return []
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise InputError(f"{path}: its columns; allowed: {' '.join(COLUMNS)}")
        return [sample(row, f"{path}:{number}") for number, row in enumerate(reader, 2)]


def sample(row, where):
    try:
        parameters = {name: int(value) for name, _, value in (word.partition("=") for word in row["parameters"].split())}
        counts = {name: int(row[name]) for name in ("window", "operations", "clocks", "idle")}
        sums = {"1": counts["operations"]} | {name: int(row[name]) for name in operand_sums.TERMS[1:]}
        figures = {name: float(row[name]) for name in FIGURES}
    except (ValueError, TypeError, AttributeError):
        raise InputError(f"{where}: no window; allowed: a row as calibrate.py writes it") from None
    if min(figures.values()) < 0 or counts["clocks"] < 1:
        raise InputError(f"{where}: an energy below zero, or no clock; allowed: energies of one clock or more")
    return {name: row[name] for name in ("unit", "format", "stream")} | {"settings": row["settings"].split(), "parameters": parameters, "sums": sums} | counts | figures


def by_shape(rows):
    """{shape's key: its rows}."""
    found = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found


def key(row):
    return (row["unit"], row["format"], *row["settings"], *sorted(row["parameters"].items()))
