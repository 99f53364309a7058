# SPDX-License-Identifier: Apache-2.0
"""energy.csv of a table: every window whose switching energy was measured."""
import csv
import io
import pathlib

import operand_sums
import table
from files import write_atomically
from problems import InputError

SHAPE = ("unit", "format", "settings", "parameters")
FIGURES = ("timed_pj", "zero_delay_pj", "clock_pj")
COLUMNS = (*SHAPE, "stream", "window", "operations", "clocks", *operand_sums.TERMS[1:], *FIGURES, "idle")
# Streams of clocks without an operation: of any unit, and of the sequencer when it ends a command.
RESTING = ("idle", "ending")


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
    """Rows as `write` took them. A table without energies has the file, and no row. Throws InputError."""
    path = pathlib.Path(directory) / "energy.csv"
    try:
        with open(path, encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise InputError(f"{path}: its columns; allowed: {' '.join(COLUMNS)}")
            rows = [sample(row, f"{path}:{number}") for number, row in enumerate(reader, 2)]
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; allowed: a table's folder, with energy.csv") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: {error}; allowed: a table as calibrate.py writes it") from None
    for of_shape in by_shape(rows).values():
        if not any(row["operations"] for row in of_shape):
            said = " ".join(filter(None, map(str, key(of_shape[0]))))
            raise InputError(f"{path}: {said}: no window with operations; allowed: one or more of each shape")
    return rows


def sample(row, where):
    try:
        parameters = {name: int(value) for name, _, value in (word.partition("=") for word in row["parameters"].split())}
        counts = {name: int(row[name]) for name in ("window", "operations", "clocks", "idle")}
        sums = {"1": counts["operations"]} | {name: int(row[name]) for name in operand_sums.TERMS[1:]}
        figures = {name: float(row[name]) for name in FIGURES}
        for count in (*counts.values(), *sums.values()):
            float(count)
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise InputError(f"{where}: no window; allowed: a row as calibrate.py writes it") from None
    table.require_finite(figures, where)
    if below := [name for name, value in (counts | sums).items() if value < 0]:
        raise InputError(f"{where}: {below[0]} below zero; allowed: counts and sums of zero or more")
    if counts["idle"] != (row["stream"] == "idle") or bool(counts["operations"]) == (row["stream"] in RESTING):
        raise InputError(f"{where}: {counts['operations']} operations of stream {row['stream']}, idle {counts['idle']}; "
                         f"allowed: one or more and idle 0, none of {' and '.join(RESTING)}, idle 1 of the first")
    if counts["operations"] and not min(figures["timed_pj"], figures["zero_delay_pj"]):
        raise InputError(f"{where}: operations without energy; allowed: timed_pj and zero_delay_pj above zero")
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
