# SPDX-License-Identifier: Apache-2.0
"""The parts of rtl/calibrate by themselves: they need none of the tools."""
import itertools
import pathlib
import re
import shutil

import pytest

import area
import boolean
import cell_models
import core_config
import expressions
import files
import fit_file
import fits
import liberty
import library_checks
import plan
import points
import revision
import selection
import shapes
import synthesis
import table
from problems import InputError

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLES = ROOT / "models/cost/calibrated"


@pytest.mark.parametrize("text, python", [("!(A * B)", "not (a and b)"), ("A' B + C", "(not a and b) or c"), ("(A ^ B) & !C | 0", "(a != b) and not c"),
                                          ("A + B * C ^ A", "a or ((b and c) != a)"), ("((!A)')", "a")])
def test_functions_of_a_library(text, python):
    tree = boolean.parse(text)
    for a, b, c in itertools.product((False, True), repeat=3):
        assert boolean.evaluate(tree, {"A": a, "B": b, "C": c}) == eval(python, {}, {"a": a, "b": b, "c": c})


@pytest.mark.parametrize("text", ["", "A +", "(A", "A B)", "!", "A $ B"])
def test_no_function(text):
    with pytest.raises(ValueError):
        boolean.parse(text)


def test_a_library_is_read(library_file):
    library = liberty.read(library_file())
    assert (library.name, library.corner, library.voltage, library.temperature) == ("tiny", "typical", 1.1, 25)
    assert (library.time_ps, library.capacitance_ff, library.driver, library.load_ff) == (1000, 1000, "INV", 8)
    nand, flop = library.cells["NAND2"], library.cells["DFFR"]
    assert (nand.area_um2, nand.leakage_nw, nand.inputs) == (2, 1, {"A": 2, "B": 2})
    assert flop.leakage_nw == 4 and flop.flip_flop and not nand.flip_flop  # the mean of the stated conditions


def test_a_smaller_file_is_the_same_library(library_file, tmp_path):
    library = liberty.read(library_file())
    small = liberty.prepared(library, tmp_path / "out")
    assert liberty.read(small.path).cells == library.cells
    assert "timing" in small.path.read_text() and "timing" not in small.bare.read_text()
    text = "library (x) {\n internal_power (p) { values (\"1\"); a () { b : 1; } } area : 2; receiver_capacitance () { } end : 1; }"
    assert liberty.slim(text).split() == ["library", "(x)", "{", "area", ":", "2;", "end", ":", "1;", "}"]


@pytest.mark.parametrize("missing, said", [(("INV", "INV2"), "inverter"), (("BUF",), "buffer"), (("NAND2", "NOR2"), "2-input NAND or NOR"),
                                           (("DFF", "DFFR"), "flip-flop"), (("DFFR",), "flip-flop with asynchronous reset")])
def test_a_library_that_lacks_a_class(library_file, missing, said):
    with pytest.raises(InputError, match=f"tiny.lib: no {said}"):
        liberty.read(library_file(without=missing))


def test_a_library_without_timing(library_file):
    with pytest.raises(InputError, match="no timing tables of 10 of 10 cells"):
        liberty.read(library_file(timed=False))


@pytest.mark.parametrize("text", ["", "module x; endmodule", "library (x) {", 'library (x) { time_unit : "1ns"; }', "library (x) { cell (y) { area : } }"])
def test_no_library(tmp_path, text):
    path = tmp_path / "x.lib"
    path.write_text(text)
    with pytest.raises(InputError, match="x.lib"):
        liberty.read(path)


@pytest.mark.parametrize("good, bad, said", [
    ('{ value : 3; when : "D"; }', '{ when : "D"; }', r"leakage_power \(\): no value"),
    ('leakage_power_unit : "1nW"', 'leakage_power_unit (1, nW)', r"library \(tiny\): a list as leakage_power_unit"),
    ("area : 1;", "area (1);", r"cell \(INV\): a list as area"), ("area : 1;", "area : nan;", r"cell \(INV\): area is 'nan'"),
    ("cell_leakage_power : 0.5;", "cell_leakage_power (0.5);", r"cell \(INV\): a list as cell_leakage_power"),
    ("nom_voltage : 1.1", "nom_voltage (1.1)", r"library \(tiny\): a list as nom_voltage"),
    ("capacitance : 0.002", "capacitance (0.002)", r"pin \(A\): a list as capacitance"),
    ('function : "!A"', 'function ("!A")', r"pin \(Y\): a list as function"), ("cell (INV)", "cell ()", r"cell \(\): without a name"),
    ("capacitive_load_unit (1, pf)", 'capacitive_load_unit : "1pf"', "capacitive_load_unit is 1pf"),
    ("capacitive_load_unit (1, pf)", "capacitive_load_unit (one, pf)", "capacitive_load_unit is"),
    ("library (tiny) {", "library (tiny);", r"library \(...\) outside a group")])
def test_a_library_with_a_fault(library_file, good, bad, said):
    path = library_file()
    text = path.read_text()
    assert good in text
    path.write_text(text.replace("/* invented */ ", "").replace(good, bad))
    with pytest.raises(InputError, match=f"tiny.lib: {said}.*; allowed: "):
        liberty.read(path)

@pytest.mark.parametrize("good, bad, said", [
    (r"nom_voltage : 1.1;", "", "no nom_voltage; allowed"), (r"nom_temperature : 25;", "", "no nom_temperature; allowed"),
    (r"nom_voltage : 1.1", "nom_voltage : 0", "nom_voltage 0; allowed"), (r"(cell \(INV\) \{ area : )1", r"\1-1", "INV: area -1; allowed"),
    (r"cell_leakage_power : 0.5", "cell_leakage_power : -0.5", "INV: leakage -0.5; allowed"), (r"cell_leakage_power : [\d.]+;|leakage_power \(\) \{[^}]*\}", "", "no cell has a leakage"),
    (r"(cell_leakage_power|value) : [\d.]+", r"\1 : 0", "no cell has a leakage; allowed: a library with cell_leakage_power"), (r"cell \(NAND2\)", 'cell ( "NOR2" )', "cell NOR2 2 times; allowed"),
    (r"values \(\"0.0300", 'values ("0.03x', ":13: values: '0.03x'; allowed: finite numbers"), (r"values \(\"0.0300", 'values ("1e400', "values: '1e400'"),
    (r"values \(\"0.0300", 'values ("nan', "values: 'nan'"), (r"index_1 \(\"0.01", 'index_1 ("0_1', "index_1: '0_1'"), (r"index_2 \(\"0.001", 'index_2 ("0.0.1', "index_2: '0.0.1'")])
def test_a_library_that_no_table_can_be_made_of(calibrate, library_file, tmp_path, good, bad, said):
    path = library_file()
    text, count = re.subn(good, bad, path.read_text().replace("/* invented */", "/* invented\n\n values (x) cell (INV) { */"))
    assert count
    path.write_text(text)
    done = calibrate("--liberty", path, "--out", "out", "--tables", "tables")
    assert done.returncode == 2 and done.stderr.startswith(f"calibrate: --liberty {path}:") and done.stderr.count("\n") == 1 and said in done.stderr
    assert list(tmp_path.iterdir()) == [path]


def test_what_libraries_may_have(library_file):
    library_checks.check(liberty.read(library_file()))
    library_checks.check(liberty.read(library_file(inverted=True)))


def test_flip_flops_without_a_reset_are_not_needed(library_file):
    """One with a reset does their work."""
    assert "DFF" not in liberty.read(library_file(without=("DFF",))).cells


def test_models_of_cells(library_file):
    cells = liberty.read(library_file()).cells
    assert "assign Y = ~(A & B);" in cell_models.model(cells["NAND2"])
    flop = cell_models.model(cells["DFFR"])
    assert "always @(posedge CK or posedge clear_now) if (clear_now) IQ <= 1'b0; else IQ <= D;" in flop and "reg IQ = 1'b0;" in flop
    cells["DFF"].state.attributes["next_state"] = "!D"
    assert "reg IQ = 1'b1;" in cell_models.model(cells["DFF"])


GOOD = """
targets: [relaxed, 0.8, 0.6, 0.5]
hierarchies: [flat]
sweep:
  - {unit: dfp_pe, formats: [dfp8, dfp4], settings: {core.pe_latency: [1, 2]}}
  - {unit: shift_round, parameters: [{N: 8, AccBits: [16, 32]}, {N: 16, AccBits: 48}]}
"""


def test_a_plan_is_a_product(plan_file):
    read = plan.read(plan_file(GOOD))
    assert read.targets == [0, 0.8, 0.6, 0.5]
    assert [shape.name for shape in read.shapes] == [
        "dfp_pe dfp8 core.pe_latency=1", "dfp_pe dfp8 core.pe_latency=2", "dfp_pe dfp4 core.pe_latency=1", "dfp_pe dfp4 core.pe_latency=2",
        "shift_round N=8 AccBits=16", "shift_round N=8 AccBits=32", "shift_round N=16 AccBits=48"]


@pytest.mark.parametrize("change, said", [
    (("targets: [relaxed, 0.8, 0.6, 0.5]", "targets: [relaxed, 0.8, 0.6]"), "4 or more"), (("0.8, 0.6", "0.6, 0.8"), "falling"),
    (("[flat]", "[round]"), "flat hierarchical"), (("[dfp8, dfp4]", "[dfp8, dfp8]"), "twice"), (("unit: dfp_pe", "unite: dfp_pe"), "row 1"),
    (("hierarchies", "hierarchy"), "its keys"), (("{unit: shift_round, parameters", "{unit: shift_round, formats: [a], parameters"), "one of the two"),
    (("sweep:", "sweep: ["), "YAML"), (("[dfp8, dfp4]", "3"), "row 1, formats: 3"), (("[dfp8, dfp4]", "[3]"), "a list of formats"),
    (("[flat]", "[[a]]"), "flat hierarchical"), (("[flat]", "[flat, flat]"), "each once"), (("{core.pe_latency: [1, 2]}", "[1]"), "row 1, settings"),
    (("core.pe_latency: [1, 2]", "core.pe_latency: {}"), "row 1, settings"), (("unit: dfp_pe", "unit: [dfp_pe]"), "row 1, unit"),
    (("parameters: [", "parameters: [3, "), "row 2, parameters"), (("N: 8", "N: []"), "row 2, parameters"), (("N: 8", "N: x"), "row 2, parameters"),
    (("N: 8", "N: true"), "row 2, parameters"), (("[{N: 8, AccBits: [16, 32]}, {N: 16, AccBits: 48}]", "{}"), "row 2, parameters"),
    (("shift_round, ", "shift_round, settings: {}, "), "allowed: with formats"),
    (("shift_round", "shift_rounds"), "row 2, unit: shift_rounds; allowed with parameters: a module of rtl/sources.f"),
    (("shift_round", "rounding_pkg"), "row 2, unit: rounding_pkg; allowed"), (("N: 16", "M: 16"), "row 2, shift_round, parameters: M; allowed: N AccBits"),
    (("shift_round, parameters: [{N: 8", "posit_decoder, parameters: [{ScaleBits: 8"), "ScaleBits AccBits; allowed: N Es")])
def test_a_wrong_plan(plan_file, change, said):
    with pytest.raises(InputError, match=said):
        plan.read(plan_file(GOOD.replace(*change)))


def test_the_plan_of_the_tables():
    """An element and a lane of every family, and what an array has beside them."""
    units = {shape.unit for shape in plan.read(TABLES / "plan.yaml").shapes}
    assert units >= {f"{family}_{part}" for family in ("dfp", "posit", "flex", "float") for part in ("pe", "lane")} | {
        "sequencer", "exponent_statistics", "autoflex_predictor", "sdfp_bias_chooser", "systolic_array"}


def test_expressions():
    assert expressions.evaluate("A * log2(B) + max(A, 2) ** 2 - -1", {"A": 3, "B": 8}) == 19
    for bad in ("A +", "C", "__import__('os')", "A.real", "log2(0)", "[1]"):
        with pytest.raises(ValueError):
            expressions.evaluate(bad, {"A": 3})


def test_the_configuration_word():
    fields = dict(core_config.fields())
    literal = f"{sum(fields.values())}'h" + f"{(5 << (sum(fields.values()) - fields['rows'])) | 7:x}"
    values = core_config.unpack(literal)
    assert values["rows"] == 5 and values[list(fields)[-1]] == 7 and sum(values.values()) == 12
    assert shapes.Module("x", {"N": "8", "Fp32": "1'b1", "Wide": "8'hff"}).variables() == {"N": 8, "Fp32": 1, "Wide": 255}


def point(hierarchy, target, target_ps, area_um2, delay_ps):
    return {"hierarchy": hierarchy, "target": target, "target_ps": target_ps, "area_um2": area_um2, "delay_ps": delay_ps}


def test_one_point_stands_for_a_shape():
    relaxed, middle, fast = point("flat", 0, 1e6, 100, 1000), point("flat", 0.6, 600, 120, 600), point("flat", 0.5, 500, 200, 500)
    assert selection.best([relaxed, middle, fast]) is middle
    # The smaller hierarchy, if it meets the target; else that of greater f / A.
    smaller, late = point("hierarchical", 0.6, 600, 110, 590), point("hierarchical", 0.6, 600, 110, 700)
    assert selection.best([relaxed, middle, fast, smaller]) is smaller
    assert selection.best([relaxed, middle, fast, late]) is middle
    missed = point("hierarchical", 0.5, 500, 60, 700)
    assert selection.of_hierarchies([point("flat", 0.5, 500, 100, 650), missed]) is missed


STAT = """
=== $paramod$12ab\\datapath_pe ===

   Number of cells:                  3
     INV                             2
     DFF                             1

=== $paramod\\row\\N=s32'1 ===

   Number of cells:                  2
     $paramod$12ab\\datapath_pe      2

=== top ===

   Number of cells:                  4
     $paramod\\row\\N=s32'1          3
     NAND2                           1

=== design hierarchy ===

   top                               1
   Number of cells:                 99
     INV                            99
"""


def test_areas_follow_the_hierarchy(library_file):
    cells, counts = liberty.read(library_file()).cells, synthesis.cell_counts(STAT)
    assert set(counts) == {"$paramod$12ab\\datapath_pe", "$paramod\\row\\N=s32'1", "top"}
    assert area.totals(counts, cells, "top") == (6 * 9 + 2, 6 * (1 + 4) + 1, 19, 6)
    assert area.parts(counts, cells, "top", ("datapath_pe",)) == {"datapath_pe": {"count": 6, "area_um2": 54, "leakage_nw": 30}}


def test_a_file_is_whole_or_not_there(tmp_path):
    files.write_atomically(tmp_path / "a/x", "old")
    with pytest.raises(TypeError):
        files.write_atomically(tmp_path / "a/x", 7)
    assert (tmp_path / "a/x").read_text() == "old" and len(list((tmp_path / "a").iterdir())) == 1


def test_a_point_is_made_once(tmp_path):
    made = []
    store = points.Store(tmp_path)
    for key in ("one", "one", "two"):
        store.of("p", key, lambda: made.append(key) or {"value": key})
    assert made == ["one", "two"]
    (tmp_path / "p.json").write_text('{"key": "two", "va')  # cut short by something else than this flow
    assert store.of("p", "two", lambda: {"value": 3})["value"] == 3
    with pytest.raises(points.Unfinished):
        points.Store(tmp_path, frozen=True).of("q", "one", dict)


def test_sources_of_a_module():
    files_of = revision.sources()
    assert revision.closure("posit_decoder", files_of) == ["normalizer", "posit_decoder"]
    assert {"datapath_pe", "posit_pe", "core_config_pkg", "systolic_array"} <= set(revision.closure("core", files_of))


def row(n, scale=1.0, **more):
    return {"unit": "u", "selected": True, "parts": {}, "parameters": {"N": n}, "area_um2": scale * (3 * n * n + 5 * n), "delay_ps": 1.0,
            "leakage_nw": 1.0} | more


def test_a_regression_finds_what_was_planted():
    forms = {"u": {"area_um2": ["N * N", "N"]}}
    found = fits.fit_all([row(n) for n in (4, 6, 8, 16)], forms)["u"]["area_um2"]
    assert found["coefficients"] == pytest.approx([3, 5]) and found["max_percent"] == found["held_out_max_percent"] == 0
    assert found["range"] == {"N": [4, 16]} and found["samples"] == 4
    bent = fits.fit_all([row(n, 1.1 if n == 8 else 1) for n in (4, 6, 8, 16)], forms)["u"]["area_um2"]
    assert 1 < bent["max_percent"] < bent["held_out_max_percent"] < 20
    # A parameter that the form names has a range though it was the same everywhere: the fit says nothing of others.
    same = fits.fit_all([row(n) | {"parameters": {"N": n, "Same": 2, "Other": 3}} for n in (4, 6, 8, 16)], {"u": {"area_um2": ["N * N", "Same * N"]}})
    assert same["u"]["area_um2"]["range"] == {"N": [4, 16], "Same": [2, 2]}
    # Too few to judge a form by: none.
    assert fits.fit_all([row(n) for n in (4, 6, 8)], forms) == {}


def test_a_regression_goes_through_points_made_alike():
    """Chosen points at one target here, at another there, are on no curve; those of one target are."""
    def rows(n):
        alike = {"unit": "u", "format": f"dfp{n}", "parameters": {"N": n}, "hierarchy": "flat", "parts": {}, "delay_ps": 1.0, "leakage_nw": 1.0}
        hard = n in (6, 16)
        return [alike | {"target": 0, "area_um2": 3.0 * n * n + 7, "selected": not hard}, alike | {"target": 0.5, "area_um2": 5.0 * n * n, "selected": hard}]
    samples = [row for n in (4, 6, 8, 16) for row in rows(n)]
    form = {"area_um2": ["N * N", 1]}
    assert fits.fit_all(samples, {"u": form})["u"]["area_um2"]["held_out_rms_percent"] > 10
    found = fits.fit_all(samples, {"u": form | {"points": {"hierarchy": "flat", "target": 0}}})["u"]["area_um2"]
    assert found["coefficients"] == [3, 7] and found["samples"] == 4 and found["held_out_max_percent"] < 0.01
    with pytest.raises(InputError, match="form of u: points flat 0.8; allowed: a point that every shape has"):
        fits.fit_all(samples, {"u": form | {"points": {"hierarchy": "flat", "target": 0.8}}})


def test_glue_is_what_parts_leave():
    part = {"datapath_pe": {"count": 4, "area_um2": 40, "leakage_nw": 0.5}}
    rows = [row(n, area_um2=40 + 2 * n, parts=part) for n in (4, 6, 8)]
    found = fits.fit_all(rows, {"u glue": {"area_um2": ["N"]}})
    assert found["u glue"]["area_um2"]["coefficients"] == pytest.approx([2])


@pytest.mark.parametrize("directory", sorted(path.parent for path in TABLES.glob("*/samples.csv")), ids=lambda path: path.name)
def test_a_table_is_the_fit_of_its_samples(directory, tmp_path):
    samples = table.read_samples(directory)
    copy = tmp_path / directory.name
    shutil.copytree(directory, copy)
    (copy / "fit.json").unlink()
    fit_file.remake(copy, fits.read_forms(TABLES / "forms.yaml"))
    assert (copy / "fit.json").read_text() == (directory / "fit.json").read_text()
    # Of every shape one point stands for it, and that was checked.
    of_shape = {}
    for sample in samples:
        of_shape.setdefault((sample["unit"], sample["format"], *sample["settings"], *sample["parameters"].items()), []).append(sample)
    for name, rows in of_shape.items():
        chosen = [sample for sample in rows if sample["selected"]]
        assert chosen == [selection.best(rows)] and chosen[0]["checked"], name
        assert len({sample["target"] for sample in rows}) >= plan.FEWEST_TARGETS, name


def test_samples_are_read_as_they_were_written(tmp_path):
    one = point("flat", 0.5, 500, 60.5, 700.25) | {
        "unit": "core", "format": "dfp8", "settings": ["core.rows=2"], "parameters": {"rows": 2}, "leakage_nw": 1.5, "cells": 7, "flip_flops": 2,
        "parts": {"datapath_pe": {"count": 4, "area_um2": 40.0, "leakage_nw": 0.5}}, "selected": True, "checked": "x", "sources": "ab", "date": "2026-01-01"}
    (tmp_path / "samples.csv").write_text(table.samples_text([one]))
    assert table.read_samples(tmp_path) == [one]
    assert table.drift(tmp_path) and table.drift(tmp_path)[0].startswith("core: measured on ab, today ")
    (tmp_path / "samples.csv").write_text(table.samples_text([one | {"area_um2": -1}]))
    with pytest.raises(InputError, match="samples.csv:2"):
        table.read_samples(tmp_path)


def test_resets_are_those_of_the_data():
    """As dfflibmap reads them: of a state that is the inverse of its data clear and preset are exchanged."""
    ff = 'ff (IQ, IQN) {{ clear : "!R"; clear_preset_var1 : L; clocked_on : "C"; next_state : {}; }}'
    assert 'preset : "!R"; clear_preset_var1' in liberty.with_resets_of_data(ff.format('"!D"'))
    assert "preset :" in liberty.with_resets_of_data(ff.format("\"D'\""))
    for data in ('"D"', '"(D E) + (!E IQ)"'):
        assert liberty.with_resets_of_data(ff.format(data)) == ff.format(data)
