# SPDX-License-Identifier: Apache-2.0
"""Energies of a table: of each measured shape its macro-model, and between the shapes of a unit a regression of each coefficient, over the
terms that `coefficients` of forms.yaml states. A regression weighs the coefficients of a shape by what its streams make of them, so its
errors are those of energies, and every coefficient of a unit has the same: of shapes foretold from the others, on the fitted streams."""
import numpy

import array_stimuli
import energy_table
import fits
import macro_models
import streams


class Energies:
    def __init__(self, rows, forms):
        self.windows, self.forms = energy_table.by_shape(rows), forms
        units = dict.fromkeys(windows[0]["unit"] for windows in self.windows.values())
        self.terms = {unit: [str(term) for term in forms.get(unit, {}).get(fits.ENERGY, [1])] for unit in units}

    def of(self, row):
        """{"energy": the macro-model} of a sample; {} where it was not measured."""
        windows = self.windows.get(energy_table.key(row))
        return {"energy": macro_models.model(windows, self.terms[row["unit"]])} if windows else {}

    def glue(self, row, samples):
        """What an array takes beside its elements, by clock of a beat (`1`) and of idling: of the same operands what its elements'
        macro-model says is taken off, the mean over the fitted streams. {} where one of the two was not measured. Glue is registers, and
        multiplexers that rest: it does not glitch, so with delays it takes what is left without; what the elements of an array glitch
        more or less than one alone is in neither."""
        windows = self.windows.get(energy_table.key(row))
        element = next((one for one in samples if windows and (one["unit"], one["format"], one["settings"]) == (array_stimuli.element(row["format"]),
                                                                                                             row["format"], [])), None)
        model = self.of(element).get("energy") if element else None
        if not model:
            return {}
        fitted, places = macro_models.working(windows, streams.FITTED), row["parameters"]["rows"] * row["parameters"]["cols"]
        clocks = sum(window["clocks"] for window in fitted)
        elements = macro_models.matrix(fitted, model["zero_delay"]["terms"]) @ numpy.array(model["zero_delay"]["pj"])
        rest = macro_models.significant((macro_models.values(fitted, "zero_delay").sum() - elements.sum()) / clocks)
        found = {kind: {"terms": ["1"], "pj": [rest]} for kind in macro_models.KINDS}
        return found | {"idle_pj": macro_models.significant(macro_models.idle_pj(windows, "timed") - places * model["idle_pj"])}

    def regressions(self, samples):
        """{unit: {energy.timed.TERM, energy.zero_delay.TERM, energy.idle_pj}}."""
        found = {}
        for unit, terms in self.terms.items():
            rows = [row for row in samples if row["unit"] == unit and energy_table.key(row) in self.windows]
            form = self.forms.get(unit, {}).get(fits.COEFFICIENTS)
            if form and rows and fits.enough(fits.matrix_of(form, rows, unit)):
                found[unit] = self.of_unit(unit, rows, terms, form)
            if unit in array_stimuli.UNITS:
                found |= self.of_glue(unit, rows, samples)
        return found

    def of_glue(self, unit, rows, samples):
        """{"UNIT glue": regressions} over the arrays whose glue is known."""
        form, known = self.forms.get(f"{unit} glue", {}).get(fits.COEFFICIENTS), []
        for row in rows:
            if glue := self.glue(row, samples):
                flat = {f"energy.{kind}.1": glue[kind]["pj"][0] for kind in macro_models.KINDS} | {"energy.idle_pj": glue["idle_pj"]}
                known.append(row | flat)
        if not form or not known or not fits.enough(fits.matrix_of(form, known, unit)):
            return {}
        return {f"{unit} glue": {name: fits.fit(known, name, form, unit) for name in flat if all(row[name] > 0 for row in known)}}

    def of_unit(self, unit, rows, terms, form):
        shape = fits.matrix_of(form, rows, unit)
        models = [self.of(row)["energy"] for row in rows]
        found = {}
        for kind in macro_models.KINDS:
            # What one unit of each coefficient makes of the mean energy of an operation.
            share = numpy.array([self.mean_sums(row, terms) / self.mean_energy(row, kind) for row in rows])
            pj = numpy.array([model[kind]["pj"] for model in models])
            fitted = regress(shape, pj, share)
            errors = (share * (shape @ fitted - pj)).sum(axis=1)
            held_out = []
            for i in fits.foretold(shape):
                others = [numpy.delete(x, i, 0) for x in (shape, pj, share)]
                held_out.append(float((share[i] * (shape[i] @ regress(*others) - pj[i])).sum()))
            for t, term in enumerate(terms):
                found[f"energy.{kind}.{term}"] = fits.described(form, fitted[:, t], shape, errors, held_out, rows)
        idle = [row | {"idle_pj": model["idle_pj"]} for row, model in zip(rows, models) if model.get("idle_pj")]
        if len(idle) == len(rows):
            form_of_idle = self.forms[unit].get(fits.IDLE, form)
            if fits.enough(fits.matrix_of(form_of_idle, idle, unit)):
                found["energy.idle_pj"] = fits.fit(idle, "idle_pj", form_of_idle, unit)
        return found

    def mean_sums(self, row, terms):
        windows = macro_models.fitted_windows(self.windows[energy_table.key(row)])
        return macro_models.matrix(windows, terms).sum(axis=0) / sum(window["operations"] for window in windows)

    def mean_energy(self, row, kind):
        windows = macro_models.fitted_windows(self.windows[energy_table.key(row)])
        return macro_models.values(windows, kind).sum() / sum(window["operations"] for window in windows)


def regress(shape, pj, share):
    """A column of coefficients for each term of the macro-model, by least squares weighted with the term's share of the energy."""
    columns = []
    for t in range(pj.shape[1]):
        weight = share[:, t][:, None]
        columns.append(numpy.linalg.lstsq(shape * weight, pj[:, t] * share[:, t], rcond=None)[0])
    return numpy.array(columns).T
