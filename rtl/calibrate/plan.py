# SPDX-License-Identifier: Apache-2.0
"""The sweep plan (YAML): which shapes, in which order, with which delay targets and hierarchies."""
import dataclasses
import itertools

import yaml

import revision
from problems import InputError
from shapes import Shape, number

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
    except (yaml.YAMLError, UnicodeDecodeError) as error:
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
    if not isinstance(data["hierarchies"], list) or not data["hierarchies"] or any(
            word not in HIERARCHIES or data["hierarchies"].count(word) > 1 for word in data["hierarchies"]):
        yield f"hierarchies: {data['hierarchies']}; allowed: a list of {' '.join(HIERARCHIES)}, each once"
    if not isinstance(data["sweep"], list) or not data["sweep"]:
        yield "sweep: empty; allowed: rows of unit with formats, or with parameters"
        return
    for number, row in enumerate(data["sweep"], 1):
        if not isinstance(row, dict) or "unit" not in row or not set(row) <= ROW_KEYS:
            yield f"sweep: row {number}: its keys; allowed: {' '.join(sorted(ROW_KEYS))}"
        elif ("formats" in row) == ("parameters" in row):
            yield f"sweep: row {number}, {row['unit']}: formats or parameters; allowed: one of the two"
        else:
            yield from (f"sweep: row {number}, {problem}" for problem in faults_of_row(row))


def faults_of_row(row):
    if not isinstance(row["unit"], str):
        yield f"unit: {row['unit']}; allowed: a unit of binade verify, or a module"
    if "formats" in row:
        if not isinstance(row["formats"], list) or not row["formats"] or not all(isinstance(word, str) for word in row["formats"]):
            yield f"formats: {row['formats']}; allowed: a list of formats"
        if not product_of(row.get("settings", {}), lambda value: isinstance(value, (str, int, float))):
            yield f"settings: {row['settings']}; allowed: keys of the configuration, each with a value or a list of values"
        return
    if "settings" in row:
        yield f"settings: {row['settings']}; allowed: with formats"
    sets = row["parameters"]
    if not isinstance(sets, list) or not sets or not all(product_of(one, is_number) for one in sets):
        yield f"parameters: {sets}; allowed: a list of sets, each of parameters of the module with a number or a list of numbers"
    elif isinstance(row["unit"], str):
        yield from faults_of_part(row["unit"], sets)


def faults_of_part(unit, sets):
    known = revision.parameters(unit)
    if known is None:
        yield f"unit: {unit}; allowed with parameters: a module of rtl/sources.f"
    elif unknown := [name for name in dict.fromkeys(itertools.chain(*sets)) if name not in known]:
        yield f"{unit}, parameters: {' '.join(unknown)}; allowed: {' '.join(known)}"


def product_of(factors, good):
    """Whether these are names, each with a good value or several."""
    return isinstance(factors, dict) and all(isinstance(name, str) for name in factors) and all(
        listed(value) and all(map(good, listed(value))) for value in factors.values())


def is_number(value):
    """As a parameter of a module is said."""
    try:
        number(value)
    except ValueError:  # of True and 0.5 too
        return False
    return True


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
