# SPDX-License-Identifier: Apache-2.0
"""Regressions over the samples of a unit that were made alike (`points` of its forms; else the chosen ones): of each quantity a sum of stated
terms in the module's parameters, by least squares of the relative error, with its statistics. Where a unit has too few samples to judge
one, it has none: its samples are its only figures."""
import math

import numpy
import yaml

import expressions
import operand_sums
from problems import InputError

QUANTITIES = ("area_um2", "delay_ps", "leakage_nw")
# The macro-model's terms; the form of its coefficients, and of an idle clock where that is another one; which point of every shape.
ENERGY, COEFFICIENTS, IDLE, POINTS = "energy", "coefficients", "idle_pj", "points"
SPARE = 2  # samples beyond what the terms can fit exactly, at least: fewer leave nothing to judge the form by


def read_forms(path):
    """unit -> quantity -> terms. Throws InputError."""
    try:
        data = yaml.safe_load(open(path, encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise InputError(f"--forms {path}: {error}; allowed: forms of regressions in YAML") from None
    if not isinstance(data, dict) or not all(isinstance(of_unit, dict) and all(good(*row) for row in of_unit.items()) for of_unit in data.values()):
        raise InputError(f"--forms {path}: its rows; allowed: unit, then {' '.join((*QUANTITIES, COEFFICIENTS, IDLE))}, each a list of terms, "
                         f"{ENERGY}, a list in {' '.join(operand_sums.TERMS)}, and {POINTS}, a hierarchy and a target")
    return data


def good(name, value):
    """A row of a unit's forms."""
    if name == POINTS:
        return isinstance(value, dict) and set(value) == {"hierarchy", "target"} and isinstance(value["target"], (int, float))
    if not isinstance(value, list) or not value:
        return False
    if name == ENERGY:
        return set(map(str, value)) <= set(operand_sums.TERMS)
    return name in (*QUANTITIES, COEFFICIENTS, IDLE)


def fit_all(samples, forms):
    """{unit: {quantity: fit}}, glue of what has parts apart. Throws InputError."""
    by_unit = {}
    for unit in dict.fromkeys(row["unit"] for row in samples):
        of_unit = [row for row in samples if row["unit"] == unit]
        by_unit[unit] = alike(of_unit, forms.get(unit, {}).get(POINTS), unit)
        if whole := [glue(row) for row in of_unit if row["selected"] and row["parts"]]:
            by_unit[f"{unit} glue"] = whole
    fitted = {}
    for unit, rows in by_unit.items():
        for quantity, terms in forms.get(unit, {}).items():
            if quantity not in QUANTITIES:
                continue
            if all(row.get(quantity) for row in rows) and enough(matrix_of(terms, rows, unit)):
                fitted.setdefault(unit, {})[quantity] = fit(rows, quantity, terms, unit)
    return fitted


def alike(rows, points, unit):
    """Of each shape the point made as `points` says, the chosen one without. The choice jumps from target to target between shapes, and so do
    area and delay; points made alike do not."""
    if not points:
        return [row for row in rows if row["selected"]]
    found = [row for row in rows if (row["hierarchy"], row["target"]) == (points["hierarchy"], points["target"])]
    if len(found) != sum(row["selected"] for row in rows):
        raise InputError(f"form of {unit}: {POINTS} {points['hierarchy']} {points['target']}; allowed: a point that every shape has")
    return found


def glue(row):
    """What a larger unit has beside its parts. It has no path of its own."""
    rest = {name: row[name] - sum(part[name] for part in row["parts"].values()) for name in ("area_um2", "leakage_nw")}
    return row | rest | {"delay_ps": None, "parts": {}}


def without_points(plan, forms):
    """A line for each unit of a plan whose form goes through a point that the plan does not make."""
    for unit in dict.fromkeys(shape.unit for shape in plan.shapes):
        points = forms.get(unit, {}).get(POINTS)
        if points and (points["hierarchy"] not in plan.hierarchies or points["target"] not in plan.targets):
            yield f"{unit}: no point {points['hierarchy']} {points['target'] or 'relaxed'}; allowed: hierarchies and targets with it, as its form's {POINTS} ask"


def matrix_of(terms, rows, unit):
    """A row a sample, a column a term. Throws InputError."""
    try:
        return numpy.array([[float(expressions.evaluate(term, row["parameters"])) for term in terms] for row in rows])
    except ValueError as error:
        raise InputError(f"form of {unit}: {error}") from None


def enough(matrix):
    """Samples to judge a form by. A term that is zero in all of them, or follows from the others, asks for none."""
    return len(matrix) >= numpy.linalg.matrix_rank(matrix) + SPARE


def foretold(matrix):
    """The samples of which the others know every term: one that alone knows of a term cannot be told from them."""
    rank = numpy.linalg.matrix_rank(matrix)
    return [i for i in range(len(matrix)) if numpy.linalg.matrix_rank(numpy.delete(matrix, i, 0)) == rank]


def fit(rows, quantity, terms, unit):
    matrix = matrix_of(terms, rows, unit)
    values = numpy.array([row[quantity] for row in rows])
    coefficients = solve(matrix, values)
    errors = matrix @ coefficients / values - 1
    held_out = [float(matrix[i] @ solve(numpy.delete(matrix, i, 0), numpy.delete(values, i)) / values[i] - 1) for i in foretold(matrix)]
    return described(terms, coefficients, matrix, errors, held_out, rows)


def described(terms, coefficients, matrix, errors, held_out, rows):
    """A regression as fit.json has it. The errors are relative."""
    names = sorted(set.intersection(*(set(row["parameters"]) for row in rows)))
    ranges = {name: [min(row["parameters"][name] for row in rows), max(row["parameters"][name] for row in rows)] for name in names}
    return {"terms": [str(term) for term in terms], "coefficients": [significant(c) for c in coefficients], "samples": len(rows), "rank": int(numpy.linalg.matrix_rank(matrix)),
            "rms_percent": percent(errors), "max_percent": round(100 * max(map(abs, map(float, errors))), 2), "held_out_rms_percent": percent(held_out),
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
