# SPDX-License-Identifier: Apache-2.0
"""A technology's table: samples.csv (every point that was measured) and provenance.yaml (with what)."""
import csv
import datetime
import io
import math
import pathlib

import yaml

import revision
from files import write_atomically
from problems import InputError

SCHEMA = 2
COLUMNS = ("unit", "format", "settings", "parameters", "hierarchy", "target", "target_ps", "area_um2", "delay_ps", "leakage_nw", "cells",
           "flip_flops", "parts", "selected", "checked", "sources", "date")
FIGURES = ("target", "target_ps", "area_um2", "delay_ps", "leakage_nw", "cells", "flip_flops")
NOT_MODELLED = "wires, clock tree, placement"


def write(directory, library, versions, flow, results, planned):
    points = [point for of_shape in results for point in of_shape]
    write_atomically(directory / "samples.csv", samples_text(points))
    provenance = {
        "schema": SCHEMA, "library": library.name, "library_file": library.path.name, "library_sha256": library.digest,
        "corner": library.corner, "voltage": library.voltage, "temperature": library.temperature, "driver": library.driver,
        "load_ff": round(library.load_ff, 6), "tools": versions, "flow": flow, "rtl_revision": revision.revision(),
        "date": datetime.date.today().isoformat(), "shapes": len(results), "shapes_planned": planned, "points": len(points), "not_modelled": NOT_MODELLED}
    write_provenance(directory, provenance)


def write_provenance(directory, provenance):
    write_atomically(directory / "provenance.yaml", "# SPDX-License-Identifier: Apache-2.0\n" + yaml.safe_dump(provenance, sort_keys=False, width=1000))


def rewrite(directory, samples, rtl_revision):
    """Samples of a table as they are known today, of that revision of the RTL."""
    directory = pathlib.Path(directory)
    write_atomically(directory / "samples.csv", samples_text(samples))
    write_provenance(directory, read_provenance(directory) | {"rtl_revision": rtl_revision})


def samples_text(points):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for point in points:
        row = point | {"settings": " ".join(point["settings"]), "selected": int(point["selected"]),
                       "parameters": " ".join(f"{name}={value}" for name, value in point["parameters"].items()),
                       "parts": " ".join(f"{name}:{part['count']}:{part['area_um2']:.6g}:{part['leakage_nw']:.6g}"
                                         for name, part in point["parts"].items())}
        writer.writerow([row[column] for column in COLUMNS])
    return text.getvalue()


def read_provenance(directory):
    """Throws InputError where the table is none of this flow, or of another version of it."""
    path = pathlib.Path(directory) / "provenance.yaml"
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; allowed: a table's folder, with provenance.yaml") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        data = None
    version = data.get("schema") if isinstance(data, dict) else None
    if version != SCHEMA:
        raise InputError(f"{path}: schema {version}; allowed: {SCHEMA}")
    return data


def read_samples(directory):
    """The rows of samples.csv, as `write` took them. Throws InputError."""
    path = pathlib.Path(directory) / "samples.csv"
    try:
        with open(path, encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise InputError(f"{path}: its columns; allowed: {' '.join(COLUMNS)}")
            return [sample(row, f"{path}:{number}") for number, row in enumerate(reader, 2)]
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; allowed: a table's folder, with samples.csv") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: {error}; allowed: a table as calibrate.py writes it") from None


def number(text):
    """As `write` had it: whole ones are int."""
    return int(text) if text.isdecimal() else float(text)


def require_finite(figures, where):
    for name, value in figures.items():
        if not math.isfinite(value):
            raise InputError(f"{where}: {name} {value}; allowed: a finite number")


def sample(row, where):
    try:
        values = {name: number(row[name]) for name in FIGURES}
        parameters = {name: int(value) for name, _, value in (word.partition("=") for word in row["parameters"].split())}
        parts = {}
        for name, count, area, leakage in (word.split(":") for word in row["parts"].split()):
            parts[name] = {"count": int(count), "area_um2": float(area), "leakage_nw": float(leakage)}
        figures = {name: float(value) for name, value in values.items()}
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise InputError(f"{where}: no sample; allowed: a row as calibrate.py writes it") from None
    figures |= {f"{name} of {part}": parts[part][name] for part in parts for name in ("area_um2", "leakage_nw")}
    require_finite(figures, where)
    if min(values["area_um2"], values["delay_ps"]) <= 0 or values["leakage_nw"] < 0:
        raise InputError(f"{where}: a figure that is not positive; allowed: area, delay and leakage above zero")
    return row | values | {"settings": row["settings"].split(), "parameters": parameters, "parts": parts, "selected": row["selected"] == "1"}


def drift(directory, rtl=revision.RTL):
    """A line for each unit of the samples whose RTL has changed since, or is no more."""
    seen, lines = {}, []
    for row in read_samples(directory):
        seen.setdefault(row["unit"], set()).add(row["sources"])
    for unit, digests in seen.items():
        today = revision.digest(unit, rtl) if unit in revision.sources(rtl) else "none"
        if digests != {today}:
            lines.append(f"{unit}: measured on {' '.join(sorted(digests))}, today {today}")
    return lines
