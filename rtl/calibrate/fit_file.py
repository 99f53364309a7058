# SPDX-License-Identifier: Apache-2.0
"""fit.json, what the program reads of a table: where and with what it was measured, the chosen point of every shape, and between the
shapes the regressions. Made of the table's other files alone, so that anyone can make it again."""
import json
import math
import pathlib

import energy_fits
import energy_table
import fits
import table
from files import write_atomically
from problems import InputError

FACTS = ("library", "corner", "voltage", "temperature", "rtl_revision", "date", "tools", "not_modelled")
NUMBERS = ("voltage", "temperature")
FIGURES = ("hierarchy", "target_ps", "area_um2", "delay_ps", "leakage_nw", "cells", "flip_flops")


def remake(directory, forms):
    write(directory, made(directory, forms))


def write(directory, fit):
    write_atomically(pathlib.Path(directory) / "fit.json", fit)


def made(directory, forms):
    """The text of fit.json. Throws InputError where one of the table's files is wrong."""
    directory = pathlib.Path(directory)
    every = table.read_samples(directory)
    samples = [row for row in every if row["selected"]]
    provenance = facts(directory)
    energies = energy_fits.Energies(energy_table.read(directory), forms)
    regressions = fits.fit_all(every, forms)
    for unit, quantities in energies.regressions(samples).items():
        regressions.setdefault(unit, {}).update(quantities)
    fit = {"schema": table.SCHEMA,
           "technology": {"name": directory.name} | provenance,
           "shapes": [shape(row, energies, samples) for row in samples],
           "regressions": regressions}
    return text(fit)


def facts(directory):
    """What fit.json says of the provenance."""
    path, provenance = directory / "provenance.yaml", table.read_provenance(directory)
    if lacking := [name for name in FACTS if name not in provenance]:
        raise InputError(f"{path}: no {' '.join(lacking)}; allowed: a provenance with each of: {' '.join(FACTS)}")
    for name in NUMBERS:
        if type(provenance[name]) not in (int, float) or not math.isfinite(provenance[name]):
            raise InputError(f"{path}: {name}: {provenance[name]}; allowed: a number")
    return {name: provenance[name] for name in FACTS}


def shape(row, energies, samples):
    said = {name: row[name] for name in ("unit", "format", "settings", "parameters")} | {name: row[name] for name in FIGURES}
    if row["parts"]:
        rest = fits.glue(row)
        said["parts"] = row["parts"]
        said["glue"] = {"area_um2": round(rest["area_um2"], 6), "leakage_nw": round(rest["leakage_nw"], 6)}
        if energy := energies.glue(row, samples):
            said["glue"]["energy"] = energy
    return said | energies.of(row)


def text(fit):
    """JSON with a line a shape, and a line a regression."""
    def block(opening, lines, closing):
        return opening + "\n" + ",\n".join(lines) + "\n" + closing if lines else opening + closing
    shapes = block("[", [f"  {json.dumps(one)}" for one in fit["shapes"]], " ]")
    units = []
    for unit, quantities in fit["regressions"].items():
        units.append(block(f"  {json.dumps(unit)}: {{", [f"   {json.dumps(name)}: {json.dumps(one)}" for name, one in quantities.items()], "  }"))
    return (f'{{\n "schema": {fit["schema"]},\n "technology": {json.dumps(fit["technology"])},\n'
            f' "shapes": {shapes},\n "regressions": {block("{", units, " }")}\n}}\n')
