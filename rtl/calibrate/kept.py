# SPDX-License-Identifier: Apache-2.0
"""What a technology's table has already: a sweep adds to a table, and makes anew what no longer holds.

A table holds for a library, versions of the tools and a flow (the text of its steps), all three in its provenance; of a table that holds, a
shape for the RTL of its module, its parameters and, where the plan has it, the plan's targets and hierarchies. Its windows of energy hold as
long as the steps that measured them do."""
import hashlib
import pathlib

import energy
import energy_table
import points
import selection
import shapes
import table

HERE = pathlib.Path(__file__).resolve().parent
# What decides a point beside the shape, the library and the tools: the text of the steps themselves.
POINT_STEPS = ("liberty", "synthesis", "timing", "area")
CHECK_STEPS = ("spot_check", "cell_models")


def text(steps):
    return "".join((HERE / f"{name}.py").read_text() for name in steps)


def flow():
    """Of provenance.yaml: digests of the steps that figures come of. Those of the spot check decide none."""
    def digest(said):
        return hashlib.sha256(said.encode()).hexdigest()[:16]
    return {"points": digest(text((*POINT_STEPS, "selection"))), "energy": {unit: digest(energy.steps(unit)) for unit in sorted(energy.STIMULI)}}


def shape_of(row):
    """Of a row of samples.csv."""
    return shapes.Shape(row["unit"], row["format"], tuple(row["settings"]), () if row["format"] else tuple(row["parameters"].items()))


class Kept:
    def __init__(self, directory, library, versions):
        """Of a table that is not there, or does not hold, nothing. Throws InputError where its files are none."""
        self.shapes, self.samples, self.windows, self.why_not = [], {}, {}, ""
        directory = pathlib.Path(directory)
        if not (directory / "provenance.yaml").exists():
            return
        provenance, today = table.read_provenance(directory), flow()
        then = provenance.get("flow") or {}
        for what, same in (("another library", provenance.get("library_sha256") == library.digest), ("other tools", provenance.get("tools") == versions),
                           ("other steps of the flow", then.get("points") == today["points"])):
            if not same:
                self.why_not = what
                return
        for row in table.read_samples(directory):
            shape = shape_of(row)
            if shape not in self.samples:
                self.shapes.append(shape)
            self.samples.setdefault(shape, []).append(row)
        # Of a table whose writing was cut short before its energies, they are measured again.
        measured = energy_table.by_shape(energy_table.read(directory) if (directory / "energy.csv").exists() else [])
        of_energy = then.get("energy") or {}
        for shape, rows in self.samples.items():
            if of_energy.get(energy.work(shape)) == today["energy"].get(energy.work(shape)):
                self.windows[shape] = measured.get(energy_table.key(rows[0]), [])

    def points(self, shape, digest, parameters, wanted=None):
        """The shape's samples, each with a key of its own; none where they do not hold: for the digest of its RTL, its parameters and the
        plan's {(hierarchy, target)}."""
        rows = self.samples.get(shape, [])
        if any(row["sources"] != digest or row["parameters"] != parameters for row in rows):
            return []
        if wanted is not None and {(row["hierarchy"], row["target"]) for row in rows} != wanted:
            return []
        chosen = [row for row in rows if row["selected"]]
        best = selection.best(rows)
        if len(chosen) != 1 or chosen[0] is not best or not best["checked"]:
            return []
        return [row | {"key": points.key(**{name: row[name] for name in table.COLUMNS if name != "date"})} for row in rows]

    def windows_of(self, shape):
        """Its windows of energy; none where they were not measured, or by other steps."""
        return self.windows.get(shape, [])
