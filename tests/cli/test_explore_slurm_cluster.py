# SPDX-License-Identifier: Apache-2.0
"""`binade explore --executor slurm` on a real Slurm of one node, started and stopped here."""
import signal
import subprocess
import time

import pytest

from conftest import BINADE
from slurm_cluster import RealCluster
from test_explore_slurm import SMALL, done, rows, wait_for, without_wall

SLOW = ["explore", "--network", "lenet5", "--run-samples", "300", "--set", "format=posit8", "--values", "full", "--objective", "time",
        "--axis", "core.rows=2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    if missing := RealCluster.missing():
        print(f"SKIPPED: {missing}")
        pytest.skip(missing)
    cluster = RealCluster(tmp_path_factory.mktemp("slurm"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def jobs(cluster):
    return cluster.command("squeue", "--noheader", "--array", "--format=%A %K %T").stdout.split("\n")[:-1]


def test_points_of_tasks_are_those_of_this_machine(binade, cluster, tmp_path):
    assert binade(*SMALL, "--out", "here").code == 0
    result = binade(*SMALL, "--out", "there", "--executor", "slurm", "--jobs", "2", "--chunk", "2", env=cluster.environment())
    assert result.code == 0, result.err
    assert "6 points: 6 simulated" in result.out
    assert without_wall(rows(tmp_path / "there")) == without_wall(rows(tmp_path / "here"))
    assert not (tmp_path / "there/slurm").exists()


def start(tmp_path, cluster, chunk):
    return subprocess.Popen([BINADE, *SLOW, "--out", "sweep", "--executor", "slurm", "--chunk", chunk], cwd=tmp_path,
                            env=cluster.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_task_that_is_queued_again_goes_on(cluster, tmp_path):
    process = start(tmp_path, cluster, "16")
    wait_for((tmp_path / "sweep/slurm/1/0.results").exists, process)
    job = jobs(cluster)[0].split()[0]
    asked = cluster.command("scontrol", "requeue", job)
    assert asked.returncode == 0, asked.stderr
    # After a requeue Slurm begins a task again at the earliest two minutes later, unless somebody says sooner.
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        cluster.command("scontrol", "update", f"jobid={job}", "starttime=now")
        time.sleep(2)
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert "16 points: 16 simulated" in output
    assert {row["status"] for row in rows(tmp_path / "sweep").values()} == {"done"}


def test_an_interrupt_cancels_the_tasks_and_keeps_what_has_finished(binade, cluster, tmp_path):
    process = start(tmp_path, cluster, "4")
    wait_for(lambda: done(tmp_path / "sweep") >= 1, process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=100)
    assert process.returncode == 130 and "--resume goes on" in errors
    assert not [line for line in jobs(cluster) if "COMPLETING" not in line]
    kept = done(tmp_path / "sweep")
    assert 1 <= kept < 16 and not (tmp_path / "sweep/slurm").exists()
    result = binade(*SLOW, "--out", "sweep", "--executor", "slurm", "--resume", env=cluster.environment())
    assert result.code == 0, result.err
    assert f"{16 - kept} simulated" in result.out and f"{kept} there already" in result.out


def test_a_refusal_is_sbatch_s_own_words(refused, cluster, tmp_path):
    message = refused(*SMALL, "--out", "sweep", "--executor", "slurm", "--sbatch=--partition=nowhere", env=cluster.environment())
    assert "invalid partition specified: nowhere" in message and not (tmp_path / "sweep/slurm").exists()
