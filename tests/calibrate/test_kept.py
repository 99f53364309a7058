# SPDX-License-Identifier: Apache-2.0
"""A sweep adds to a table: what the table has and still holds is kept without its points, what does not is made anew. With measurements that are invented."""
import re
import shutil

import pytest
import yaml

import energy_table
import kept
import liberty
import operand_sums
import plan
import sweep
import table
from problems import Mismatch

PLAN = "targets: [relaxed, 0.8, 0.6, 0.4]\nhierarchies: [flat]\nsweep:\n"
PART, OTHER = (f"  - {{unit: chain_adder, parameters: [{{ChainBits: {bits}}}]}}\n" for bits in (4, 5))  # has no stimuli
ELEMENT, LANE = "  - {unit: dfp_pe, formats: [dfp8]}\n", "  - {unit: dfp_lane, formats: [dfp8]}\n"
TOOLS = {"yosys": "Yosys 1"}
TIMED_PJ = {"dfp_pe": 2.5, "dfp_lane": 1.5}


def window(unit):
    return {"stream": "nn", "window": 0, "operations": 64, "clocks": 64, "sums": dict.fromkeys(operand_sums.TERMS, 3) | {"1": 64},
            "timed_pj": TIMED_PJ[unit], "zero_delay_pj": 1.0, "clock_pj": 0.5, "idle": 0}


@pytest.fixture
def world(library_file, plan_file, tmp_path, monkeypatch):
    """world(rows of a plan, ...): sweeps into a folder of points that is new each time, writes the table; the names of what was measured."""
    calls = []

    def measure(self, shape, module, digest, hierarchy, target, target_ps, directory):
        calls.append(f"{shape.name} {target}")
        return {"unit": shape.unit, "format": shape.format, "settings": [], "parameters": module.variables(), "hierarchy": hierarchy, "target": target,
                "target_ps": target_ps, "area_um2": 10.5, "delay_ps": 100 + 100 * target, "leakage_nw": 1.0, "cells": 3, "flip_flops": 0, "parts": {},
                "sources": digest, "date": f"2026-01-{len(calls):02}"}

    def simulate(shape, module, point, library, liberty_file, directory, tools_directory, states):
        calls.append(f"{shape.name} energy {list(states)}")
        return {"windows": [window(shape.unit)], "states": [3, 5] if shape.unit == "dfp_pe" else []}
    monkeypatch.setattr(sweep.shapes, "elaborate", lambda shape, binade: sweep.shapes.Module(shape.unit, dict(shape.parameters) or {"N": 8}))
    monkeypatch.setattr(sweep.Sweep, "measure", measure)
    monkeypatch.setattr(sweep.Sweep, "check", lambda *_: {"tried": "all of it"})
    monkeypatch.setattr(sweep.Sweep, "netlist", lambda *_: tmp_path / "netlist.v")
    monkeypatch.setattr(sweep.energy, "measure", simulate)

    def run(rows, versions=TOOLS, targets="0.4", library={}, frozen=False):
        calls.clear()
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        planned, read = plan.read(plan_file(PLAN.replace("0.4", targets) + rows)), liberty.read(library_file(**library))
        held = kept.Kept(tmp_path / "tables/tiny", read, versions)
        job = sweep.Sweep(planned, read, tmp_path / "out", "", versions, frozen, read.path, held)
        results = job.run(1)
        table.write(tmp_path / "tables/tiny", read, versions, kept.flow(), [made for made, _ in results], len(job.shapes))
        energy_table.write(tmp_path / "tables/tiny", [one for _, windows in results for one in windows])
        return list(calls)
    return run


def names_in(directory):
    rows = table.read_samples(directory)
    return sorted({f"{row['unit']} {row['format'] or row['parameters']['ChainBits']}" for row in rows}), table.samples_text(rows)


def test_what_the_table_has_is_not_made_again(world, tmp_path):
    tiny = tmp_path / "tables/tiny"
    assert len(world(PART)) == 4
    _, first = names_in(tiny)
    assert world(PART) == [] and names_in(tiny) == (["chain_adder 4"], first)
    assert world(PART + OTHER) == [f"chain_adder ChainBits=5 {target}" for target in (0, 0.8, 0.6, 0.4)]
    names, both = names_in(tiny)
    assert names == ["chain_adder 4", "chain_adder 5"] and both.startswith(first)  # the dates too
    assert yaml.safe_load((tiny / "provenance.yaml").read_text())["shapes_planned"] == 2
    assert world(OTHER) == [] and names_in(tiny)[0] == names  # a plan that lacks a shape does not take it away
    assert world(PART, frozen=True) == [] and names_in(tiny)[0] == names


@pytest.mark.parametrize("change, why", [
    ({"versions": {"yosys": "Yosys 2"}}, "other tools"), ({"library": {"without": ("XOR2",)}}, "another library"), ({"targets": "0.5"}, None)])
def test_of_other_tools_or_another_plan_all_is_made_anew(world, library_file, tmp_path, change, why):
    world(PART)
    held = kept.Kept(tmp_path / "tables/tiny", liberty.read(library_file(**change.get("library", {}))), change.get("versions", TOOLS))
    assert held.why_not == (why or "") and bool(held.shapes) == (why is None)
    assert len(world(PART, **change)) == 4


@pytest.mark.parametrize("pattern, said", [(r"points: '?\w+'?", "points: 0123456789abcdef"), (r"(?s)flow:.*rtl_revision", "rtl_revision")])
def test_of_other_steps_all_is_made_anew(world, tmp_path, pattern, said):
    world(PART)
    provenance = tmp_path / "tables/tiny/provenance.yaml"
    changed, count = re.subn(pattern, said, provenance.read_text(), count=1)
    assert count == 1
    provenance.write_text(changed)
    assert len(world(PART)) == 4


# Of other RTL, another parameter, another choice, unchecked.
@pytest.mark.parametrize("pattern, said", [(r"[0-9a-f]{16}(?=,2026)", "0123456789abcdef"), ("ChainBits=4", "ChainBits=3"), (r",1,all of it", ",0,"), ("all of it", "")])
def test_a_shape_that_no_longer_holds_is_made_anew_or_left_out(world, tmp_path, capsys, monkeypatch, pattern, said):
    world(PART + OTHER)
    monkeypatch.setattr(sweep.shapes, "elaborate", lambda shape, binade: sweep.shapes.Module(shape.unit, {"ChainBits": max(shape.parameters[0][1], 4)}))
    samples = tmp_path / "tables/tiny/samples.csv"
    lines = samples.read_text().splitlines(keepends=True)
    changed = [re.sub(pattern, said, line) if "ChainBits=4" in line else line for line in lines]
    assert changed != lines
    samples.write_text("".join(changed))
    capsys.readouterr()
    assert world(OTHER) == [] and names_in(samples.parent)[0] == ["chain_adder 5"]
    assert "no longer holds, left out" in capsys.readouterr().out
    assert len(world(PART + OTHER)) == 4 and names_in(samples.parent)[0] == ["chain_adder 4", "chain_adder 5"]


def test_a_shape_whose_module_is_no_more_is_left_out(world, tmp_path, capsys, monkeypatch):
    world(PART + OTHER)
    for file in ("samples.csv", "energy.csv"):
        path = tmp_path / "tables/tiny" / file
        path.write_text(path.read_text().replace("chain_adder,,,ChainBits=4", "chain_subtractor,,,ChainBits=4"))
    assert world(OTHER) == [] and names_in(tmp_path / "tables/tiny")[0] == ["chain_adder 5"]
    assert "chain_subtractor ChainBits=4: the table's no longer holds, left out" in capsys.readouterr().out


def test_energies_of_other_steps_are_measured_anew(world, tmp_path):
    world(ELEMENT)
    assert world(ELEMENT) == []
    provenance = tmp_path / "tables/tiny/provenance.yaml"
    provenance.write_text(re.sub(r"dfp_pe: '?\w+'?", "dfp_pe: 0123456789abcdef", provenance.read_text()))
    assert world(ELEMENT) == ["dfp_pe dfp8 energy []"] and world(ELEMENT) == []


def test_energies_that_were_not_written_are_measured_anew(world, tmp_path):
    world(ELEMENT)
    (tmp_path / "tables/tiny/energy.csv").unlink()
    assert world(ELEMENT) == ["dfp_pe dfp8 energy []"] and world(ELEMENT) == []


def test_a_lane_finds_the_sums_of_an_element_that_the_table_has(world, tmp_path, monkeypatch):
    world(ELEMENT)
    lane = [f"dfp_lane dfp8 {target}" for target in (0, 0.8, 0.6, 0.4)]
    assert world(LANE) == [*lane, "dfp_pe dfp8 energy []", "dfp_lane dfp8 energy [3, 5]"]
    assert world(LANE) == [] and names_in(tmp_path / "tables/tiny")[0] == ["dfp_lane dfp8", "dfp_pe dfp8"]
    assert energy_table.read(tmp_path / "tables/tiny")[0]["timed_pj"] == TIMED_PJ["dfp_lane"]
    # A netlist that does not take the table's energy is another one.
    energies = tmp_path / "tables/tiny/energy.csv"
    energies.write_text("".join(line for line in energies.read_text().splitlines(keepends=True) if not line.startswith("dfp_lane")))
    monkeypatch.setitem(TIMED_PJ, "dfp_pe", 2.75)
    with pytest.raises(Mismatch, match="dfp_pe dfp8: its netlist, made again, does not take the energy"):
        world(LANE)
