# SPDX-License-Identifier: Apache-2.0
"""`binade explore --executor slurm` on commands that play a cluster: tasks that are lost, preempted, held, cancelled, refused."""
import json
import os
import signal
import sqlite3
import struct
import subprocess
import time

import pytest

from conftest import BINADE
from slurm_cluster import PlayedCluster

SMALL = ["explore", "--network", "lenet5", "--values", "none", "--axis", "core.rows=4,8,16", "--axis", "core.dataflow=os,ws",
         "--constraint", "total_cycles > 0"]


def rows(directory):
    connection = sqlite3.connect(f"file:{directory}/explore.db?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        return {row["identity"]: dict(row) for row in connection.execute("SELECT * FROM points")}
    finally:
        connection.close()


def without_wall(points):
    return {identity: {name: value for name, value in row.items() if "wall" not in name} for identity, row in points.items()}


@pytest.fixture
def cluster(tmp_path):
    return lambda plan="": PlayedCluster(tmp_path / "cluster", plan)


def test_points_of_tasks_are_those_of_this_machine(binade, cluster, tmp_path):
    """Also where a task is lost and goes again, and with two workloads in one sweep."""
    space = [*SMALL, "--axis", "batch=1,2", "--run-samples", "2"]
    assert binade(*space, "--out", "here").code == 0
    there = cluster("1 lost\n")
    result = binade(*space, "--out", "there", "--executor", "slurm", "--jobs", "2", "--chunk", "5", "--sbatch=--partition=some",
                    env=there.environment())
    assert result.code == 0, result.err
    assert "12 points: 12 simulated" in result.out
    mine, theirs = rows(tmp_path / "here"), rows(tmp_path / "there")
    assert len(mine) == 12 and {row["status"] for row in theirs.values()} == {"done"}
    assert without_wall(theirs) == without_wall(mine)
    first, second = there.submitted()
    assert "--array=0-2%2 --partition=some" in first and "--requeue" in first
    assert "--array=1%2 " in second
    assert not (tmp_path / "there/slurm").exists()
    again = binade(*space, "--out", "there", "--executor", "slurm", "--resume", env=there.environment())
    assert "12 there already" in again.out and len(there.submitted()) == 2


def test_a_preempted_task_keeps_what_it_has_finished(binade, cluster, tmp_path):
    there = cluster("0 preempted\n")
    result = binade("explore", "--network", "lenet5", "--values", "full", "--run-samples", "200", "--axis",
                    "core.rows=2,4,6,8,10,12,14,16", "--set", "format=posit8", "--objective", "time", "--out", "sweep",
                    "--executor", "slurm", "--chunk", "8", env=there.environment())
    assert result.code == 0, result.err
    assert len(there.submitted()) == 1
    points = rows(tmp_path / "sweep")
    assert {row["status"] for row in points.values()} == {"done"} and len(points) == 8
    held = (there.spool / "1000/0.preempted").read_bytes()
    before = [row for row in points.values() if row["identity"].encode() in held]
    assert 0 < len(before) < 8
    for row in before:  # not run again: its time is that of the first try
        assert struct.pack(">d", row["wall_seconds"]) in held


def start(tmp_path, there, *more):
    return subprocess.Popen([BINADE, *SMALL, "--out", "sweep", "--executor", "slurm", "--chunk", "2", *more], cwd=tmp_path,
                            env=there.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(ready, process):
    end = time.monotonic() + 120
    while not ready():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.05)


def done(directory):
    try:
        return sum(row["status"] == "done" for row in rows(directory).values())
    except sqlite3.OperationalError:  # not made yet
        return 0


def test_an_interrupt_cancels_the_tasks_and_keeps_what_has_finished(binade, cluster, tmp_path):
    there = cluster("1 held\n")
    process = start(tmp_path, there)
    wait_for(lambda: done(tmp_path / "sweep") == 4, process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=100)
    assert process.returncode == 130 and "--resume goes on" in errors
    assert (there.spool / "1000/cancelled").exists()
    assert done(tmp_path / "sweep") == 4 and not (tmp_path / "sweep/slurm").exists()
    (there.spool / "plan").write_text("")
    result = binade(*SMALL, "--out", "sweep", "--executor", "slurm", "--resume", env=there.environment())
    assert result.code == 0 and "2 simulated" in result.out and "4 there already" in result.out


def test_what_tasks_finish_after_the_sweep_was_killed_is_taken(binade, refused, cluster, tmp_path):
    there = cluster("0 held\n")
    process = start(tmp_path, there)
    wait_for(lambda: done(tmp_path / "sweep") >= 2, process)
    process.kill()
    process.communicate()
    results = tmp_path / "sweep/slurm/1"
    end = time.monotonic() + 60
    while not ((results / "1.results").exists() and (results / "2.results").exists()):
        assert time.monotonic() < end
        time.sleep(0.05)
    message = refused(*SMALL, "--out", "sweep", "--executor", "slurm", env=there.environment())
    assert "slurm holds tasks of a sweep that was killed; allowed: --resume" in message
    (tmp_path / "nothing").mkdir()
    message = refused(*SMALL, "--out", "sweep", "--resume", env={**os.environ, "PATH": str(tmp_path / "nothing")})
    assert "tasks of job 1000 may still run: no sbatch in PATH; allowed: a machine that submits to Slurm" in message
    result = binade(*SMALL, "--out", "sweep", "--resume", env=there.environment())  # the rest on this machine
    assert result.code == 0, result.err
    assert "2 simulated" in result.out and "4 there already" in result.out
    assert (there.spool / "1000/cancelled").exists() and not (tmp_path / "sweep/slurm").exists()


def test_points_of_a_task_that_never_succeeds_have_failed(binade, cluster, tmp_path):
    there = cluster("2 lost\n" * 3)
    result = binade(*SMALL, "--out", "sweep", "--executor", "slurm", "--chunk", "2", env=there.environment())
    assert result.code == 0 and "4 simulated" in result.out and "2 failed" in result.out
    failed = [row for row in rows(tmp_path / "sweep").values() if row["status"] == "failed"]
    assert [row["reason"] for row in failed] == ["its Slurm task ended 3 times without a result; it wrote last: the node has gone"] * 2
    assert all(json.loads(row["axes"])["core.rows"] == 16 for row in failed)
    assert len(there.submitted()) == 3
    again = binade(*SMALL, "--out", "sweep", "--executor", "slurm", "--resume", env=there.environment())
    assert "2 simulated" in again.out and "4 there already" in again.out


def test_a_point_that_cannot_run_fails_with_its_own_words(binade, cluster, tmp_path):
    space = ["explore", "--network", "lenet5", "--values", "none", "--axis", "scratchpad.a_bytes=64,65536", "--objective", "time"]
    assert binade(*space, "--out", "here").code == 0
    there = cluster()
    result = binade(*space, "--out", "there", "--executor", "slurm", env=there.environment())
    assert result.code == 0, result.err
    assert without_wall(rows(tmp_path / "there")) == without_wall(rows(tmp_path / "here"))
    assert sorted(row["status"] for row in rows(tmp_path / "there").values()) == ["done", "failed"]


def test_a_file_that_changes_after_the_sweep_began_is_noticed(binade, cluster, tmp_path):
    there = cluster()
    network = tmp_path / "net.yaml"
    text = "network: small\ninputs: [{name: image, shape: [1, 8, 8]}]\nlayers: [{name: c, op: conv, channels: %d, kernel: 3}]\n"
    network.write_text(text % 4)
    sbatch = there.folder / "sbatch"
    change = f"pathlib.Path({str(network)!r}).write_text({text % 8!r})\n"
    sbatch.write_text(sbatch.read_text().replace("arguments = ", change + "arguments = ", 1))
    result = binade("explore", "--network", "net.yaml", "--axis", "core.rows=4,8", "--values", "none", "--out", "sweep", "--executor",
                    "slurm", env=there.environment())
    assert result.code == 1 and "every point failed" in result.err, result.err
    assert {row["reason"] for row in rows(tmp_path / "sweep").values()} == {
        "a file of the space is not what it was when the sweep began; allowed: files that stay, the same on every machine"}


def test_a_cluster_that_is_absent_or_refuses_says_so_and_nothing_is_lost(refused, binade, cluster, tmp_path):
    (tmp_path / "nothing").mkdir()
    message = refused(*SMALL, "--out", "sweep", "--executor", "slurm", env={**os.environ, "PATH": str(tmp_path / "nothing")})
    assert message == ("--executor slurm: no sbatch in PATH; allowed: a machine that submits to Slurm (Debian's package slurm-client "
                       "has its commands), or --executor local")
    assert not (tmp_path / "sweep").exists()
    there = cluster()
    (there.spool / "refusal").write_text("sbatch: error: invalid partition specified: nowhere")
    assert binade(*SMALL, "--axis", "core.cols=8", "--out", "sweep").code == 0
    before = rows(tmp_path / "sweep")
    message = refused(*SMALL, "--axis", "core.cols=8,16", "--out", "sweep", "--resume", "--executor", "slurm", env=there.environment())
    assert "sbatch refuses 6 tasks: sbatch: error: invalid partition specified: nowhere; allowed:" in message
    assert without_wall(rows(tmp_path / "sweep")).keys() == before.keys() and not (tmp_path / "sweep/slurm").exists()


@pytest.mark.parametrize("words", [["--chunk", "5"], ["--sbatch=--partition=x"]])
def test_options_of_tasks_want_a_cluster(refused, words):
    assert "allowed: with --executor slurm" in refused(*SMALL, "--out", "sweep", *words)


def test_a_worker_refuses_what_is_no_chunk(refused, tmp_path):
    (tmp_path / "0.points").write_bytes(b"\xa0")
    for task in ("0", "1"):
        assert f"{task}.points: no points of a task of `binade explore`" in refused("explore-worker", task)
