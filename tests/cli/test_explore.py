# SPDX-License-Identifier: Apache-2.0
"""`binade explore`: its database, what survives a kill, what is never run twice, what it refuses."""
import csv
import json
import os
import pathlib
import resource
import signal
import sqlite3
import subprocess
import time

import jsonschema
import pytest
import yaml

from conftest import BINADE, ROOT

SPACE = """
run: {network: lenet5, values: none}
config: {core.cols: 8}
axes:
  core.rows: [4, 8, 16]
  core.dataflow: [os, ws]
derived: {pes: core.rows * core.cols, per_pe: total_cycles * pes}
constraints: [pes >= 64]
objectives: [time, energy]
"""


def rows(directory, table="points"):
    connection = sqlite3.connect(f"file:{directory}/explore.db?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
    finally:
        connection.close()


def meta(directory):
    return {row["key"]: row["value"] for row in rows(directory, "meta")}


def test_a_space_becomes_points_a_front_and_a_table(binade, tmp_path):
    (tmp_path / "space.yaml").write_text(SPACE)
    result = binade("explore", "space.yaml", "--out", "sweep")
    assert result.code == 0, result.err
    points = {row["position"]: row for row in rows(tmp_path / "sweep")}
    assert sorted(points) == [0, 1, 2, 3]
    assert [json.loads(points[i]["axes"]) for i in range(4)] == [
        {"core.rows": 8, "core.dataflow": "os"}, {"core.rows": 8, "core.dataflow": "ws"},
        {"core.rows": 16, "core.dataflow": "os"}, {"core.rows": 16, "core.dataflow": "ws"}]
    for row in points.values():
        assert (row["status"], row["feasible"]) == ("done", 1)
        assert json.loads(row["config"])["core.cols"] == 8
        derived = json.loads(row["derived"])
        assert derived["per_pe"] == row["total_cycles"] * derived["pes"]
        assert sum(json.loads(row["energy.components_pj"]).values()) == pytest.approx(row["energy.total_pj"])
    value = {i: (row["seconds_at_clock"], row["energy.total_pj"]) for i, row in points.items()}
    for i, row in points.items():
        beaten = any(a <= value[i][0] and b <= value[i][1] and (a, b) != value[i] for a, b in value.values())
        assert row["front"] == (0 if beaten else 1)
    # The same run by itself.
    alone = binade("run", "--network", "lenet5", "--values", "none", "--set", "core.cols=8", "--set", "core.rows=16", "--set",
                   "core.dataflow=ws", "--report-format", "json").json()
    assert points[3]["identity"] == alone["identity"]
    assert points[3]["total_cycles"] == alone["total_cycles"]
    assert points[3]["counters.bus.bytes"] == alone["counters"]["bus.bytes"]
    assert points[3]["energy.total_pj"] == alone["energy"]["total_pj"]
    told = meta(tmp_path / "sweep")
    assert told["schema_version"] == "1"
    assert [axis["name"] for axis in json.loads(told["axes"])] == ["core.rows", "core.dataflow"]
    assert json.loads(told["objectives"]) == [{"name": "seconds_at_clock", "sense": "min"}, {"name": "energy.total_pj", "sense": "min"}]
    described = {row["name"]: row for row in rows(tmp_path / "sweep", "columns")}
    assert described["total_cycles"]["unit"] == "cycles"
    assert set(described) <= set(points[0])
    with open(tmp_path / "sweep/points.csv", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["core.rows"] for row in table] == ["8", "8", "16", "16"]
    assert [int(row["total_cycles"]) for row in table] == [points[i]["total_cycles"] for i in range(4)]
    assert "4 points: 4 simulated" in result.out and "* on the front" in result.out


def test_the_space_obeys_its_schema():
    schema = json.loads((ROOT / "docs/space.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load(SPACE), schema)
    documented = (ROOT / "docs/explore.md").read_text().split("```yaml\n")[1].split("```")[0]
    jsonschema.validate(yaml.safe_load(documented), schema)
    for wrong in ({"axis": {}}, {"axes": {"core.rows": []}}, {"axes": {"core.rows": {"from": 1, "to": 2}}}, {"samples": 0}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_the_documented_space_runs(binade, tmp_path):
    documented = (ROOT / "docs/explore.md").read_text().split("```yaml\n")[1].split("```")[0]
    (tmp_path / "space.yaml").write_text(documented)
    result = binade("explore", "space.yaml", "--samples", 3, "--out", "sweep")
    assert result.code == 0, result.err
    assert len(rows(tmp_path / "sweep")) == 3


def test_axes_of_the_command_line_and_errors(binade, tmp_path):
    result = binade("explore", "--network", "lenet5", "--layers", "fc*", "--axis", "core.rows=8,16", "--axis", "format=posit8,fp32", "--out", "sweep",
                    "--jobs", 2)
    assert result.code == 0, result.err
    points = rows(tmp_path / "sweep")
    assert {row["format"] for row in points} == {"posit8", "fp32"}
    assert all(row["output.sqnr_db"] > 10 for row in points)
    assert json.loads(meta(tmp_path / "sweep")["objectives"])[2] == {"name": "output.sqnr_db", "sense": "max"}
    alone = binade("run", "--network", "lenet5", "--layers", "fc*", "--format", "posit8", "--set", "core.rows=8", "--report-format", "json").json()
    same = [row for row in points if row["identity"] == alone["identity"]]
    assert len(same) == 1 and same[0]["digest"] == alone["digest"] and same[0]["output.sqnr_db"] == alone["output"]["sqnr_db"]


def test_axes_of_workload_and_recipe(binade, tmp_path):
    result = binade("explore", "--network", "lenet5", "--layers", "conv1", "--recipe", "wider-ends", "--axis", "batch=1,2", "--axis",
                    "recipe.E=posit8,posit16", "--values", "none", "--out", "sweep")
    assert result.code == 0, result.err
    points = sorted(rows(tmp_path / "sweep"), key=lambda row: row["position"])
    assert [row["samples"] for row in points] == [1, 1, 2, 2]
    assert len({row["identity"] for row in points}) == 4
    assert points[0]["counters.bus.bytes"] < points[1]["counters.bus.bytes"]


def test_failed_points_are_kept_with_their_reason(binade, tmp_path):
    result = binade("explore", "--network", "lenet5", "--values", "none", "--axis", "scratchpad.a_bytes=64,262144", "--out", "sweep")
    assert result.code == 0, result.err
    failed, done = sorted(rows(tmp_path / "sweep"), key=lambda row: row["position"])
    assert (failed["status"], failed["front"], failed["total_cycles"]) == ("failed", None, None)
    assert "scratchpad.a_bytes is 64" in failed["reason"]
    assert done["status"] == "done" and done["reason"] is None and done["front"] == 1
    assert "1 failed" in result.out
    again = binade("explore", "--network", "lenet5", "--values", "none", "--axis", "scratchpad.a_bytes=64,262144", "--out", "sweep", "--resume")
    assert again.code == 0 and "0 simulated, 1 there already, 1 failed" in again.out
    assert len(rows(tmp_path / "sweep")) == 2


def test_a_sweep_without_a_point_that_runs_says_why(binade, tmp_path):
    result = binade("explore", "--network", "lenet5", "--values", "none", "--axis", "scratchpad.a_bytes=64,80", "--out", "sweep")
    assert result.code == 1 and "binade: every point failed: 1: " in result.err
    assert "scratchpad.a_bytes is 64" in result.err and "scratchpad.a_bytes is 80" in result.err
    assert [row["status"] for row in rows(tmp_path / "sweep")] == ["failed"] * 2


def test_resume_runs_only_what_is_new(binade, tmp_path):
    first = ["explore", "--network", "lenet5", "--values", "none", "--out", "sweep", "--axis"]
    assert binade(*first, "core.rows=4,8").code == 0
    refused = binade(*first, "core.rows=4,8")
    assert refused.code == 2 and "explore.db holds 2 points; allowed: --resume" in refused.err
    more = binade(*first, "core.rows=8,16,32", "--resume")
    assert more.code == 0 and "3 points: 2 simulated" in more.out and "1 there already" in more.out
    points = rows(tmp_path / "sweep")
    assert len(points) == 4
    assert sorted(row["position"] for row in points if row["position"] is not None) == [0, 1, 2]


def test_a_store_serves_several_spaces(binade, tmp_path):
    call = ["explore", "--network", "lenet5", "--values", "none", "--store", "all.db"]
    assert binade(*call, "--axis", "core.rows=4,8", "--out", "a").code == 0
    second = binade(*call, "--axis", "core.rows=8,16", "--axis", "core.cols=16", "--out", "b")
    assert second.code == 0 and "2 points: 1 simulated" in second.out and "1 from all.db" in second.out
    assert len(rows(tmp_path / "b")) == 2 and all(row["total_cycles"] for row in rows(tmp_path / "b"))


def test_a_kill_at_any_moment_loses_no_finished_point(tmp_path):
    call = [BINADE, "explore", "--network", "lenet5", "--values", "none", "--axis", "core.rows=" + ",".join(map(str, range(1, 61))), "--jobs", "2",
            "--out", "sweep"]
    held = 0
    for round_ in range(3):
        process = subprocess.Popen(call + (["--resume"] if round_ else []), cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 120
        seen = held
        while seen < held + 5 and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.02)
            if (tmp_path / "sweep/explore.db").is_file():
                try:
                    seen = sum(row["status"] == "done" for row in rows(tmp_path / "sweep"))
                except sqlite3.OperationalError:  # the tables are not there yet
                    pass
        process.send_signal(signal.SIGKILL)
        process.wait()
        after = [row for row in rows(tmp_path / "sweep") if row["status"] == "done"]
        assert len(after) >= seen and all(row["total_cycles"] for row in after)
        held = len(after)
    done = subprocess.run(call + ["--resume"], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert f"{held} there already" in done.stdout
    assert len(rows(tmp_path / "sweep")) == 60


def test_an_interrupt_ends_in_order(tmp_path):
    call = [BINADE, "explore", "--network", "lenet5", "--values", "none", "--axis", "core.rows=" + ",".join(map(str, range(1, 201))), "--out", "sweep"]
    process = subprocess.Popen(call, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not (tmp_path / "sweep/explore.db").is_file():
        time.sleep(0.02)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130 and "--resume goes on" in err
    assert (tmp_path / "sweep/points.csv").is_file()
    assert all(row["status"] == "done" for row in rows(tmp_path / "sweep"))


def test_two_processes_do_not_share_a_folder(tmp_path):
    call = [BINADE, "explore", "--network", "lenet5", "--values", "none", "--out", "sweep", "--resume", "--axis"]
    first = subprocess.Popen(call + ["core.rows=" + ",".join(map(str, range(1, 201)))], cwd=tmp_path, stdout=subprocess.DEVNULL)
    while first.poll() is None and not (tmp_path / "sweep/explore.db").is_file():
        time.sleep(0.02)
    second = subprocess.run(call + ["core.rows=8"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    first.kill()
    first.wait()
    assert second.returncode == 2 and "another process explores there" in second.stderr


@pytest.mark.parametrize("arguments, says", [
    (["--axis", "core.rowz=1"], "--axis core.rowz=1: unknown key 'core.rowz', the nearest is 'core.rows'"),
    (["--axis", "core.rows="], "an empty word"),
    (["--axis", "core.rows"], "no name and '='"),
    (["--axis", "core.rows=8,8"], "8 twice"),
    (["--axis", "core.rows=0"], "0 is out of range"),
    (["--axis", "core.rows=8", "--axis", "core.rows=9"], "an axis once"),
    ([], "no axis; allowed"),
    (["--axis", "core.rows=8", "--constraint", "core.rows > 9", "--constraint", "core.rows < 4"],
     "no point of the space meets the constraints: core.rows > 9; core.rows < 4"),
    (["--axis", "core.rows=8", "--constraint", "core.rwos > 9"], "unknown name 'core.rwos', the nearest is 'core.rows'"),
    (["--axis", "core.rows=8", "--objective", "tiem"], "the nearest is"),
    (["--axis", "core.rows=8", "--derive", "x"], "NAME=EXPRESSION"),
    (["--axis", "core.rows=8", "--objective", "area"], "--objective area: no point has area or other figures of a calibrated core; allowed: with --cost-table"),
    (["--axis", "core.rows=8", "--derive", "a=calibrated.area_um2 * 2", "--objective", "a"], "--objective a: no point has area"),
    (["--axis", "core.rows=8", "--constraint", "calibrated.area_um2 < 5"], "no point has area"),
    (["--axis", "core.rows=8", "--objective", "error"], "--objective error: no point has an error without values"),
    (["--axis", "core.rows=8", "--objective", "accuracy"], "--objective accuracy: no point has an accuracy without values and labels"),
    (["--axis", "core.rows=8", "--front", "some"], "--front"),
    (["--axis", "recipe.E=posit8"], "no recipe"),
    (["--axis", "network=lenet5,lenet6"], "lenet6"),
    (["--axis", "batch=0"], "0 is out of range"),
    (["--set", "format=posit8,dfp8", "--axis", "core.rows=8"], "several words; allowed: one, or an axis format"),
])
def test_bad_input_is_one_message_and_no_folder(refused, tmp_path, arguments, says):
    message = refused("explore", "--network", "lenet5", "--values", "none", "--out", "sweep", *arguments)
    assert says in message
    assert not (tmp_path / "sweep").exists()


def test_a_huge_grid_asks_for_samples(refused):
    axes = [word for key in ("core.rows", "core.cols", "queue_depth", "vector.latency_cycles", "bus.outstanding", "core.lane_latency")
            for word in ("--axis", f"{key}=" + ",".join(map(str, range(1, 61))))]
    assert "the grid has 46656000000 points; allowed: up to 1000000, or --samples N, or --screen N" in refused("explore", "--network", "lenet5", "--out", "x", *axes)


def test_a_database_of_another_version_or_kind_is_refused(refused, tmp_path):
    os.makedirs(tmp_path / "sweep")
    connection = sqlite3.connect(tmp_path / "sweep/explore.db")
    connection.executescript("CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT); INSERT INTO meta VALUES('schema_version', '7');")
    connection.close()
    call = ["explore", "--network", "lenet5", "--values", "none", "--axis", "core.rows=8", "--resume"]
    assert "schema_version 7; allowed: 1" in refused(*call, "--out", "sweep")
    pathlib.Path(tmp_path / "other.db").write_bytes(b"not a database, whatever its name says " * 40)
    assert "no database of `binade explore`" in refused(*call, "--out", "fresh", "--store", "other.db")


def test_a_full_disk_is_one_message(binade, tmp_path):
    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    result = binade("explore", "--network", "lenet5", "--values", "none", "--axis", "core.rows=8,16", "--out", "sweep", preexec_fn=limited)
    assert result.code == 2 and result.err.count("binade: error:") == 1 and "explore.db" in result.err


def test_a_folder_of_another_command_is_refused(binade, refused, tmp_path):
    assert binade("run", "--network", "lenet5", "--values", "none", "--out", "taken").code == 0
    assert "holds results of `binade run`" in refused("explore", "--network", "lenet5", "--axis", "core.rows=8", "--out", "taken")


@pytest.mark.parametrize("network, axes", [
    ("lenet5", ["core.rows=4,16,64", "core.dataflow=os,ws", "scratchpad.a_bytes=16384,262144", "bus.bytes_per_cycle=16,64"]),
    ("resnet20-cifar", ["core.rows=8", "format=dfp8,posit16", "core.lane_throughput=1"]),
    ("lenet5", ["core.rows=8", "memory.ideal=true,false", "bus.burst_bytes=64", "queue_depth=2"]),
])
def test_estimates_have_the_traffic_and_work_of_simulations(binade, tmp_path, network, axes):
    exact = ["core.beats", "core.overhead", "core.macs", "core.outputs", "vector.busy", "load.bytes", "store.bytes", "fetch.bytes", "load.bursts",
             "scratchpad_a.read_bytes", "scratchpad_b.read_bytes", "scratchpad_o.read_bytes", "scratchpad_a.write_bytes", "dram.read_bursts"]
    call = ["explore", "--network", network, "--values", "none", "--derive", "cycles=total_cycles", "--derive", "joules=energy.total_pj"]
    call += [word for axis in axes for word in ("--axis", axis)]
    call += [word for i, name in enumerate(exact) for word in ("--derive", f"d{i}=counters.{name}")]
    assert binade(*call, "--out", "whole").code == 0
    ranked = binade(*call, "--screen", 1000, "--out", "ranked")
    assert ranked.code == 0, ranked.err
    simulated = {row["axes"]: json.loads(row["derived"]) for row in rows(tmp_path / "whole")}
    estimates = {row["axes"]: json.loads(row["estimate"]) for row in rows(tmp_path / "ranked", "screened")}
    assert set(simulated) == set(estimates)
    for axes_, figures in simulated.items():
        for i, name in enumerate(exact):
            assert estimates[axes_][f"d{i}"] == figures[f"d{i}"], (axes_, name)
        assert estimates[axes_]["cycles"] == pytest.approx(figures["cycles"], rel=0.1), axes_
        assert estimates[axes_]["joules"] == pytest.approx(figures["joules"], rel=0.2), axes_
    front = [row for row in rows(tmp_path / "ranked", "screened") if row["front"]]
    points = rows(tmp_path / "ranked")
    assert front and {row["identity"] for row in front} == {row["identity"] for row in points}
    assert f"screened {len(simulated)} points" in ranked.out and "the estimate differs by" in ranked.out


def test_screening_draws_points_and_keeps_each_arithmetic_apart(binade, refused, tmp_path):
    call = ["explore", "--network", "lenet5", "--layers", "fc*", "--axis", "core.rows=" + ",".join(map(str, range(1, 65))),
            "--axis", "core.cols=" + ",".join(map(str, range(1, 65))), "--axis", "format=posit8,fp32", "--constraint", "core.rows * core.cols <= 256",
            "--constraint", "output.sqnr_db > 15"]
    result = binade(*call, "--screen", 60, "--out", "ranked")
    assert result.code == 0, result.err
    screened = rows(tmp_path / "ranked", "screened")
    assert len(screened) == 60 and all(json.loads(row["axes"])["core.rows"] * json.loads(row["axes"])["core.cols"] <= 256 for row in screened)
    points = rows(tmp_path / "ranked")
    assert {row["format"] for row in points} == {"posit8", "fp32"}
    assert all(row["output.sqnr_db"] is not None for row in points)
    assert "output.sqnr_db: not estimated" in result.out
    assert "allowed: without --samples" in refused(*call, "--screen", 60, "--samples", 60, "--out", "x")


def test_points_that_cannot_run_are_screened_out(binade, tmp_path):
    result = binade("explore", "--network", "lenet5", "--values", "none", "--axis", "scratchpad.a_bytes=64,262144", "--screen", 10, "--out", "ranked")
    assert result.code == 0 and "1 to simulate, 1 cannot run" in result.out
    assert [row["status"] for row in rows(tmp_path / "ranked")] == ["done"]
    none = binade("explore", "--network", "lenet5", "--values", "none", "--axis", "scratchpad.a_bytes=64,80", "--screen", 10, "--out", "none")
    assert none.code == 1 and "2 cannot run" in none.out and "every point failed: 1: " in none.err and "scratchpad.a_bytes is 64" in none.err


def test_points_are_bred_from_the_best(binade, refused, tmp_path):
    call = ["explore", "--network", "lenet5", "--layers", "fc*", "--values", "none", "--set", "format=posit8", "--axis",
            "core.rows=" + ",".join(map(str, range(1, 33))), "--axis", "core.cols=" + ",".join(map(str, range(1, 33))), "--method", "pareto"]
    result = binade(*call, "--samples", 40, "--out", "bred")
    assert result.code == 0, result.err
    points = rows(tmp_path / "bred")
    assert 20 <= len(points) <= 40 and any(row["front"] for row in points)
    again = binade(*call, "--samples", 40, "--out", "bred", "--resume")
    assert again.code == 0 and "0 simulated" in again.out  # the same answers breed the same points
    assert "allowed: with --samples N" in refused(*call, "--out", "x")
    assert "no point of the space meets the constraints" in refused(*call, "--samples", 9, "--constraint", "core.rows > 99", "--out", "x")


def test_a_store_that_another_process_holds_is_one_message(refused, tmp_path):
    held = sqlite3.connect(tmp_path / "all.db", isolation_level=None)
    held.execute("PRAGMA journal_mode = WAL")
    held.execute("BEGIN IMMEDIATE")
    message = refused("explore", "--network", "lenet5", "--values", "none", "--axis", "core.rows=8", "--out", "sweep", "--store", "all.db")
    held.close()
    assert message == "all.db: locked by another process; allowed: one that writes at a time"


def test_what_points_share_changes_no_figure(binade, tmp_path):
    """The float64 reference is computed once: over several passes, with ReLUs in products, beside folded normalisations and conversions."""
    call = ["explore", "--network", "resnet20-cifar", "--layers", "conv*", "--run-samples", 3, "--batch", 2, "--recipe", "wider-ends"]
    assert binade(*call, "--axis", "fold_batchnorm=false,true", "--axis", "recipe.E=posit8,posit16", "--out", "sweep").code == 0
    points = rows(tmp_path / "sweep")
    assert len(points) == 4
    for row in points:
        axes = json.loads(row["axes"])
        alone = binade("run", "--network", "resnet20-cifar", "--layers", "conv*", "--samples", 3, "--batch", 2, "--recipe",
                       f"wider-ends,E={axes['recipe.E']}", "--set", f"fold_batchnorm={str(axes['fold_batchnorm']).lower()}", "--report-format", "json")
        report = alone.json()
        assert report["digest"] == row["digest"]
        if not axes["fold_batchnorm"]:  # `run` names a folded run by its folded network
            assert report["identity"] == row["identity"]
        assert report["output"]["sqnr_db"] == row["output.sqnr_db"] and report["output"]["max_ulp"] == row["output.max_ulp"]
