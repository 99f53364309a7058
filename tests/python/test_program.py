# SPDX-License-Identifier: Apache-2.0
"""The program as a child process: tables, and exit codes as exceptions."""
import numpy as np
import pytest

import binade

from conftest import PROGRAM

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no program in BINADE")


def test_runs_come_as_tables(tmp_path):
    done = binade.run(out=tmp_path / "runs", gemm=["8,12,20", "4,4,4"], format=["posit8", "dfp8"], set={"core.rows": 4, "core.cols": 4}, check=True)
    assert {run["format"] for run in done.runs} == {"posit8", "dfp8"} and (tmp_path / "runs/posit8/report.json").is_file()
    assert all(run["total_cycles"] > 0 and isinstance(run["total_cycles"], int) for run in done.runs)
    layers = done.tables["layers"]
    assert len(layers) == 4 and {row["run"] for row in layers} == {"posit8", "dfp8"}
    assert sum(row["macs"] for row in layers) == 2 * (8 * 12 * 20 + 4 * 4 * 4)
    assert done.reports[0]["schema"] == "binade-run-report"


def test_one_run_and_a_training():
    assert len(binade.run(gemm="8,8,8", format="bf16").runs) == 1
    history = binade.train(network="mlp", recipe="fp32", steps=3, batch=4, epochs=1, threads=1).tables["history"]
    assert history and np.isfinite(history[0]["train_loss"])


def test_an_exploration_is_a_row_a_point(tmp_path):
    points = binade.explore(gemm="16,16,16", axis={"core.rows": [4, 8], "format": ["posit8", "dfp8"]}, out=tmp_path / "points")
    assert len(points) == 4 and any(point["front"] for point in points) and (tmp_path / "points/explore.db").is_file()
    again = binade.explore({"run": {"gemm": ["16,16,16"]}, "axes": {"core.rows": [4, 8]}, "objectives": ["time"]})
    assert len(again) == 2
    with pytest.raises(ValueError, match="nothing"):
        binade.explore(gemm="16,16,16", axis={"nothing": [1]})


def test_names_in_tables_stay_names(tmp_path):
    (tmp_path / "net.yaml").write_text("network: n\nclasses: 4\ninputs: [{name: input, shape: [8]}]\nlayers: [{name: \"1_1\", op: linear, features: 4}]\n")
    assert [row["layer"] for row in binade.run(network=tmp_path / "net.yaml", format="posit8").tables["layers"]] == ["1_1"]


def test_any_other_command():
    assert binade.call("eval", "posit8", "encode", stdin="0.1\n") == "0x25\n"
    assert "posit16" in binade.call("formats")


def test_exit_codes_are_exceptions(monkeypatch, tmp_path):
    with pytest.raises(ValueError, match="posit99"):
        binade.run(gemm="8,8,8", format="posit99")
    with pytest.raises(ValueError, match="core.rows"):
        binade.run(gemm="8,8,8", format="posit8", set={"core.rows": 0})
    for code, kind in [(1, binade.MismatchError), (3, binade.ProgramError)]:
        broken = tmp_path / f"broken{code}"
        broken.write_text(f"#!/bin/sh\necho what broke >&2\nexit {code}\n")
        broken.chmod(0o755)
        monkeypatch.setenv("BINADE", str(broken))
        with pytest.raises(kind, match="what broke"):
            binade.call("formats")
    monkeypatch.setenv("BINADE", str(tmp_path / "absent"))
    with pytest.raises(FileNotFoundError, match="absent"):
        binade.call("formats")
