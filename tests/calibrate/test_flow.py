# SPDX-License-Identifier: Apache-2.0
"""`calibrate.py` from end to end on a small part and a small library: table, resumption, the spot check with a planted fault, bad input."""
import csv
import json
import pathlib
import re
import shutil
import subprocess

import pytest

import energy_table
import liberty
import part_stimuli
import plan
import shapes
import spot_check
import sweep
import synthesis
import timing
import tools
from problems import Mismatch, ToolFailure, exit_code

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLAN = """
targets: [relaxed, 0.8, 0.65, 0.5]
hierarchies: [flat, hierarchical]
sweep:
  - {unit: shift_round, parameters: [{N: 4, AccBits: 8}]}
"""


def points_in(directory):
    return {path.relative_to(directory).as_posix(): path.stat().st_mtime_ns for path in (directory / "points").rglob("*.json")}


@pytest.fixture
def swept(calibrate, library_file, plan_file, tmp_path, needs_tools):
    """The arguments of a sweep that is done."""
    arguments = ["--liberty", library_file(), "--plan", plan_file(PLAN), "--technology", "tiny", "--jobs", "1", "--out", tmp_path / "out",
                 "--tables", tmp_path / "tables"]
    done = calibrate(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return arguments


def test_a_sweep_leaves_a_table_and_resumes(swept, calibrate, tmp_path):
    table = tmp_path / "tables/tiny"
    rows = list(csv.DictReader(open(table / "samples.csv", encoding="utf-8")))
    assert [float(row["target"]) for row in rows] == [0, 0.8, 0.65, 0.5]  # a part without modules below it: one hierarchy
    assert sum(row["selected"] == "1" for row in rows) == 1 and all(float(row["area_um2"]) > 0 for row in rows)
    assert min(float(row["delay_ps"]) for row in rows) < float(rows[0]["delay_ps"])  # targets have an effect
    assert "beside its RTL" in next(row["checked"] for row in rows if row["selected"] == "1")
    provenance = (table / "provenance.yaml").read_text()
    assert all(word in provenance for word in ("library_sha256", "voltage: 1.1", "corner: typical", "yosys: Yosys", "verilator: Verilator", "sta: "))
    fit = json.loads((table / "fit.json").read_text())
    chosen = next(row for row in rows if row["selected"] == "1")
    assert fit["schema"] == 2 and fit["technology"]["name"] == "tiny" and fit["technology"]["voltage"] == 1.1
    assert [(one["parameters"], one["area_um2"]) for one in fit["shapes"]] == [({"N": 4, "AccBits": 8}, float(chosen["area_um2"]))]
    assert fit["regressions"] == {}  # one sample is no regression
    windows = energy_table.read(table)
    assert [one["operations"] for one in windows] == [part_stimuli.OPERATIONS] * part_stimuli.WINDOWS
    assert all(one["timed_pj"] >= one["zero_delay_pj"] > 0 == one["clock_pj"] for one in windows) and fit["shapes"][0]["energy"]["timed"]["pj"][0] > 0

    # Again, with the table and with the points alone: nothing is made. One point lost, as after a crash: that one is made again, and is
    # the same.
    before, samples = points_in(tmp_path / "out"), (table / "samples.csv").read_text()
    assert len(before) == 6
    for _ in range(2):
        assert calibrate(*swept).returncode == 0 and points_in(tmp_path / "out") == before and (table / "samples.csv").read_text() == samples
        shutil.rmtree(table)
    lost = "points/shift_round-N4-AccBits8/flat-0.65.json"
    (tmp_path / "out" / lost).unlink()
    unfinished = calibrate(*swept, "--finished")
    assert unfinished.returncode == 2 and "no shape" in unfinished.stderr
    assert calibrate(*swept).returncode == 0
    assert {name for name, time in points_in(tmp_path / "out").items() if before[name] != time} == {lost}
    assert (table / "samples.csv").read_text() == samples

    # Refit and drift.
    fit = (table / "fit.json").read_text()
    (table / "fit.json").unlink()
    assert calibrate("--refit", table).returncode == 0 and (table / "fit.json").read_text() == fit
    assert calibrate("--drift", table).returncode == 0
    (table / "samples.csv").write_text(re.sub(r"[0-9a-f]{16}(,\d{4}-)", r"0123456789abcdef\1", samples))
    drifted = calibrate("--drift", "--tables", table.parent)
    assert drifted.returncode == 1 and "shift_round: measured on 0123456789abcdef, today " in drifted.stdout


def test_a_wrong_netlist_is_caught(swept, library_file, tmp_path):
    library = liberty.read(library_file())
    shape = plan.read(tmp_path / "plan.yaml").shapes[0]
    module = shapes.elaborate(shape, "")
    netlist = tmp_path / "out/work/shift_round-N4-AccBits8/flat-relaxed/netlist.v"
    assert spot_check.check(shape, module, netlist, library, tmp_path / "check").startswith("beside its RTL")
    wrong = tmp_path / "wrong.v"
    text, count = re.subn(r"\b(NAND2|NOR2) (?=\w+ \()", lambda match: {"NAND2": "NOR2", "NOR2": "NAND2"}[match[1]] + " ", netlist.read_text(), count=1)
    assert count == 1
    wrong.write_text(text)
    with pytest.raises(Mismatch, match="shift_round N=4 AccBits=8: the netlist differs from its RTL: clock"):
        spot_check.check(shape, module, wrong, library, tmp_path / "check")


@pytest.mark.parametrize("corrected", [True, False])
def test_resets_of_flip_flops_that_store_the_inverse(library_file, tmp_path, monkeypatch, needs_tools, corrected):
    """What Yosys makes of them without the correction is found by the spot check."""
    if not corrected:
        monkeypatch.setattr(liberty, "with_resets_of_data", lambda text: text)
    library = liberty.prepared(liberty.read(library_file(inverted=True)), tmp_path / "out")
    shape = shapes.Shape("valid_line", "", (), (("Width", 2), ("Stages", 2)))
    module = shapes.elaborate(shape, "")
    synthesis.elaborate(shape, module, "flat", tmp_path)
    synthesis.map_to(shape, library, 1000, tmp_path / "base.il", tmp_path)
    if corrected:
        spot_check.check(shape, module, tmp_path / "netlist.v", library, tmp_path / "check")
        assert timing.critical_path_ps(shape, library, module.top, tmp_path) > 0
        return
    with pytest.raises(Mismatch):
        spot_check.check(shape, module, tmp_path / "netlist.v", library, tmp_path / "check")


def test_registers_that_reset_sets_in_a_library_that_only_clears(library_file, tmp_path, needs_tools):
    """They store the inverse, and are one before reset, where those of the RTL are zero: reset comes before the first clock."""
    library = liberty.prepared(liberty.read(library_file()), tmp_path / "out")
    shape = shapes.Shape("fold_walker", "", (), (("Rows", 2), ("Cols", 2)))
    module = shapes.elaborate(shape, "")
    synthesis.elaborate(shape, module, "flat", tmp_path)
    synthesis.map_to(shape, library, 1000, tmp_path / "base.il", tmp_path)
    spot_check.check(shape, module, tmp_path / "netlist.v", library, tmp_path / "check")


def test_parts_with_registers_that_no_reset_sets(library_file, tmp_path, needs_tools):
    """Those of a library that stores the inverse are one before they are written, the RTL's zero: what they show is compared once it means something."""
    library = liberty.prepared(liberty.read(library_file(inverted=True)), tmp_path / "out")
    shape = shapes.Shape("sdfp_bias_chooser", "", (), (("P", 4), ("CountBits", 4)))
    module = shapes.elaborate(shape, "")
    synthesis.elaborate(shape, module, "flat", tmp_path)
    synthesis.map_to(shape, library, 1000, tmp_path / "base.il", tmp_path)
    netlist = tmp_path / "netlist.v"
    spot_check.check(shape, module, netlist, library, tmp_path / "check")
    wrong = tmp_path / "wrong.v"
    wrong.write_text(netlist.read_text().replace("NAND2 ", "NOR2 "))
    with pytest.raises(Mismatch):
        spot_check.check(shape, module, wrong, library, tmp_path / "check")


def test_a_failure_keeps_what_was_made(library_file, plan_file, tmp_path, monkeypatch):
    """The third point fails, as in a crash; a second run makes that one and what follows."""
    calls = []

    def measure(self, shape, module, digest, hierarchy, target, target_ps, directory):
        calls.append(target)
        if len(calls) == 3:
            raise OSError("no space left")
        return {"hierarchy": hierarchy, "target": target, "target_ps": target_ps, "area_um2": 10.0, "delay_ps": 100 + 100 * target, "leakage_nw": 1.0}

    monkeypatch.setattr(sweep.Sweep, "measure", measure)
    monkeypatch.setattr(sweep.Sweep, "check", lambda *_: {"tried": "nothing"})
    one = sweep.Sweep(plan.read(plan_file(PLAN)), liberty.read(library_file()), tmp_path / "out", "", {})
    with pytest.raises(OSError):
        one.run(2)
    made, windows = one.run(2)[0]
    assert len(made) == 4 and windows == [] and calls == [0, 0.8, 0.65, 0.65, 0.5]


def test_each_shape_that_fails_is_told_once(library_file, plan_file, tmp_path, monkeypatch, capsys):
    """The exit code is that of the first in the plan's order."""
    def measure(self, shape, *_):
        raise ToolFailure("yosys: broke") if shape.parameters[0] == ("N", 4) else Mismatch(f"{shape.name}: the netlist differs")

    monkeypatch.setattr(sweep.Sweep, "measure", measure)
    one = sweep.Sweep(plan.read(plan_file(PLAN.replace("N: 4", "N: [4, 6]"))), liberty.read(library_file()), tmp_path / "out", "", {})
    assert exit_code("calibrate", lambda: one.run(2)) == 3
    assert capsys.readouterr().err == "shift_round N=4 AccBits=8: yosys: broke\nshift_round N=6 AccBits=8: the netlist differs\n"


def test_a_missing_tool_is_one_message(calibrate, library_file, plan_file, tmp_path):
    (tmp_path / "bin").mkdir()
    for tool in ("yosys", "c++"):
        (tmp_path / "bin" / tool).symlink_to("/bin/true")
    done = calibrate("--liberty", library_file(), "--plan", plan_file(PLAN), PATH=str(tmp_path / "bin"))
    assert done.returncode == 2
    assert done.stderr == "calibrate: yosys-abc, sta, verilator: not found; allowed: after apt-get install opensta verilator yosys\n"


@pytest.mark.parametrize("arguments, said", [
    (["--liberty", "absent.lib"], "absent.lib: No such file"), (["--liberty", "plan.yaml"], "plan.yaml: no Liberty file"),
    (["--liberty", "tiny.lib", "--plan", "absent.yaml"], "--plan absent.yaml"), (["--liberty", "tiny.lib", "--jobs", "0"], "--jobs 0"),
    (["--liberty", "tiny.lib", "--technology", "A/B"], "--technology A/B"), (["--liberty", "tiny.lib", "--forms", "plan.yaml"], "--forms plan.yaml"),
    (["--refit", "absent"], "absent/provenance.yaml"), (["--drift", "--tables", "absent"], "absent: no table")])
def test_wrong_input_ends_before_anything_runs(calibrate, library_file, plan_file, tmp_path, arguments, said):
    library_file()
    plan_file(PLAN)
    done = calibrate("--plan", "plan.yaml", *arguments)
    assert done.returncode == 2 and said in done.stderr and "allowed" in done.stderr and "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.yaml", "tiny.lib"]


@pytest.mark.parametrize("row, said", [("unit: shift_rounds, parameters: [{N: 4}]", "unit: shift_rounds"), ("unit: shift_round, parameters: [{Foo: 4}]", "Foo"),
                                       ("unit: dfp_qe, formats: [dfp8]", "unit 'dfp_qe'"), ("unit: dfp_pe, formats: [dfp8, bf16]", "dfp_pe bf16")])
def test_a_shape_that_is_none_ends_before_the_sweep(calibrate, library_file, plan_file, tmp_path, needs_tools, row, said):
    done = calibrate("--liberty", library_file(), "--plan", plan_file(PLAN.replace("unit: shift_round, parameters: [{N: 4, AccBits: 8}]", row)), "--out", "out")
    assert done.returncode == 2 and done.stderr.startswith(f"calibrate: --plan {tmp_path}/plan.yaml: ") and done.stderr.count("\n") == 1
    assert said in done.stderr and "allowed" in done.stderr and not (tmp_path / "out").exists()


@pytest.mark.skipif(not shutil.which("make"), reason="make not installed")
@pytest.mark.parametrize("library", ["", "absent.lib"])
def test_make_asks_for_the_library_before_it_builds(tmp_path, library):
    done = subprocess.run(["make", "-s", "-C", ROOT, "calibrate", f"LIBERTY={library}", f"BUILD={tmp_path / 'build'}"], capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.startswith(f"LIBERTY={library}: allowed: the file of a cell library\n")
    assert done.stdout == "" and not (tmp_path / "build").exists()


@pytest.mark.parametrize("changed, text", [("tiny.lib", "library (tiny) { leakage_power_unit (1, nW); capacitive_load_unit (1, pf); }"),
                                           ("plan.yaml", PLAN.replace("[{N: 4, AccBits: 8}]", "[3]")),
                                           ("plan.yaml", PLAN.replace("0.5]", "0.4]").replace("shift_round", "sequencer"))])  # without the point of the unit's form
def test_a_fault_deep_in_a_file_is_one_message(calibrate, library_file, plan_file, tmp_path, changed, text):
    arguments = ["--liberty", library_file(), "--plan", plan_file(PLAN), "--tables", tmp_path / "tables"]
    (tmp_path / changed).write_text(text)
    done = calibrate(*arguments)
    assert done.returncode == 2 and done.stderr.startswith("calibrate: --") and changed in done.stderr and done.stderr.count("\n") == 1


def test_a_table_of_another_schema_is_refused(calibrate, tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old/samples.csv").write_text("")
    (tmp_path / "old/provenance.yaml").write_text("schema: 0\n")
    done = calibrate("--refit", "old")
    assert done.returncode == 2 and done.stderr == "calibrate: old/provenance.yaml: schema 0; allowed: 2\n"


@pytest.mark.skipif(not shutil.which("yosys"), reason="yosys not installed")
def test_versions_say_which_tool_it_was():
    assert re.match(r"Yosys \d", tools.versions(["yosys"])["yosys"])


def test_a_lane_waits_for_its_element(library_file, plan_file, tmp_path, monkeypatch):
    """Lanes are fed with the sums of elements: whichever comes first, the element is measured once and before."""
    order = []
    monkeypatch.setattr(sweep.shapes, "elaborate", lambda shape, binade: shapes.Module(shape.unit, {}))
    monkeypatch.setattr(sweep.Sweep, "measure", lambda self, shape, module, digest, hierarchy, target, target_ps, directory: {
        "unit": shape.unit, "format": shape.format, "settings": [], "parameters": {}, "hierarchy": hierarchy, "target": target, "target_ps": target_ps,
        "area_um2": 10.0, "delay_ps": 100 + 100 * target, "leakage_nw": 1.0})
    monkeypatch.setattr(sweep.Sweep, "check", lambda *_: {"tried": "nothing"})
    monkeypatch.setattr(sweep.Sweep, "netlist", lambda *_: tmp_path / "netlist.v")

    def measured(shape, module, point, library, liberty_file, directory, tools_directory, states):
        order.append((shape.unit, list(states)))
        return {"windows": [{"stream": "nn"}], "states": [3, 5] if shape.unit == "dfp_pe" else []}

    monkeypatch.setattr(sweep.energy, "measure", measured)
    one = plan_file(PLAN.replace("{unit: shift_round, parameters: [{N: 4, AccBits: 8}]}", "{unit: dfp_lane, formats: [dfp8]}")
                    + "  - {unit: dfp_pe, formats: [dfp8]}\n  - {unit: float_lane, formats: [bf16]}\n")
    library = liberty.read(library_file())
    results = sweep.Sweep(plan.read(one), library, tmp_path / "out", "", {}, liberty_file=library.path).run(3)
    assert order == [("dfp_pe", []), ("dfp_lane", [3, 5])]
    assert [[window["unit"] for window in windows] for _, windows in results] == [["dfp_lane"], ["dfp_pe"], []]  # bf16's element is in no row
