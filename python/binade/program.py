# SPDX-License-Identifier: Apache-2.0
"""The simulator and the training program in a child process: `run`, `train`, `explore`, and whatever else the program can do, `call`.

The program is what the environment variable BINADE names, else `binade` on the path. Keywords are its options: `network="lenet5"`,
`format=["posit8", "dfp8"]`, `set={"core.rows": 32}`, `check=True`; a trailing underscore is dropped (`pass_="step"`).
"""
from __future__ import annotations

import csv
import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
from typing import Any

# Options that are given once for each element; others join them with commas.
_REPEATED = {"set", "gemm", "rtl", "axis", "constraint", "derive", "objective"}


def _word(value: Any) -> str:
    return ",".join(str(one) for one in value) if isinstance(value, (list, tuple)) else str(value)


class MismatchError(RuntimeError):
    """What had to be equal is not (exit code 1), as `check=True` and traces find it; the program's own words."""


class ProgramError(RuntimeError):
    """The program broke down (exit code 3, or a signal); its own words."""


def program() -> str:
    """The program's path. FileNotFoundError where there is none."""
    named = os.environ.get("BINADE")
    found = shutil.which(named or "binade")
    if found is None:
        raise FileNotFoundError(f"{named or 'binade'}: no such program; allowed: the program in the environment variable BINADE, or `binade` on the path")
    return found


def _words(options: dict[str, Any]) -> list[str]:
    words: list[str] = []
    for key, value in options.items():
        name = "--" + key.rstrip("_").replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            words.append(name)
            continue
        if isinstance(value, dict):
            value = [f"{inner}={_word(setting)}" for inner, setting in value.items()]
        values = [_word(one) for one in value] if isinstance(value, (list, tuple)) else [str(value)]
        if key in _REPEATED:
            for one in values:
                words += [name, one]
        else:
            words += [name, ",".join(values)]
    return words


def call(*arguments: str, stdin: str | None = None, **options: Any) -> str:
    """`binade ARGUMENTS --options`, with the text `stdin` to read; what it prints.

    ValueError: wrong input (exit code 2), with the program's message. MismatchError, ProgramError: exit codes 1 and others.
    FileNotFoundError: there is no program.

    >>> binade.call("eval", "posit8", "encode", stdin="0.1\\n3\\n", round="rtz")
    '0x24\\n0x4c\\n'
    """
    done = subprocess.run([program(), *arguments, *_words(options)], input=stdin, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return done.stdout
    message = done.stderr.strip() or f"exit code {done.returncode}"
    if done.returncode == 2:
        raise ValueError(message.removeprefix("binade: ").removeprefix("error: "))
    raise (MismatchError if done.returncode == 1 else ProgramError)(message)


def _number(text: str) -> Any:
    if "_" in text:  # a name, which Python's numbers may have it in
        return text
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text or None


def _table(path: pathlib.Path) -> list[dict[str, Any]]:
    with path.open(newline="") as file:
        return [{name: _number(text) for name, text in row.items()} for row in csv.DictReader(file)]


def _flat(report: dict[str, Any]) -> dict[str, Any]:
    """Single figures of a report, those of groups as group.name."""
    row: dict[str, Any] = {}
    for name, value in report.items():
        if isinstance(value, dict) and name != "config":
            row.update({f"{name}.{inner}": one for inner, one in value.items() if not isinstance(one, (dict, list))})
        elif not isinstance(value, (dict, list)):
            row[name] = value
    return row


@dataclasses.dataclass
class Outcome:
    """Reports of runs or of a training; the tables are lists of rows, ready for `pandas.DataFrame`. See run() and train()."""

    reports: list[dict[str, Any]]  #: as report.json has them (docs/report.md, docs/training.md)
    runs: list[dict[str, Any]]  #: a row each: their single figures
    tables: dict[str, list[dict[str, Any]]]  #: rows of the CSV files, by their names; the format's word in front of each row of several


def _outcome(command: str, out: str | os.PathLike[str] | None, options: dict[str, Any]) -> Outcome:
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch if out is None else out)
        call(command, out=folder, **options)
        places = [folder] if (folder / "report.json").is_file() else sorted(one.parent for one in folder.glob("*/report.json"))
        reports = [json.loads((place / "report.json").read_text()) for place in places]
        tables: dict[str, list[dict[str, Any]]] = {}
        for place in places:
            for path in sorted(place.glob("*.csv")):
                run = {} if len(places) == 1 else {"run": place.name}
                tables.setdefault(path.stem, []).extend({**run, **row} for row in _table(path))
        return Outcome(reports, [_flat(report) for report in reports], tables)


def run(out: str | os.PathLike[str] | None = None, **options: Any) -> Outcome:
    """`binade run`: an outcome with the table `layers`; `out`: a folder that keeps what it writes. Errors as call() has them.

    >>> done = binade.run(network="lenet5", format=["posit8", "dfp8"], set={"core.rows": 32})
    >>> [(run["format"], run["samples"]) for run in done.runs]
    [('dfp8', 1), ('posit8', 1)]
    >>> done.tables["layers"][0]["layer"]
    'conv1'
    """
    return _outcome("run", out, options)


def train(out: str | os.PathLike[str] | None = None, **options: Any) -> Outcome:
    """`binade train`: an outcome with the tables `history`, `tensors` and `exponents`. Errors as call() has them.

    >>> done = binade.train(network="mlp", recipe="positnn", steps=3, batch=4)
    >>> [(row["epoch"], row["step"]) for row in done.tables["history"]]
    [(1, 3)]
    """
    return _outcome("train", out, options)


def explore(space: str | os.PathLike[str] | dict[str, Any] | None = None, out: str | os.PathLike[str] | None = None, **options: Any) -> list[dict[str, Any]]:
    """`binade explore`: a row a point, as points.csv has them (docs/explore.md); `front` is 1 where no other point beats it.

    `space`: a file, or what such a file says as a dictionary; axes may be keywords, `axis={"core.rows": [8, 16]}`. Errors as call() has
    them.

    >>> points = binade.explore(network="lenet5", axis={"core.rows": [8, 16]})
    >>> [point["core.rows"] for point in points]
    [8, 16]
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch) / "points" if out is None else pathlib.Path(out)
        if isinstance(space, dict):
            file = pathlib.Path(scratch) / "space.yaml"
            file.write_text(json.dumps(space))  # JSON is YAML
            space = file
        call("explore", *([] if space is None else [os.fspath(space)]), out=folder, **options)
        return _table(folder / "points.csv")
