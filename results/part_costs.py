#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What elements and lanes are made of, each part beside its whole: the section of docs/cost.md between its markers, of parts.yaml and the
tables that come with the program."""
import argparse
import json
from pathlib import Path

import yaml

import array_checks
import cost_checks

FIRST, LAST = "<!-- parts -->\n", "<!-- /parts -->\n"
WHOLES = {"element": "_pe", "lane": "_lane"}


class Shapes:
    """Of a table: its chosen points."""

    def __init__(self, directory):
        self.name, self.shapes = directory.name, json.loads((directory / "fit.json").read_text())["shapes"]

    def of_format(self, suffix, format_word):
        return next(one for one in self.shapes if one["unit"].endswith(suffix) and one["format"] == format_word and not one["settings"])

    def part(self, unit, parameters):
        """Throws StopIteration where the table has none."""
        return next(one for one in self.shapes if (one["unit"], one["format"], one["parameters"]) == (unit, "", parameters))


def figures(shape):
    """Of a part also the energy of an operation; a whole's is of its operands."""
    area = shape["area_um2"]
    return [f"{area:,.0f}" if area >= 1000 else f"{area:.4g}", f"{shape['delay_ps']:,.0f}",
            "" if shape["format"] else f"{shape['energy']['timed']['pj'][0]:.3g}"]


def rows(data, tables):
    for one in data:
        for place, suffix in WHOLES.items():
            if place not in one:
                continue
            whole = [table.of_format(suffix, one["format"]) for table in tables]
            yield [f"{one['format']}, {place}", f"`{whole[0]['unit']}`", "", *(cell for shape in whole for cell in figures(shape))]
            for part in one[place]:
                words = " ".join(f"{name} {value}" for name, value in part["parameters"].items())
                count = f"{part['count']} x " if "count" in part else ""
                found = [table.part(part["unit"], part["parameters"]) for table in tables]
                yield ["", f"{count}`{part['unit']}`", words, *(cell for shape in found for cell in figures(shape))]


def section(directories):
    tables = [Shapes(directory) for directory in directories]
    data = yaml.safe_load((cost_checks.HERE / "parts.yaml").read_text(encoding="utf-8"))
    columns = ["of", "module", "parameters", *(f"{figure}, `{table.name}`" for table in tables for figure in ("um2", "ps", "pJ"))]
    lines = [columns, ["---"] * len(columns), *rows(data, tables)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, nargs="+", default=array_checks.tables())
    cost_checks.write_section(section(parser.parse_args().table), FIRST, LAST)


if __name__ == "__main__":
    main()
