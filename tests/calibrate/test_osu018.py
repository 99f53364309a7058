# SPDX-License-Identifier: Apache-2.0
"""The flow over a library that anyone can install: elements of two formats, an array, a part, each checked against what it was made of."""
import csv
import json
import os
import pathlib

import pytest

import element_stimuli
import energy_table
import shapes

LIBRARY = pathlib.Path("/usr/share/qflow/tech/osu018/osu018_stdcells.lib")
# Small ones of each kind: what the flow does with a library does not grow with its circuits, its time does.
PLAN = """
targets: [relaxed, 0.8, 0.65, 0.5]
hierarchies: [flat, hierarchical]
sweep:
  - {unit: dfp_pe, formats: [dfp4]}
  - {unit: dfp_pe, formats: [dfp4], settings: {core.pe_latency: 2}}
  - {unit: posit_pe, formats: [posit4]}
  - {unit: float_pe, formats: [e4m3]}
  - {unit: float_lane, formats: [e4m3]}
  - {unit: shift_round, parameters: [{N: 4, AccBits: 8}]}
  - {unit: systolic_array, formats: [dfp4], settings: {core.rows: 1, core.cols: 2}}
"""


@pytest.mark.skipif(not os.environ.get("BINADE_FULL"), reason="a long test: make test-full")
@pytest.mark.skipif(not LIBRARY.exists(), reason="qflow-tech-osu018 not installed: cmake/deps.sh calibrate")
def test_units_in_a_180_nm_library(calibrate, plan_file, tmp_path, needs_tools):
    done = calibrate("--liberty", LIBRARY, "--plan", plan_file(PLAN), "--technology", "osu018", "--out", tmp_path / "out", "--tables", tmp_path / "tables")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = list(csv.DictReader(open(tmp_path / "tables/osu018/samples.csv", encoding="utf-8")))
    chosen = {(row["unit"], row["settings"]): row for row in rows if row["selected"] == "1"}
    assert len(chosen) == 7 and all(row["checked"] for row in chosen.values())

    def area(unit, settings=""):
        return float(chosen[unit, settings]["area_um2"])

    # A quire of 64 bits beside an accumulator of 32: the published ratios of posit and integer elements lie between these.
    assert 2 < area("posit_pe") / area("dfp_pe") < 6
    # A second stage adds the product's registers.
    one, two = (chosen["dfp_pe", settings] for settings in ("", "core.pe_latency=2"))
    assert int(two["flip_flops"]) - int(one["flip_flops"]) >= 8
    # An array keeps its elements, and is more than they are.
    array = "core.rows=1 core.cols=2"
    name, count, elements, _ = chosen["systolic_array", array]["parts"].split(":")
    assert (name, count) == ("datapath_pe", "2") and 0 < float(elements) < area("systolic_array", array)

    # Switching energy, and that of idling; the clock's of all but what has no registers.
    windows = energy_table.read(tmp_path / "tables/osu018")
    energies = {(one["unit"], *one["settings"]): one for one in json.loads((tmp_path / "tables/osu018/fit.json").read_text())["shapes"]}
    assert all("energy" in one for one in energies.values())
    for row in windows:
        assert row["timed_pj"] >= row["zero_delay_pj"] * 0.99 and row["zero_delay_pj"] >= row["clock_pj"] * 0.99
        assert row["zero_delay_pj"] > 0 and (row["clock_pj"] > 0) == (row["unit"] != "shift_round")
    for unit in ("dfp_pe", "posit_pe", "float_pe"):
        assert 0 < energies[unit,]["energy"]["idle_pj"] < mean_of(windows, unit)
    assert energies["systolic_array", *array.split()]["glue"]["energy"]["timed"]["pj"][0] > 0
    # The netlist's sums are those of its operands.
    states = json.loads((tmp_path / "out/points/dfp_pe-dfp4/energy.json").read_text())["states"]
    operands = element_stimuli.operands(shapes.Shape("dfp_pe", "dfp4", ()), {"ABits": 4, "BBits": 4})
    assert states == [sum(signed(x) * signed(y) for x, y in zip(a, b)) % (1 << 32) for _, _, a, b in operands]


def mean_of(windows, unit):
    rows = [row for row in windows if row["unit"] == unit and row["operations"]]
    return sum(row["timed_pj"] for row in rows) / sum(row["operations"] for row in rows)


def signed(code):
    return code - 16 if code & 8 else code
