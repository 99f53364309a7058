#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Arrays synthesised whole beside the sum of their calibrated parts: the section of docs/cost.md between its markers. An array's parts are
its elements, each as the element of its format was measured alone, and glue, as the table's other arrays foretell it; the streams of
energy are those that the macro-models were fitted to."""
import argparse
import sys
from pathlib import Path

import numpy

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "rtl/calibrate"))
import array_stimuli  # noqa: E402
import cost_checks  # noqa: E402
import energy_fits  # noqa: E402
import energy_table  # noqa: E402
import fits  # noqa: E402
import macro_models  # noqa: E402
import streams  # noqa: E402
import table  # noqa: E402

UNIT = "systolic_array"
FIRST, LAST = "<!-- arrays -->\n", "<!-- /arrays -->\n"
# Per cent. The chosen point of an array may be of another delay target than that of its element alone, whose figures the program sums
# (`area`), and the same target is another clock for the two: one of the areas is to be within the bound.
MOST = {"area": 10, "area at its target": 10, "energy": 15}


def far(found):
    """The figures of an array that lie beyond their bound."""
    beyond = {figure for figure, (parts, whole) in found.items() if abs(parts / whole - 1) > MOST[figure] / 100}
    areas = {figure for figure in found if figure != "energy"}
    return beyond if areas <= beyond else beyond - areas


def foretold(form, rows, values, row):
    """Of `row`, by least squares over the others; None where these are fewer than the terms."""
    others = [(one, value) for one, value in zip(rows, values) if one is not row]
    matrix = fits.matrix_of(form, [one for one, _ in others], UNIT) if others else numpy.zeros((0, len(form)))
    if len(others) < len(form) or numpy.linalg.matrix_rank(matrix) < len(form):
        return None
    found = fits.solve(matrix, numpy.array([value for _, value in others]))
    return float((fits.matrix_of(form, [row], UNIT) @ found)[0])


def compared(directory, forms):
    """(array, {figure of MOST: (of the parts, of the whole)}) of each array whose element is measured and whose glue other arrays foretell."""
    points = table.read_samples(directory)
    samples = [row for row in points if row["selected"]]
    energies = energy_fits.Energies(energy_table.read(directory), forms)
    arrays = [row for row in samples if row["unit"] == UNIT]
    glues, form = [fits.glue(row)["area_um2"] for row in arrays], forms[f"{UNIT} glue"]
    measured = [row for row in arrays if energies.glue(row, samples)]
    clock_pj = [energies.glue(row, samples)["timed"]["pj"][0] for row in measured]
    for row in arrays:
        element = next((one for one in samples if (one["unit"], one["format"], one["settings"]) == (array_stimuli.element(row["format"]), row["format"], [])), None)
        if element is None:
            continue
        places, found = row["parameters"]["rows"] * row["parameters"]["cols"], {}
        if (glue := foretold(form["area_um2"], arrays, glues, row)) is not None:
            found["area"] = (places * element["area_um2"] + glue, row["area_um2"])
            alike = next(one for one in points if all(one[name] == element[name] for name in ("unit", "format", "settings"))
                         and (one["hierarchy"], one["target"]) == (row["hierarchy"], row["target"]))
            found["area at its target"] = (places * alike["area_um2"] + glue, row["area_um2"])
        glue = foretold(form[fits.COEFFICIENTS], measured, clock_pj, row) if row in measured else None
        if glue is not None:
            windows = macro_models.working(energies.windows[energy_table.key(row)], streams.FITTED)
            model = energies.of(element)["energy"]["timed"]
            elements = (macro_models.matrix(windows, model["terms"]) @ numpy.array(model["pj"])).sum()
            found["energy"] = (float(elements) + glue * sum(window["clocks"] for window in windows), float(macro_models.values(windows, "timed").sum()))
        if found:
            yield row, found


def section(directories, forms):
    lines = ["| technology | array | figure | parts | whole | deviation | allowed |", "|---|---|---|---|---|---|---|"]
    for directory in directories:
        for row, found in compared(directory, forms):
            for figure, (parts, whole) in found.items():
                name = f"{row['format']}, {row['parameters']['rows']} x {row['parameters']['cols']}" + (", ws" if row["parameters"]["dataflow"] else "")
                unit = "um2" if figure.startswith("area") else "pJ on the streams"
                allowed = f"+-{MOST[figure]} %" + ("" if figure == "energy" else " for one of the two")
                lines.append(f"| `{directory.name}` | {name} | {figure}, {unit} | {parts:.4g} | {whole:.4g} | {100 * (parts / whole - 1):+.1f} % | {allowed} |")
    return "\n".join(lines) + "\n"


def tables():
    """The tables that come with the program."""
    return sorted(path.parent for path in (HERE.parent / "models/cost/calibrated").glob("*/fit.json"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, nargs="+", default=tables())
    arguments = parser.parse_args()
    forms = fits.read_forms(HERE.parent / "models/cost/calibrated/forms.yaml")
    cost_checks.write_section(section(arguments.table, forms), FIRST, LAST)


if __name__ == "__main__":
    main()
