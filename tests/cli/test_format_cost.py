# SPDX-License-Identifier: Apache-2.0
"""`binade cost` on a planted table whose right answers are known, and on those that come with the program."""
import csv
import io
import json
import math
import sys

import jsonschema
import pytest
import yaml

from conftest import BINADE, ROOT

SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/format-cost.schema.json").read_text()))


def area(a, b, acc, latency=1):
    return 2 * a * b + 3 * acc + 4 * (latency - 1) + 5


def delay(a, b):
    return 100 * math.log2(a + b) + 200


def fit(terms, coefficients, ranges):
    return {"terms": terms, "coefficients": coefficients, "samples": 9, "rms_percent": 1, "max_percent": 2, "held_out_rms_percent": 3,
            "held_out_max_percent": 8, "range": ranges}


def energy(constant):
    return {"terms": ["1", "hd_a"], "pj": [constant, 0.5], "rms_percent": 1, "unseen_mean_percent": 4, "unseen_max_percent": 9}


def shape(unit, form, parameters, area_um2, delay_ps, **more):
    return {"unit": unit, "format": form, "settings": [], "parameters": parameters, "hierarchy": "flat", "target_ps": 1000, "area_um2": area_um2,
            "delay_ps": delay_ps, "leakage_nw": 7, "cells": 10, "flip_flops": 3} | more


FP32 = {"AExponentBits": 8, "AFractionBits": 23, "ASpecials": 1, "BExponentBits": 8, "BFractionBits": 23, "BSpecials": 1, "ExponentBits": 8,
        "FractionBits": 23, "Specials": 1, "Fp32": 1, "Latency": 1}


@pytest.fixture
def planted():
    ranges = {"ABits": [4, 16], "BBits": [4, 16], "AccBits": [32, 48], "Latency": [1, 1]}
    shapes = [shape("dfp_pe", f"dfp{n}", {"ABits": n, "BBits": n, "AccBits": acc, "Latency": 1}, area(n, n, acc), delay(n, n),
                    energy={"timed": energy(2), "zero_delay": energy(1), "idle_pj": 0.125}) for n, acc in ((4, 32), (8, 32), (16, 48))]
    shapes.append(shape("dfp_lane", "dfp8", {"N": 8, "AccBits": 32}, 64, 5000))
    shapes.append(shape("float_pe", "fp32", FP32, 5000, 2000))
    return {"schema": 2,
            "technology": {"name": "planted", "library": "a library", "corner": "typical", "voltage": 0.7, "temperature": 25,
                           "rtl_revision": "0123456789abcdef", "date": "2026-01-01", "tools": {"yosys": "0.23"}, "not_modelled": "wires"},
            "shapes": shapes,
            "regressions": {"dfp_pe": {"area_um2": fit(["ABits * BBits", "AccBits", "Latency - 1", "1"], [2, 3, 4, 5], ranges),
                                       "delay_ps": fit(["log2(ABits + BBits)", "1"], [100, 200], ranges), "leakage_nw": fit(["1"], [7], ranges),
                                       "energy.timed.1": fit(["AccBits"], [0.0625], ranges)}}}


@pytest.fixture
def table(tmp_path, planted):
    (tmp_path / "planted").mkdir()

    def written(change=lambda table: None):
        change(planted)
        (tmp_path / "planted/fit.json").write_text(json.dumps(planted))
        return "planted"
    written()
    return written


def rows_of(binade, *arguments):
    result = binade("cost", *arguments, "--cost-table", "planted", "--report-format", "json")
    assert result.code == 0, result.err
    report = result.json()
    SCHEMA.validate(report)
    return {row["format"]: row for row in report["formats"]}


def test_a_measured_format_is_its_own_point(binade, table):
    row = rows_of(binade, "dfp8", "--activity", "uniform")["dfp8"]
    assert row["area_um2"] == area(8, 8, 32) and row["delay_ps"] == delay(8, 8) and row["leakage_nw"] == 7
    assert row["target_ps"] == 1000 and row["frequency_ghz"] == pytest.approx(1000 / delay(8, 8))
    assert (row["acc_bits"], row["latency"], row["technology"], row["flags"]) == (32, 1, "planted", "")
    # Four of eight bits change from one uniform code to the next, on average.
    assert row["energy_pj_per_mac"] == pytest.approx(2 + 0.5 * 4, rel=0.01)
    assert row["zero_delay_pj_per_mac"] == pytest.approx(row["energy_pj_per_mac"] - 1)
    assert row["energy_error_percent"] == 4 and row["area_error_percent"] == 0 and row["idle_pj"] == 0.125


def test_iso_area_speedup_is_that_of_hill_et_al(binade, table):
    rows = rows_of(binade, "dfp8,dfp16,fp32")
    for form, row in rows.items():
        assert row["iso_area_speedup"] == pytest.approx((2000 / row["delay_ps"]) * (5000 / row["area_um2"])), form
    assert rows["fp32"]["iso_area_speedup"] == 1


def test_widths_between_and_beyond_say_so(binade, table):
    rows = rows_of(binade, "dfp12,dfp18")
    assert rows["dfp12"]["area_um2"] == pytest.approx(area(12, 12, 48)) and rows["dfp12"]["flags"] == "interpolated"
    assert rows["dfp12"]["area_error_percent"] == 3 and rows["dfp12"]["target_ps"] is None
    assert rows["dfp12"]["energy_pj_per_mac"] == pytest.approx(48 * 0.0625) and rows["dfp12"]["energy_error_percent"] == 3
    assert rows["dfp18"]["flags"] == "extrapolated" and rows["dfp18"]["area_error_percent"] == 8


def test_an_energy_below_an_idle_clock_is_that_of_one_as_in_a_run(binade, table):
    def lower(planted):
        for shape in planted["shapes"]:
            if shape["unit"] == "dfp_pe":
                shape["energy"]["timed"]["pj"] = shape["energy"]["zero_delay"]["pj"] = [-3, 0]
                shape["energy"]["idle_pj"] = 0.125 if shape["format"] == "dfp8" else 0
    table(lower)
    rows = rows_of(binade, "dfp8,dfp4")
    assert rows["dfp8"]["energy_pj_per_mac"] == rows["dfp8"]["zero_delay_pj_per_mac"] == 0.125
    assert rows["dfp8"]["flags"] == rows["dfp8"]["core"][0]["flags"] == "energy as an idle clock: its model says less"
    assert rows["dfp4"]["energy_pj_per_mac"] is None and "energy not above 0: none" in rows["dfp4"]["flags"]


def test_stages_beyond_the_table_are_flagged(binade, table):
    row = rows_of(binade, "dfp8", "--set", "core.pe_latency=3")["dfp8"]
    assert row["latency"] == 3 and row["area_um2"] == pytest.approx(area(8, 8, 32, 3))
    assert row["flags"] == "extrapolated; core.pe_latency 3 beyond the table's 1"


def test_operands_may_differ_from_the_result(binade, table):
    row = rows_of(binade, "dfp16", "--set", "core.format_a=dfp8")["dfp8 x dfp16 -> dfp16"]
    assert row["acc_bits"] == 48 and row["area_um2"] == pytest.approx(area(8, 16, 48)) and row["flags"] == "interpolated"
    assert row["energy_pj_per_mac"] == pytest.approx(48 * 0.0625)
    row = rows_of(binade, "fp32", "--set", "core.format_a=dfp8", "--set", "core.format_b=dfp16")["dfp8 x dfp16 -> fp32"]
    assert row["core"][1]["module"] == "dfp_float_lane"


def test_the_core_is_divided_among_its_units(binade, table):
    core = {unit["role"]: unit for unit in rows_of(binade, "dfp8", "--set", "core.rows=8", "--set", "core.cols=4")["dfp8"]["core"]}
    assert [core[role]["count"] for role in ("element", "lane", "sequencer", "exponent statistics", "glue")] == [32, 4, 1, 1, 1]
    assert core["lane"]["area_um2"] == 64 and core["lane"]["area_um2_per_element"] == 64 * 4 / 32
    assert core["glue"]["flags"] == core["sequencer"]["flags"] == "not modelled" and core["glue"]["area_um2"] is None


def test_text_says_table_activity_and_what_is_missing(binade, table):
    result = binade("cost", "dfp8,posit8", "--cost-table", "planted", "--activity", "sparse")
    assert result.code == 0 and "operands of 'sparse'" in result.out
    assert "planted: a library, typical, 0.7 V, 25 C; RTL 0123456789ab; 2026-01-01; yosys 0.23; not modelled: wires" in result.out
    assert "not modelled: the table has no posit_pe of these parameters" in result.out
    assert "sequencer, exponent statistics, glue" in result.out and "lane 5000" in result.out


def test_csv_has_a_row_a_format(binade, table):
    result = binade("cost", "dfp8,posit8,dfp16", "--cost-table", "planted", "--report-format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert [row["format"] for row in rows] == ["dfp8", "posit8", "dfp16"]
    assert rows[1]["area_um2"] == "" and float(rows[2]["area_um2"]) == area(16, 16, 48)


def test_energies_are_the_same_every_time_and_follow_the_stream(binade, table):
    energies = {word: rows_of(binade, "dfp8", "--activity", word)["dfp8"]["energy_pj_per_mac"] for word in ("uniform", "nn", "sparse")}
    assert energies["nn"] < energies["uniform"] and energies["sparse"] < energies["nn"]
    assert rows_of(binade, "dfp8", "--activity", "nn")["dfp8"]["energy_pj_per_mac"] == energies["nn"]


def test_without_fp32_there_is_no_speedup_and_the_text_says_so(binade, table):
    table(lambda planted: planted["shapes"].pop())
    assert rows_of(binade, "dfp8")["dfp8"]["iso_area_speedup"] is None
    assert "iso-area: fp32 fp32, 1 stage: not in the table" in binade("cost", "dfp8", "--cost-table", "planted").out


def test_bad_input_is_refused_before_anything_is_printed(refused, table):
    planted = ("--cost-table", "planted")
    assert "FORMAT: " in refused("cost", "dfp8,pozit8", *planted)
    assert "core.rows" in refused("cost", "dfp8", "--set", "core.rows=0", *planted)
    assert "FORMAT says it" in refused("cost", "dfp8", "--set", "format=posit8", *planted)
    assert "format: dfp8 twice" in refused("cost", "dfp8,dfp8", *planted)
    assert refused("cost", "posit8", *planted).startswith("cost table planted: posit8, exact: not modelled: ")
    assert "no 'serial'" in refused("cost", "posit8", "--set", "accumulate=serial", *planted)
    message = refused("cost", "dfp8", "--cost-table", "absent")
    assert message.startswith("cost table absent: no such folder; allowed: ") and "asap7" in message
    table(lambda planted: planted.update(schema=1))
    assert "planted/fit.json: schema: 1; allowed: 2" in refused("cost", "dfp8", *planted)
    table(lambda planted: planted.update(schema=2) or planted["shapes"][0].update(area_um2=-3))
    assert "planted/fit.json: shapes[0].area_um2: -3; allowed: a number above 0" in refused("cost", "dfp8", *planted)
    table(lambda planted: planted["shapes"][0].pop("unit"))
    assert "shapes[0].unit: missing" in refused("cost", "dfp8", *planted)


TABLES = pytest.mark.parametrize("name", sorted(path.parent.name for path in (ROOT / "models/cost/calibrated").glob("*/fit.json")))


@TABLES
def test_cores_of_formats_between_have_all_their_units(binade, name):
    between = "dfp10,sdfp12,posit10,flex14+5,e5m4,e4m9,fp8e5m2"
    result = binade("cost", between, "--cost-table", name, "--report-format", "json")
    for row in json.loads(result.out)["formats"]:
        assert row["energy_pj_per_mac"] and not [unit["role"] for unit in row["core"] if unit["area_um2"] is None], row["format"]
        assert not [unit["role"] for unit in row["core"] if unit["energy_pj"] is None and unit["role"] != "glue"], row["format"]


@TABLES
def test_tables_of_the_program_price_what_they_measured(binade, name):
    fit_json = json.loads((ROOT / "models/cost/calibrated" / name / "fit.json").read_text())
    measured = [one for one in fit_json["shapes"] if one["unit"].endswith("_pe") and not one["settings"]]
    assert measured
    result = binade("cost", ",".join(one["format"] for one in measured), "--cost-table", name, "--report-format", "json")
    assert result.code == 0, result.err
    SCHEMA.validate(result.json())
    for row, one in zip(result.json()["formats"], measured, strict=True):
        assert (row["area_um2"], row["delay_ps"], row["leakage_nw"]) == (one["area_um2"], one["delay_ps"], one["leakage_nw"]), row["format"]
        assert not {"interpolated", "extrapolated"} & set(row["flags"].split("; ")), row["format"]
        if "energy" in one:
            assert 0 < row["zero_delay_pj_per_mac"] <= row["energy_pj_per_mac"]


@pytest.mark.parametrize("word, unit", [("dfp8", "dfp_pe"), ("dfp16", "dfp_pe"), ("posit8", "posit_pe"), ("bf16", "float_pe")])
def test_operands_are_drawn_as_those_of_the_tables(binade, monkeypatch, word, unit):
    """What the macro-model makes of the calibration's own streams, drawn anew again and again, is the program's figure for their kind."""
    monkeypatch.syspath_prepend(str(ROOT / "rtl/calibrate"))
    monkeypatch.setenv("BINADE", BINADE)
    import operand_sums
    import streams
    fit_file = json.loads((ROOT / "models/cost/calibrated/asap7/fit.json").read_text())
    model = next(one for one in fit_file["shapes"] if (one["unit"], one["format"], one["settings"]) == (unit, word, []))["energy"]["timed"]
    bits = int("".join(filter(str.isdigit, word)))
    source = streams.Streams(unit, word, word, {})
    for name in ("nn", "weight_stationary", "sparse"):
        energies = []
        for seed in range(24):
            monkeypatch.setattr(streams, "SEED", seed)
            for codes in source.windows(name):
                a, b = ([int(code) & ((1 << bits) - 1) for code in side] for side in codes)
                sums = operand_sums.sums(a, b)
                energies.append(sum(pj * sums[term] for term, pj in zip(model["terms"], model["pj"])) / len(a))
        ours = binade("cost", word, "--activity", name, "--report-format", "json").json()["formats"][0]["energy_pj_per_mac"]
        assert ours == pytest.approx(sum(energies) / len(energies), rel=0.05), name


@pytest.fixture
def checks():
    sys.path.insert(0, str(ROOT / "results"))
    import cost_checks
    return cost_checks


PUBLISHED = yaml.safe_load((ROOT / "results/published_costs.yaml").read_text())


def test_weights_that_a_format_rounds_away_are_told(binade, table):
    """Of a Gaussian of 0.1 a step of a quarter leaves little."""
    told = {name: row["flags"] for name, row in rows_of(binade, "dfp4,fixed4.0,fixed4.2,fixed8.6").items()}
    assert "% of the weights of 'nn' round to zero" in told["fixed4.2"] and "100 % of the weights" in told["fixed4.0"]
    assert told["dfp4"] == told["fixed8.6"] == ""
    assert "round to zero" not in rows_of(binade, "fixed4.2", "--activity", "uniform")["fixed4.2"]["flags"]


def test_a_multiply_accumulate_takes_no_less_than_an_idle_clock(binade, table):
    def idles(one):
        one["shapes"][0]["energy"]["idle_pj"] = 50
    table(idles)
    row = rows_of(binade, "dfp4")["dfp4"]
    assert row["energy_pj_per_mac"] == row["zero_delay_pj_per_mac"] == row["idle_pj"] == 50


def test_published_ratios_name_formats_sources_and_marks(checks):
    for source in PUBLISHED["sources"]:
        assert source["mark"] in ("read", "quoted", "recalled") and len(source["title"]) > 40
        for row in source["rows"]:
            assert {row["of"], row.get("over", row["of"])} <= set(PUBLISHED["formats"]) and row["figure"] in checks.WORDS
            if "from" in row:  # arithmetic of the source's own figures
                assert eval(row["from"], {"__builtins__": {}}) == pytest.approx(row["published"], abs=0.05)  # noqa: S307


def test_a_deviation_is_how_far_ours_lies_beyond(checks):
    assert checks.verdict(2, [1.5, 2.8]) == "within"
    assert checks.verdict(4, 1) == "4.00 x more, see below" and checks.verdict(1, 1.5) == "1.50 x less"
    assert checks.verdict(None, 3) == "not measured"


def test_the_section_stands_between_its_markers(checks, table, tmp_path):
    data = {"formats": {"int8": {"format": "dfp8", "means": "dfp8"}, "int16": {"format": "dfp16", "means": "dfp16"},
                        "other": {"format": "posit8", "means": "posit8"}},
            "sources": [{"name": "S", "title": "a source", "mark": "read",
                         "rows": [{"of": "int16", "over": "int8", "figure": "area_um2", "published": 3},
                                  {"of": "other", "over": "int8", "figure": "area_um2", "published": 3}]}]}
    tables = checks.tables_of(data["formats"], BINADE, [str(tmp_path / "planted")])
    text, ratio = checks.section(data, tables), f"{area(16, 16, 48) / area(8, 8, 32):.2f}"
    assert f"| int16 / int8 | area | 3 | {ratio} | 1.04 x less |" in text
    assert "| other / int8 | area | 3 | - | not measured |" in text
    between = checks.libraries({"over": "int8", "formats": ["int16", "other"]}, {"one": tables[str(tmp_path / "planted")]})
    assert f"| int16 | {ratio} | " in between and "| other | - | - | - | - |" in between and "area, `one`" in between
    own = checks.section({**data, "sources": [{**data["sources"][0], "rows": [{"of": "int8", "figure": "area_um2", "published": 3, "only": "a"}]}]}, tables)
    assert "| int8 | area | 3 | - | of another node |" in own
    # Of what a regression foretells the row says so, and how far off that may be.
    known = {"a": {"flags": "extrapolated", "area_um2": 3, "area_error_percent": 0.7, "energy_pj_per_mac": 3, "energy_error_percent": 26.6},
             "b": {"flags": "", "area_um2": 2, "area_error_percent": 0, "energy_pj_per_mac": 2, "energy_error_percent": 6}}
    energy = {"of": "a", "over": "b", "figure": "energy_pj_per_mac"}
    assert checks.compared(energy, known) == 1.5 and checks.foretold(energy, known) == " (a extrapolated, +-27 %)"
    assert checks.foretold({"of": "b", "figure": "energy_pj_per_mac"}, known) == ""
    page = checks.with_section((ROOT / "docs/cost.md").read_text(), text)
    assert text in page and page.startswith("# What a format costs")
