# SPDX-License-Identifier: Apache-2.0
"""The tables that come with the program: what of them holds, the errors of their macro-models, arrays whole beside their parts."""
import json
import pathlib
import shutil
import sys

import pytest

import energy_table
import fits
import kept
import liberty
import part_stimuli
import revision
import table
import tools

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "results"))
import array_checks  # noqa: E402
import part_costs  # noqa: E402

TABLES = array_checks.tables()
ASAP7 = next(directory for directory in TABLES if directory.name == "asap7")
each_table = pytest.mark.parametrize("directory", TABLES, ids=lambda directory: directory.name)


@each_table
def test_committed_tables_are_read_as_they_were_written(directory):
    assert table.samples_text(table.read_samples(directory)) == (directory / "samples.csv").read_text()
    assert energy_table.text(energy_table.read(directory)) == (directory / "energy.csv").read_text()


@pytest.mark.skipif(not all(map(shutil.which, ("yosys", "sta", "verilator"))), reason="cmake/deps.sh calibrate")
@each_table
def test_what_of_the_committed_table_holds_today(library_file, directory):
    """Where library and tools are those of the table: every shape whose RTL has not changed since."""
    provenance = table.read_provenance(directory)
    library = liberty.read(library_file())
    library.digest = provenance["library_sha256"]
    if tools.versions(provenance["tools"]) != provenance["tools"] or kept.flow() != provenance["flow"]:
        pytest.skip("other tools, or another flow")
    held = kept.Kept(directory, library, provenance["tools"])
    for shape in held.shapes:
        digest, parameters = revision.digest(shape.unit), held.samples[shape][0]["parameters"]
        fresh = {row["sources"] for row in held.samples[shape]} == {digest}
        assert bool(held.points(shape, digest, parameters)) == fresh, shape.name


@each_table
def test_energies_on_operands_that_no_fit_saw(directory):
    """Of every element: at most 15 % on any such stream, 8 % in the mean over the elements."""
    models = {f"{one['unit']} {one['format']}": one["energy"]["timed"] for one in json.loads((directory / "fit.json").read_text())["shapes"]
              if one["unit"].endswith("_pe") and "energy" in one}
    assert len(models) > 20
    assert not {name: model for name, model in models.items() if model["unseen_max_percent"] > 15}
    assert sum(model["unseen_mean_percent"] for model in models.values()) / len(models) < 8


@each_table
def test_regressions_foretell_elements_left_out(directory):
    """Figures of widths between measured ones are as good as docs/cost.md says, and know of exponents."""
    most, most_energy = {"asap7": (7, 20), "sg13g2": (11, 23)}[directory.name]
    fitted = json.loads((directory / "fit.json").read_text())["regressions"]
    for unit in ("dfp_pe", "posit_pe", "flex_pe", "float_pe"):
        errors = {name: fit["held_out_rms_percent"] for name, fit in fitted[unit].items()}
        assert max(errors[name] for name in ("area_um2", "delay_ps", "leakage_nw")) < most, unit
        assert max(error for name, error in errors.items() if name.startswith("energy.")) < most_energy, unit
    named = " ".join(term for name, fit in fitted["float_pe"].items() if name != "delay_ps" for term in fit["terms"])
    assert named.count("ExponentBits") >= len(fitted["float_pe"]) - 1


@each_table
def test_regressions_foretell_lanes_and_exponents_left_out(directory):
    """Every lane and part of the exponent unit has them: a core of a width between measured ones lacks no unit."""
    fitted = json.loads((directory / "fit.json").read_text())["regressions"]
    for unit in ("dfp_lane", "posit_lane", "flex_lane", "float_lane", "exponent_statistics", "autoflex_predictor", "sdfp_bias_chooser"):
        errors = {name: fit["held_out_rms_percent"] for name, fit in fitted[unit].items()}
        assert max(errors[name] for name in ("area_um2", "delay_ps", "leakage_nw", "energy.idle_pj")) < 13, unit
        assert errors["energy.timed.1"] < 35, unit


@each_table
def test_parts_of_elements_and_lanes_have_figures_and_regressions(directory):
    fit = json.loads((directory / "fit.json").read_text())
    for unit in part_stimuli.UNITS:
        shapes = [one for one in fit["shapes"] if one["unit"] == unit]
        assert len(shapes) > 3 and all(one["energy"]["timed"]["pj"][0] >= one["energy"]["zero_delay"]["pj"][0] > 0 for one in shapes), unit
        errors = {name: one["held_out_rms_percent"] for name, one in fit["regressions"][unit].items()}
        assert max(errors["area_um2"], errors["leakage_nw"]) < 14 and errors["delay_ps"] < 22 and errors["energy.timed.1"] < 60, unit


def test_the_page_says_what_elements_are_made_of():
    assert part_costs.FIRST + part_costs.section(TABLES) + part_costs.LAST in (ROOT / "docs/cost.md").read_text()


@pytest.fixture
def forms():
    return fits.read_forms(ROOT / "models/cost/calibrated/forms.yaml")


@each_table
def test_arrays_are_their_parts(directory, forms):
    compared = list(array_checks.compared(directory, forms))
    assert len(compared) > 3
    for row, found in compared:
        assert found.keys() == array_checks.MOST.keys(), row["settings"]
        assert not array_checks.far(found), (row["format"], row["settings"], found)


def test_the_page_says_what_arrays_are(forms):
    page = (ROOT / "docs/cost.md").read_text()
    assert array_checks.FIRST + array_checks.section(TABLES, forms) + array_checks.LAST in page


def test_an_array_that_is_more_than_its_parts_is_seen(forms, tmp_path):
    """A planted one: an array with a quarter and more beside its elements, of which the others know nothing."""
    shutil.copytree(ASAP7, tmp_path / "planted")
    rows = table.read_samples(ASAP7)
    for row in rows:
        if row["unit"] == "systolic_array" and row["format"] == "dfp8" and row["parameters"]["rows"] == 4 and row["selected"]:
            row["area_um2"] *= 1.3
    (tmp_path / "planted/samples.csv").write_text(table.samples_text(rows))
    far = [(row["format"], row["parameters"]["rows"]) for row, found in array_checks.compared(tmp_path / "planted", forms) if array_checks.far(found)]
    assert ("dfp8", 4) in far
