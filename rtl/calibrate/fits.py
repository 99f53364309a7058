# SPDX-License-Identifier: Apache-2.0
"""Regressions over the selected samples: of each unit and quantity a sum of stated terms in the module's parameters, by least squares of
the relative error, with its statistics. Where a unit has too few samples to judge one, it has none: its samples are its only figures."""
import math

import numpy
import yaml

import expressions
from problems import InputError

QUANTITIES = ("area_um2", "delay_ps", "leakage_nw")
SPARE = 2  # samples beyond the number of terms, at least: fewer leave nothing to judge the form by


def read_forms(path):
    """unit -> quantity -> terms. Throws InputError."""
    try:
        data = yaml.safe_load(open(path, encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise InputError(f"--forms {path}: {error}; allowed: forms of regressions in YAML") from None
    good = isinstance(data, dict) and all(isinstance(of_unit, dict) and set(of_unit) <= {*QUANTITIES} and
                                          all(isinstance(terms, list) and terms for terms in of_unit.values()) for of_unit in data.values())
    if not good:
        raise InputError(f"--forms {path}: its rows; allowed: unit, then {' '.join(QUANTITIES)}, each a list of terms")
    return data


def fit_all(samples, forms):
    """{unit: {quantity: fit}} of the selected samples, glue of what has parts apart."""
    by_unit = {}
    for row in (row for row in samples if row["selected"]):
        by_unit.setdefault(row["unit"], []).append(row)
        if row["parts"]:
            by_unit.setdefault(f"{row['unit']} glue", []).append(glue(row))
    fitted = {}
    for unit, rows in by_unit.items():
        for quantity, terms in forms.get(unit, {}).items():
            if len(rows) >= len(terms) + SPARE and all(row.get(quantity) for row in rows):
                fitted.setdefault(unit, {})[quantity] = fit(rows, quantity, terms, unit)
    return fitted


def glue(row):
    """What a larger unit has beside its parts. It has no path of its own."""
    rest = {name: row[name] - sum(part[name] for part in row["parts"].values()) for name in ("area_um2", "leakage_nw")}
    return row | rest | {"delay_ps": None, "parts": {}}


def fit(rows, quantity, terms, unit):
    try:
        matrix = numpy.array([[float(expressions.evaluate(term, row["parameters"])) for term in terms] for row in rows])
    except ValueError as error:
        raise InputError(f"form of {unit}, {quantity}: {error}") from None
    values = numpy.array([row[quantity] for row in rows])
    coefficients = solve(matrix, values)
    errors = matrix @ coefficients / values - 1
    held_out = [float(matrix[i] @ solve(numpy.delete(matrix, i, 0), numpy.delete(values, i)) / values[i] - 1) for i in range(len(rows))]
    names = sorted(set.intersection(*(set(row["parameters"]) for row in rows)))
    ranges = {name: [min(row["parameters"][name] for row in rows), max(row["parameters"][name] for row in rows)] for name in names}
    return {"terms": terms, "coefficients": [significant(c) for c in coefficients], "samples": len(rows), "rank": int(numpy.linalg.matrix_rank(matrix)),
            "rms_percent": percent(errors), "max_percent": round(100 * float(max(abs(errors))), 2), "held_out_rms_percent": percent(held_out),
            "held_out_max_percent": round(100 * max(map(abs, held_out)), 2),
            "range": {name: bounds for name, bounds in ranges.items() if bounds[0] != bounds[1] or any(name in expressions.names(term) for term in terms)}}


def solve(matrix, values):
    """Least squares of the relative error: every row divided by what it should give."""
    return numpy.linalg.lstsq(matrix / values[:, None], numpy.ones(len(values)), rcond=None)[0]


def percent(errors):
    return round(100 * math.sqrt(sum(e * e for e in errors) / len(errors)), 2)


def significant(value):
    """Eight digits: a fit is the same on any machine."""
    return float(f"{value:.8g}")
