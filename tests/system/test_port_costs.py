# SPDX-License-Identifier: Apache-2.0
"""Cycles, bytes and energy of the memories on the chip follow what a run uses, not the size of what it leaves idle; and every energy of
a memory is its counters times the table."""
import json
import math
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINADE = os.environ.get("BINADE", str(ROOT / "build/binade"))
LENET = (BINADE, "run", "--network", "lenet5", "--report-format", "json", "--core", "fast")
FLOWS = ("os", "ws")


def run(*words, **keys):
    command = [*LENET, *words]
    for key, value in keys.items():
        command += ["--set", f"{key.replace('__', '.')}={value}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def counters(report, *names):
    return {name: report["counters"][name] for name in names}


PORTS = ("scratchpad_a.read_bytes", "scratchpad_b.read_bytes", "scratchpad_o.write_bytes", "core.stall_a", "core.stall_b")


@pytest.mark.parametrize("flow", FLOWS)
def test_columns_without_a_channel_cost_nothing(flow):
    """conv1 has six output channels: columns beyond them neither read, nor write, nor keep a port busy."""
    reports = {cols: run("--format", "fp32", "--layers", "conv1", core__cols=cols, core__dataflow=flow) for cols in (6, 16, 64, 256)}
    first = reports[6]["counters"]
    for cols, report in reports.items():
        counted, layer = report["counters"], report["layers"][0]
        tiles = math.prod(-(-layer[axis] // int(size)) for axis, size in zip("mnk", layer["tile"].split(" x ")))
        for name in ("scratchpad_a.read_bytes", "scratchpad_o.write_bytes", "core.stall_a", "core.stall_b"):
            assert counted[name] == first[name], (cols, name)
        # A bias vector of six once a tile.
        assert counted["core.b_elements"] - 6 * tiles == layer["n"] * layer["k"] * -(-layer["m"] // 16) * (flow == "os") + \
            layer["n"] * layer["k"] * tiles * (flow == "ws"), cols
        assert counted["scratchpad_b.read_bytes"] == 4 * counted["core.b_elements"], cols
        # The array itself fills, drains and deskews over all its columns, once a tile.
        assert counted["total.cycles"] <= first["total.cycles"] + 3 * 256 * tiles, cols


def test_a_row_vector_on_a_tall_array():
    """The fully connected layers of one sample are 1 x n x k: 256 rows read, hold and split no more than one."""
    for memory in ({"memory__ideal": "true"}, {}):
        short, tall = (run("--format", "fp32", "--layers", "fc*", core__rows=rows, **memory) for rows in (1, 256))
        for one, other in zip(short["layers"], tall["layers"]):
            assert one["m"] == other["m"] == 1
            assert one["tile"] == other["tile"]
            for component in ("scratchpad a", "scratchpad b", "scratchpad o"):
                assert one["energy"]["components_pj"][component] == other["energy"]["components_pj"][component] > 0
            assert counters(one, *PORTS, "load.bytes", "fetch.bytes") == counters(other, *PORTS, "load.bytes", "fetch.bytes")


def test_a_narrow_last_block_pays_for_itself():
    """fc1 has 84 channels: in one tile on 80 columns the second block reads and waits for four, not for eighty."""
    slow = {"scratchpad__banks": 1, "memory__ideal": "false", "core__dataflow": "ws", "tiling__tile": "1x84x120"}
    exact, ragged = (run("--format", "fp32", "--layers", "fc1", core__cols=cols, **slow) for cols in (84, 80))
    b = "scratchpad_b.read_bytes"
    assert exact["counters"][b] == ragged["counters"][b]
    assert abs(exact["counters"]["core.stall_b"] - ragged["counters"]["core.stall_b"]) <= 200 < exact["counters"]["core.stall_b"] // 8


def table():
    rows = (line.split(",", 3) for line in (ROOT / "models/cost/published.csv").read_text().splitlines() if line[0] != "#")
    return {name: float(value) for name, value, *_ in rows if name != "name"}


def sram_pj_per_byte(figures, bytes):
    """A power law between neighbouring rows, continued at the ends."""
    rows = sorted((int(name[5:]), value) for name, value in figures.items() if name.startswith("sram_"))
    low, high = next((pair for pair in zip(rows, rows[1:]) if bytes <= pair[1][0]), rows[-2:])
    slope = math.log(high[1] / low[1]) / math.log(high[0] / low[0])
    return low[1] * (bytes / low[0]) ** slope / 8


PRESETS = {"ddr4-2400": (1, 64), "lpddr4-3200": (2, 32), "hbm2": (16, 32)}
STATE_BITS = {"posit8": 129, "flex16+5": 57, "dfp8": 32, "fp32": 32}


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("form", STATE_BITS)
def test_memory_energy_is_counters_times_table(form, preset):
    figures, (channels, burst) = table(), PRESETS[preset]
    banks, cols, clock_ps = 8, 5, 800
    report = run("--format", form, core__cols=cols, core__rows=8, core__dataflow="ws", scratchpad__banks=banks, dram__preset=preset,
                 clock_ghz=1.25)
    assert report["config"]["dram.channels"] == channels
    for part in (report, *report["layers"]):
        c, pj = part["counters"], part["energy"]["components_pj"]
        expected = {f"scratchpad {x}": (c[f"scratchpad_{x}.read_bytes"] + c[f"scratchpad_{x}.write_bytes"]) *
                    sram_pj_per_byte(figures, 262144 / banks) for x in "abo"}
        expected["partial sums"] = ((c["core.psum_reads"] + c["core.psum_writes"]) * STATE_BITS[form] / 8 *
                                    sram_pj_per_byte(figures, 524288 / cols))
        expected["dram transfer"] = (c["dram.read_bursts"] + c["dram.write_bursts"]) * burst * figures[f"{preset}_transfer"]
        expected["dram activate"] = c["dram.activates"] * figures[f"{preset}_activate"]
        expected["dram refresh"] = c["dram.refreshes"] * figures[f"{preset}_refresh"]
        closed, opened = figures[f"{preset}_precharge_standby"], figures[f"{preset}_active_standby"]
        expected["dram background"] = (c["total.cycles"] * clock_ps * channels * closed + c["dram.active_ps"] * (opened - closed)) / 1000
        assert {name: pj[name] for name in expected} == pytest.approx(expected, rel=1e-9, abs=1e-9)
        assert part["energy"]["total_pj"] == pytest.approx(sum(pj.values()), rel=1e-9)
        # Open at most all the time; settling with the host's register accesses around the run may see a little more.
        assert 0 < c["dram.active_ps"] <= channels * (c["total.cycles"] + 200) * clock_ps
    assert report["counters"]["core.psum_reads"] > 0


def test_more_banks_of_one_scratchpad_cost_less_and_carry_more():
    few, many = (run("--format", "fp32", "--layers", "conv*", scratchpad__banks=banks) for banks in (2, 32))
    for component in ("scratchpad a", "scratchpad b", "scratchpad o"):
        # 16 times smaller banks on the square-root part of the published figures and beyond: at least a third.
        assert many["energy"]["components_pj"][component] < few["energy"]["components_pj"][component] / 3
    assert many["counters"]["total.cycles"] < few["counters"]["total.cycles"]


def test_no_event_is_cheaper_beside_a_smaller_bank():
    """A column's slice, not the bank: the same sums cost the same beside twice the columns and twice the capacity."""
    one, two = (run("--format", "posit8", "--layers", "conv2", core__dataflow="ws", core__cols=cols, core__psum_bytes=bytes)
                for cols, bytes in ((8, 262144), (16, 524288)))
    assert one["counters"]["core.psum_reads"] == two["counters"]["core.psum_reads"] > 0
    assert one["energy"]["components_pj"]["partial sums"] == two["energy"]["components_pj"]["partial sums"]
