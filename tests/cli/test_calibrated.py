# SPDX-License-Identifier: Apache-2.0
"""Runs priced by a calibrated table: a planted one, whose right answers are sums over what the report says, the same on every core."""
import csv
import json

import pytest

from conftest import TRACE

CONSTANT, HAMMING, IDLE, AREA, DELAY, LEAKAGE = 0.25, 0.01, 0.0625, 100.0, 1234.5, 500.0
CORE = {"core mac", "core idle", "lanes", "exponent unit", "sequencer", "core glue", "core leakage"}
SMALL = ("run", "--trace", TRACE, "--samples", "1", "--set", "core.rows=4", "--set", "core.cols=4", "--report-format", "json")


def element(unit, parameters, terms, pj):
    energy = {"terms": terms, "pj": pj, "rms_percent": 1, "unseen_mean_percent": 5, "unseen_max_percent": 9}
    return {"unit": unit, "format": "", "settings": [], "parameters": parameters, "hierarchy": "flat", "target_ps": 1000, "area_um2": AREA,
            "delay_ps": DELAY, "leakage_nw": LEAKAGE, "cells": 10, "flip_flops": 3,
            "energy": {"timed": energy, "zero_delay": energy, "idle_pj": IDLE}}


def table(terms=("1", "hd_a"), pj=(CONSTANT, HAMMING)):
    element_of = lambda bits, acc: element("dfp_pe", {"ABits": bits, "BBits": bits, "AccBits": acc, "Latency": 1}, list(terms), list(pj))
    return {"schema": 2, "shapes": [element_of(8, 32)], "regressions": {},
            "technology": {"name": "planted", "library": "a library", "corner": "typical", "voltage": 0.7, "temperature": 25,
                           "rtl_revision": "0123456789abcdef", "date": "2026-01-01", "tools": {"yosys": "0.23"}, "not_modelled": "wires"}}


@pytest.fixture
def planted(tmp_path):
    def write(name="planted", **what):
        (tmp_path / name).mkdir()
        (tmp_path / name / "fit.json").write_text(json.dumps(table(**what)))
        return name
    return write


def test_the_core_is_priced_by_its_operands_on_every_core(binade, planted):
    folder = planted()
    reports = [binade(*SMALL, "--format", "dfp8", "--cost-table", folder, "--core", core).json() for core in ("fast", "cycle")]
    fast, cycle = reports
    assert fast["energy"] == cycle["energy"] and fast["calibrated"] == cycle["calibrated"] and fast["area"] == cycle["area"]
    for one, two in zip(fast["layers"], cycle["layers"]):
        assert one["energy"] == two["energy"]
    parts = fast["energy"]["components_pj"]
    assert CORE < set(parts) and "vector" not in parts and "bus" not in parts
    macs, clocks = fast["macs"], fast["total_cycles"]
    assert parts["core idle"] == pytest.approx(IDLE * (16 * clocks - macs))
    assert parts["core leakage"] == pytest.approx(16 * LEAKAGE * clocks * 1000 * 1e-9)
    per_mac = parts["core mac"] / macs
    assert CONSTANT < per_mac < CONSTANT + HAMMING * 8
    assert parts["lanes"] == 0 and "lane" in fast["calibrated"]["not_modelled"]
    assert fast["area"] == [{"block": "element", "um2": 16 * AREA, "rule": fast["area"][0]["rule"]}]
    assert fast["calibrated"]["area_um2"] == 16 * AREA and fast["calibrated"]["critical_path_ps"] == DELAY
    assert fast["calibrated"]["operands"] == "of the run" and fast["calibrated"]["standing"] == "exact"
    assert "planted" in fast["energy_table"] and "a library" in fast["calibrated"]["technology"]
    core = sum(parts[name] for name in CORE)
    assert fast["calibrated"]["energy_pj"] == pytest.approx(core)
    assert fast["calibrated"]["energy_error_pj"] == pytest.approx(0.05 * parts["core mac"])
    assert fast["calibrated"]["gops_per_mm2"] == pytest.approx(2e-9 * macs / fast["seconds_at_clock"] / (16 * AREA * 1e-6))
    assert fast["power_mw"] == pytest.approx(fast["energy"]["total_pj"] * 1e-9 / fast["seconds_at_clock"])


# The sum over bits that change, alone: what a table of that term says of a run is the count itself.
@pytest.mark.parametrize("dataflow", ["os", "ws"])
def test_terms_are_sums_over_the_operands(binade, planted, dataflow):
    energy = {}
    for term in ("1", "wt_a", "nz_a", "nz_b", "nz_a*nz_b", "hd_b"):
        folder = planted(name=term.replace("*", "x"), terms=(term,), pj=(1.0,))
        report = binade(*SMALL, "--format", "dfp8", "--cost-table", folder, "--set", f"core.dataflow={dataflow}").json()
        energy[term] = report["energy"]["components_pj"]["core mac"]
    assert energy["1"] == report["macs"]
    assert energy["nz_a*nz_b"] <= min(energy["nz_a"], energy["nz_b"]) <= energy["1"]
    assert energy["nz_a"] < energy["wt_a"] < 8 * energy["1"]
    assert energy["hd_b"] > 0


def test_expected_operands_are_said_to_be(binade, planted):
    folder = planted()
    network = ("run", "--network", "lenet5", "--format", "dfp8", "--cost-table", folder, "--report-format", "json")
    none, fixed = binade(*network, "--values", "none").json(), binade(*network, "--energy", "fixed").json()
    assert none["energy"] == fixed["energy"] and none["total_cycles"] == fixed["total_cycles"]
    assert "expected" in none["calibrated"]["operands"] and "expected" in fixed["calibrated"]["operands"]
    of_the_run = binade(*network).json()
    for report in (none, of_the_run):
        assert CONSTANT < report["energy"]["components_pj"]["core mac"] / report["macs"] < CONSTANT + HAMMING * 8
    assert of_the_run["energy"]["components_pj"]["core mac"] != none["energy"]["components_pj"]["core mac"]
    per_mac = [layer["energy"]["components_pj"]["core mac"] / layer["macs"] for layer in fixed["layers"] if layer["macs"] > 0]
    assert per_mac == pytest.approx([per_mac[0]] * len(per_mac))


def test_the_clock_that_the_critical_path_allows(binade, planted, refused):
    folder = planted()
    auto = binade(*SMALL, "--format", "dfp8", "--cost-table", folder, "--set", "clock_ghz=auto").json()
    assert auto["clock_ghz"] == pytest.approx(1000 / 1235) and auto["config"]["clock_ghz"] == pytest.approx(1000 / 1235)
    given = binade(*SMALL, "--format", "dfp8", "--cost-table", folder).json()
    assert given["clock_ghz"] == 1 and given["total_cycles"] != auto["total_cycles"] and given["identity"] != auto["identity"]
    assert "calibrated" in refused(*SMALL, "--format", "dfp8", "--set", "clock_ghz=auto")


def test_the_page_and_the_text_name_the_table(binade, planted, tmp_path):
    folder = planted()
    arguments = [word for word in SMALL if word not in ("--report-format", "json")]
    done = binade(*arguments, "--format", "dfp8,sdfp8", "--cost-table", folder, "--out", "out")
    assert done.code == 0, done.err
    one = binade(*arguments, "--format", "dfp8", "--cost-table", folder).out
    for text in (one, (tmp_path / "out/dfp8/report.html").read_text()):
        assert "a library" in text and "wires" in text and "GOPS/mm2" in text and "vector unit" in text
    comparison = (tmp_path / "out/compare.txt").read_text()
    assert "planted" in comparison
    dfp8, sdfp8 = (json.loads((tmp_path / f"out/{name}/report.json").read_text()) for name in ("dfp8", "sdfp8"))
    apart = abs(dfp8["energy"]["total_pj"] - sdfp8["energy"]["total_pj"])
    bars = dfp8["calibrated"]["energy_error_pj"] + sdfp8["calibrated"]["energy_error_pj"]
    assert ("not distinguishable" in comparison) == (apart <= bars)
    again = binade("report", "out/dfp8", "out/sdfp8")
    assert again.code == 0 and "planted" in again.out


def constant(value):
    return {"terms": ["1"], "coefficients": [value], "held_out_rms_percent": 3, "held_out_max_percent": 8, "range": {}}


def swept_table():
    """Of arrays of 4 columns: fixed8.4 has every unit, with 8 rows its sequencer is beyond the samples; fixed4.2, small and fast, lacks its lane."""
    told = table()
    large = told["shapes"][0]
    energy = element("", {}, ["1"], [1.0])["energy"]
    told["shapes"] += [large | {"parameters": {"ABits": 4, "BBits": 4, "AccBits": 32, "Latency": 1}, "area_um2": 1.0, "delay_ps": 950.0},
                       large | {"unit": "dfp_lane", "parameters": {"N": 8, "AccBits": 32}, "energy": energy},
                       large | {"unit": "sequencer", "parameters": {"Rows": 4, "Cols": 4, "Dataflow": 0}, "energy": energy}]
    told["regressions"] = {unit: {"area_um2": constant(AREA), "delay_ps": constant(900), "leakage_nw": constant(1), "energy.timed.1": constant(1),
                                  "energy.idle_pj": constant(0.5)} for unit in ("sequencer", "systolic_array glue")}
    return told


def test_points_without_units_lead_no_others(binade, tmp_path):
    (tmp_path / "swept").mkdir()
    (tmp_path / "swept/fit.json").write_text(json.dumps(swept_table()))
    space = ("explore", "--gemm", "16,16,16", "--values", "none", "--cost-table", "swept", "--set", "core.cols=4", "--objective", "area", "--axis")

    def sweep(out, *more, clock="0.5"):
        done = binade(*space, "format=fixed8.4,fixed4.2", "--axis", "core.rows=4,8", "--set", f"clock_ghz={clock}", "--out", out, *more)
        assert done.code == 0, done.err
        with open(tmp_path / out / "points.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        return done.out, rows, [(row["format"], row["core.rows"]) for row in rows if row["front"] == "1"]

    text, rows, front = sweep("out")
    assert min(rows, key=lambda row: float(row["calibrated.area_um2"]))["format"] == "fixed4.2"
    assert front == [("fixed8.4", "4")]
    assert {(row["format"], row["calibrated.missing_units"]) for row in rows} == {("fixed8.4", ""), ("fixed4.2", "lane")}
    assert {(row["core.rows"], row["calibrated.extrapolated_units"]) for row in rows} == {("4", ""), ("8", "sequencer")}
    marks = {tuple(line[5:].split()[-3:-1]): line[:4].split(" ")[0] for line in text.splitlines() if " fixed" in line}
    assert marks == {("fixed8.4", "4"): "*", ("fixed8.4", "8"): "~", ("fixed4.2", "4"): "?", ("fixed4.2", "8"): "?~"}
    assert "count 0 in area, critical path and energy: 2 points (lane); 2 left out of the front for it (--front all: none)" in text
    assert "~ extrapolated: figures beyond the cost table's samples: 2 points (sequencer)" in text and "\n> " not in text
    report = binade("report", "out").out
    assert "2 left out of the front for it" in report and "2 points (sequencer)" in report and "fixed4.2" not in report

    text, _, front = sweep("all", "--front", "all")
    assert front == [("fixed4.2", "4")] and "2 points (lane)\n" in text
    assert "\n?  fixed4.2, 4" in binade("report", "all").out

    text, rows, front = sweep("time", "--objective", "time", clock="auto")  # the clock is that of the units that are there
    assert front and {format for format, _ in front} == {"fixed8.4"}
    text, rows, front = sweep("fast", clock="5")
    assert "> the clock is faster than the critical path of the core allows: 4 points" in text

    alone = binade(*space, "core.rows=4,8", "--set", "format=fixed4.2", "--set", "clock_ghz=0.5", "--out", "alone")  # beside each other
    assert alone.code == 0 and "\n*?  " in alone.out and "left out" not in alone.out
    ranked = binade(*space, "format=fixed8.4,fixed4.2", "--screen", 10, "--out", "ranked")
    assert ranked.code == 0 and "1 to simulate, 1 not ranked: the cost table lacks units of theirs (--front all: all are)" in ranked.out


MEMORIES = """# source: a data sheet
words,bits,area_um2,leakage_nw,read_pj,write_pj,access_ps,voltage,library
64,64,1000,10,8,16,900,0.7,m
8192,64,1000,10,8,16,900,0.7,m
"""


def test_memories_of_the_technology(binade, planted, refused, tmp_path):
    folder, plain = planted(), planted(name="plain")
    (tmp_path / folder / "memories.csv").write_text(MEMORIES)
    core = ("--set", "core.psum_bytes=8192", "--set", "scratchpad.banks=4", "--set", "core.dataflow=ws")
    report, published = (binade(*SMALL, *core, "--format", "dfp8", "--cost-table", name).json() for name in (folder, plain))
    parts, counters = report["energy"]["components_pj"], report["counters"]
    for name in "abo":  # every bank between the two rows, which are alike
        read, written = counters[f"scratchpad_{name}.read_bytes"], counters[f"scratchpad_{name}.write_bytes"]
        assert parts[f"scratchpad {name}"] == pytest.approx(read + 2 * written) and read + written > 0
    assert parts["memory leakage"] == pytest.approx((3 * 4 + 4 / 2) * 10 * report["total_cycles"] * 1000 * 1e-9)  # slices of 32 bits: half as wide
    assert "memory leakage" not in published["energy"]["components_pj"]
    assert parts["dram background"] == published["energy"]["components_pj"]["dram background"]
    assert report["calibrated"]["energy_pj"] == published["calibrated"]["energy_pj"] and report["identity"] != published["identity"]
    assert report["calibrated"]["memory_area_um2"] == pytest.approx((3 * 4 + 4 / 2) * 1000) and published["calibrated"]["memory_area_um2"] == 0
    assert sum(row["um2"] for row in report["area"]) == pytest.approx(report["calibrated"]["area_um2"] + report["calibrated"]["memory_area_um2"])
    assert "memories on the chip: a data sheet" in report["energy_table"] and "areas of memories" not in report["calibrated"]["not_modelled"]
    assert "areas of memories" in published["calibrated"]["not_modelled"]
    for name, total in parts.items():
        assert total == pytest.approx(sum(layer["energy"]["components_pj"][name] for layer in report["layers"])), name
    os = binade(*SMALL, *core[:-2], "--format", "dfp8", "--cost-table", folder).json()  # sums stay in the elements: no bank
    assert os["calibrated"]["memory_area_um2"] == pytest.approx(3 * 4 * 1000) and "partial sums" not in [row["block"] for row in os["area"]]
    assert os["energy"]["components_pj"]["memory leakage"] == pytest.approx(3 * 4 * 10 * os["total_cycles"] * 1000 * 1e-9)
    assert os["energy"]["components_pj"]["partial sums"] == 0
    (tmp_path / folder / "memories.csv").write_text(MEMORIES.replace("8192,64,1000", "8192,64,-1"))
    assert "memories.csv, line 4: area_um2: '-1'" in refused(*SMALL, "--format", "dfp8", "--cost-table", folder)


# Layers of several modes: each mode's elements, lanes, glue and vectors are counted by mode, so layers add up to the run.
@pytest.mark.parametrize("more", [(), ("--energy", "fixed")])
def test_layers_of_several_modes_add_up(binade, more):
    report = binade("run", "--network", "lenet5", "--recipe", "wider-ends,F=dfp8,E=dfp16", "--cost-table", "asap7", "--set", "core.dataflow=ws", *more,
                    "--report-format", "json").json()
    parts = report["energy"]["components_pj"]
    assert len({layer["accumulate"] + layer["format_a"] for layer in report["layers"] if layer["macs"]}) > 1 and parts["core glue"] > 0
    for name, total in parts.items():
        assert total == pytest.approx(sum(layer["energy"]["components_pj"][name] for layer in report["layers"]), rel=1e-9), name


def test_formats_that_the_table_lacks(refused, planted):
    folder = planted()
    message = refused(*SMALL, "--format", "posit8", "--cost-table", folder)
    assert "posit_pe" in message and "planted" in message


def test_a_folder_without_a_table(refused, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "fit.json" in refused(*SMALL, "--format", "dfp8", "--cost-table", "empty")
    assert "nowhere" in refused(*SMALL, "--format", "dfp8", "--cost-table", "nowhere")
