# SPDX-License-Identifier: Apache-2.0
"""The plan (YAML): which units are proved, with which parameters, by which engines, within which time; and the faults to plant."""
import dataclasses
import pathlib

import yaml

import revision
from engines import ENGINES
from problems import InputError

HERE = pathlib.Path(__file__).resolve().parent
KEYS = {"limit_s", "proofs"}
ROW_KEYS = {"unit", "check", "claim", "bounds", "engines", "limit_s", "cases", "faults"}
NEEDED = {"unit", "claim", "engines", "cases", "faults"}
FAULT_KEYS = {"source", "find", "replace"}


@dataclasses.dataclass(frozen=True)
class Fault:
    source: str  # module or package, a name of rtl/sources.f
    find: str    # there once
    replace: str


@dataclasses.dataclass(frozen=True)
class Proof:
    unit: str
    check: str
    claim: str
    bounds: str
    parameters: tuple  # of (name, number)
    engine: str
    limit_s: int       # of CPU time
    fault: Fault = None

    @property
    def name(self):
        check = "" if self.check == f"{self.unit}_check" else f" {self.check}"
        return f"{self.unit}{check} {self.shape}".rstrip()

    @property
    def shape(self):
        return " ".join(f"{name}={value}" for name, value in self.parameters)


def read(path):
    """(proofs, the same with a fault each)."""
    try:
        with open(path, encoding="utf-8") as file:
            data = yaml.safe_load(file)
    except OSError as error:
        raise InputError(f"--plan {path}: {error.strerror}; allowed: a plan of proofs in YAML") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"--plan {path}: {' '.join(str(error).split())}; allowed: a plan of proofs in YAML") from None
    problems = list(faults_of(data))
    if problems:
        raise InputError("\n".join(f"--plan {path}: {problem}" for problem in problems))
    proofs, planted = [], []
    for row in data["proofs"]:
        made = expand(row, data["limit_s"])
        proofs += made
        planted += [dataclasses.replace(made[0], fault=Fault(**fault)) for fault in row["faults"]]
    names = [(proof.name, proof.engine) for proof in proofs]
    if twice := sorted({" ".join(name) for name in names if names.count(name) > 1}):
        raise InputError(f"--plan {path}: {twice[0]}: twice; allowed: each proof once")
    return proofs, planted


def expand(row, limit_s):
    return [Proof(row["unit"], row.get("check", f"{row['unit']}_check"), row["claim"], row.get("bounds", ""), tuple(case.items()), engine,
                  row.get("limit_s", limit_s))
            for case in row["cases"] for engine in row["engines"]]


def is_seconds(value):
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def faults_of(data):
    """What is wrong with the plan, and what is allowed."""
    if not isinstance(data, dict) or set(data) != KEYS:
        yield f"its keys; allowed: {' '.join(sorted(KEYS))}"
        return
    if not is_seconds(data["limit_s"]):
        yield f"limit_s: {data['limit_s']}; allowed: whole seconds of CPU time"
    if not isinstance(data["proofs"], list) or not data["proofs"]:
        yield "proofs: empty; allowed: rows of unit, claim, engines, cases and faults"
        return
    for number, row in enumerate(data["proofs"], 1):
        if not isinstance(row, dict) or not NEEDED <= set(row) <= ROW_KEYS:
            yield f"proofs: row {number}: its keys; allowed: {' '.join(sorted(NEEDED))}, and {' '.join(sorted(ROW_KEYS - NEEDED))}"
        else:
            yield from (f"proofs: row {number}, {row['unit']}: {problem}" for problem in faults_of_row(row))


def faults_of_row(row):
    files = revision.sources()
    if row["unit"] not in files:
        yield "no such unit; allowed: a module of rtl/sources.f"
    check = row.get("check", f"{row['unit']}_check")
    if not isinstance(check, str) or not (HERE / f"{check}.sv").is_file():
        yield f"check {check}: not there; allowed: a module of rtl/formal, by default UNIT_check"
    if any(not isinstance(row.get(key, ""), str) for key in ("claim", "bounds")):
        yield "claim, bounds; allowed: text"
    if not is_seconds(row.get("limit_s", 1)):
        yield f"limit_s: {row['limit_s']}; allowed: whole seconds of CPU time"
    engines = row["engines"]
    if not isinstance(engines, list) or not engines or any(word not in ENGINES for word in engines):
        yield f"engines: {engines}; allowed: a list of {' '.join(ENGINES)}"
    cases = row["cases"]
    if not isinstance(cases, list) or not cases or not all(
            isinstance(case, dict) and all(isinstance(name, str) and isinstance(value, int) for name, value in case.items()) for case in cases):
        yield "cases; allowed: a list of parameters, each with a whole number"
    planted = row["faults"]
    if not isinstance(planted, list) or not planted or not all(
            isinstance(fault, dict) and set(fault) == FAULT_KEYS and all(isinstance(text, str) for text in fault.values()) for fault in planted):
        yield f"faults; allowed: a list of {' '.join(sorted(FAULT_KEYS))}, one or more"
        return
    for fault in planted:
        if fault["source"] not in files:
            yield f"faults: source {fault['source']}; allowed: a module or package of rtl/sources.f"
        elif (count := files[fault["source"]].read_text().count(fault["find"])) != 1:
            yield f"faults: '{fault['find']}' is {count} times in {fault['source']}; allowed: text that is there once"
