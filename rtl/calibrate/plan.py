# SPDX-License-Identifier: Apache-2.0
"""The sweep plan (YAML): which shapes, in which order, with which delay targets and hierarchies."""
import dataclasses
import itertools

import yaml

from problems import InputError
from shapes import Shape

HIERARCHIES = ("flat", "hierarchical")
KEYS = {"targets", "hierarchies", "sweep"}
ROW_KEYS = {"unit", "formats", "settings", "parameters"}
FEWEST_TARGETS = 4  # the relaxed one included: fewer say too little about where f / A is greatest


@dataclasses.dataclass
class Plan:
    targets: list  # fractions of the relaxed critical path, after 0 for the relaxed one itself
    hierarchies: list
    shapes: list


def read(path, fewest=FEWEST_TARGETS):
    try:
        data = yaml.safe_load(open(path, encoding="utf-8"))
    except OSError as error:
        raise InputError(f"--plan {path}: {error.strerror}; allowed: a sweep plan in YAML") from None
    except yaml.YAMLError as error:
        raise InputError(f"--plan {path}: {' '.join(str(error).split())}; allowed: a sweep plan in YAML") from None
    problems = list(faults(data, fewest))
    if problems:
        raise InputError("\n".join(f"--plan {path}: {problem}" for problem in problems))
    shapes = [shape for row in data["sweep"] for shape in expand(row)]
    if twice := {shape.name for shape in shapes if shapes.count(shape) > 1}:
        raise InputError(f"--plan {path}: {sorted(twice)[0]}: twice; allowed: each shape once")
    return Plan([0 if word == "relaxed" else float(word) for word in data["targets"]], list(data["hierarchies"]), shapes)


def faults(data, fewest):
    """What is wrong with the plan, and what is allowed."""
    if not isinstance(data, dict) or set(data) != KEYS:
        yield f"its keys; allowed: {' '.join(sorted(KEYS))}"
        return
    targets = data["targets"]
    fractions = targets[1:] if isinstance(targets, list) else []
    if not fractions or targets[0] != "relaxed" or len(targets) < fewest or not all(
            isinstance(t, (int, float)) and 0 < t < 1 for t in fractions) or sorted(fractions, reverse=True) != fractions:
        yield f"targets: {targets}; allowed: relaxed, then falling fractions of its critical path, {fewest} or more in all"
    if not isinstance(data["hierarchies"], list) or not data["hierarchies"] or not set(data["hierarchies"]) <= set(HIERARCHIES):
        yield f"hierarchies: {data['hierarchies']}; allowed: of {' '.join(HIERARCHIES)}"
    if not isinstance(data["sweep"], list) or not data["sweep"]:
        yield "sweep: empty; allowed: rows of unit with formats, or with parameters"
        return
    for number, row in enumerate(data["sweep"], 1):
        if not isinstance(row, dict) or "unit" not in row or not set(row) <= ROW_KEYS:
            yield f"sweep: row {number}: its keys; allowed: {' '.join(sorted(ROW_KEYS))}"
        elif ("formats" in row) == ("parameters" in row):
            yield f"sweep: row {number}, {row['unit']}: formats or parameters; allowed: one of the two"


def expand(row):
    """The product of formats and settings; or of the lists of each set of parameters."""
    if "parameters" in row:
        for one in row["parameters"]:
            for values in itertools.product(*map(listed, one.values())):
                yield Shape(row["unit"], "", (), tuple(zip(one, values)))
        return
    settings = row.get("settings", {})
    for word in row["formats"]:
        for values in itertools.product(*map(listed, settings.values())):
            yield Shape(row["unit"], str(word), tuple(f"{key}={value}" for key, value in zip(settings, values)))


def listed(value):
    return value if isinstance(value, list) else [value]
