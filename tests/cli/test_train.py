# SPDX-License-Identifier: Apache-2.0
"""`train` and `report` around a small session: files, checkpoints that survive kill -9, options, comparisons."""
import csv
import json
import os
import random
import signal
import subprocess
import time

import jsonschema
import numpy
import pytest
import yaml

from conftest import ROOT, Result

PROGRAM = os.environ.get("BINADE_TRAIN_PROGRAM", str(ROOT / "build/tests/cli/train_program"))
SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/training.schema.json").read_text()))
BASE = ("train", "--network", "lenet5")
TIMED = {"images_per_second", "train_seconds"}


@pytest.fixture
def program(tmp_path):
    def run(*arguments, **environment):
        done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, cwd=tmp_path, timeout=120,
                              env={**os.environ, **environment})
        return Result(done.returncode, done.stdout, done.stderr)
    return run


@pytest.fixture
def refused(program):
    """Exit 2, nothing on stdout; returns the messages."""
    def run(*arguments):
        result = program(*arguments)
        assert result.code == 2 and result.out == "", (result.code, result.out, result.err)
        lines = result.err.splitlines()
        assert lines and all(line.startswith("binade: error: ") for line in lines), result.err
        return "\n".join(line.removeprefix("binade: error: ") for line in lines)
    return run


def history(directory):
    """Rows of history.csv less what the wall clock says."""
    with open(directory / "history.csv", newline="") as file:
        return [{key: value for key, value in row.items() if key not in TIMED} for row in csv.DictReader(file)]


def same_results(one, two):
    assert history(one) == history(two)
    assert (one / "tensors.csv").read_text() == (two / "tensors.csv").read_text()
    assert (one / "weights.npz").read_bytes() == (two / "weights.npz").read_bytes()
    saved = [numpy.load(directory / "checkpoint.npz") for directory in (one, two)]
    arrays = [name for name in saved[0] if name.startswith("session/")]
    assert arrays and arrays == [name for name in saved[1] if name.startswith("session/")]
    for name in arrays:
        assert saved[0][name].tobytes() == saved[1][name].tobytes(), name


def test_a_run_leaves_its_folder(program, tmp_path):
    result = program(*BASE, "--epochs", 3, "--out", "out")
    assert result.code == 0 and result.err == "", result.err
    out = tmp_path / "out"
    assert sorted(path.name for path in out.iterdir()) == ["checkpoint.npz", "history.csv", "report.html", "report.json", "tensors.csv", "weights.npz"]
    report = json.loads((out / "report.json").read_text())
    SCHEMA.validate(report)
    assert report["status"] == "complete" and report["network"] == "lenet5" and report["config"]["train.epochs"] == 3
    assert report["overrides"] == ["train.epochs"]
    rows = history(out)
    assert [row["epoch"] for row in rows] == ["1", "2", "3"] and rows[-1]["step"] == "15"  # 300 samples, batches of 64
    assert float(rows[-1]["train_loss"]) < float(rows[0]["train_loss"])
    page = (out / "report.html").read_text()
    assert "train.momentum" in page and "polyline" in page and "<script" not in page
    weights = numpy.load(out / "weights.npz")["fc.weight"]
    assert weights.shape == (2, 6) and weights.dtype == numpy.float64
    assert "complete" not in result.out and "test %" in result.out


def test_the_report_on_standard_output_is_the_file(program, tmp_path):
    result = program(*BASE, "--epochs", 1, "--out", "out", "--report-format", "json")
    assert result.json() == json.loads((tmp_path / "out/report.json").read_text())


def test_killed_at_any_moment_it_goes_on_bit_for_bit(program, tmp_path):
    options = ("--batch", "4", "--set", "train.checkpoint_steps=1", "--epochs", "12")
    begun = time.monotonic()
    assert program(*BASE, *options, "--out", "whole").code == 0
    longest = (time.monotonic() - begun) / 3  # so it takes a few; ever longer, so a busy machine gets to the end
    draws = random.Random(1)
    kills = 0
    for _ in range(100):
        process = subprocess.Popen([PROGRAM, *BASE, *options, "--out", "cut", "--resume"], cwd=tmp_path, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        time.sleep(draws.uniform(0, longest))
        longest *= 1.05
        process.send_signal(signal.SIGKILL)
        _, err = process.communicate(timeout=60)
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, err
        kills += 1
    else:
        pytest.fail("the run does not get on")
    assert kills >= 3
    same_results(tmp_path / "whole", tmp_path / "cut")
    left_over = [path.name for path in (tmp_path / "cut").iterdir() if path.name.startswith(".binade")]
    assert not left_over


@pytest.mark.parametrize("steps", [1, 4, 5, 7, 14])
def test_steps_end_a_run_and_it_goes_on_from_there(program, tmp_path, steps):
    assert program(*BASE, "--epochs", 3, "--out", "whole").code == 0
    assert program(*BASE, "--epochs", 3, "--steps", steps, "--out", "cut").code == 0
    rows = history(tmp_path / "cut")
    assert sum(int(row["samples"]) for row in rows) == min(steps // 5 * 300 + steps % 5 * 64, 900)
    assert rows[-1]["test_accuracy"]
    assert program(*BASE, "--epochs", 3, "--out", "cut", "--resume").code == 0
    same_results(tmp_path / "whole", tmp_path / "cut")


def test_more_epochs_go_on_where_fewer_ended(program, tmp_path):
    assert program(*BASE, "--epochs", 4, "--out", "whole").code == 0
    assert program(*BASE, "--epochs", 2, "--out", "cut").code == 0
    assert program(*BASE, "--epochs", 4, "--out", "cut", "--resume").code == 0
    same_results(tmp_path / "whole", tmp_path / "cut")


def test_ctrl_c_leaves_a_checkpoint(tmp_path, program):
    options = (*BASE, "--batch", "1", "--epochs", "1000", "--out", "out")
    process = subprocess.Popen([PROGRAM, *options], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "out/report.json").exists():
        time.sleep(0.01)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "interrupted" in err and "INCOMPLETE" in out, (out, err)
    report = json.loads((tmp_path / "out/report.json").read_text())
    SCHEMA.validate(report)
    assert report["status"] == "interrupted"
    state = json.loads(numpy.load(tmp_path / "out/checkpoint.npz")["state"].tobytes())
    assert state["step"] == report["history"][-1]["step"] > 0


def test_a_loss_that_is_no_number_ends_the_run(program, tmp_path):
    result = program(*BASE, "--epochs", 3, "--out", "out", SMALL_BREAKS_AT="7")
    assert result.code == 2
    assert "step 8: the loss is no finite number; the first tensor that went bad: grad.fc.weight; allowed: " in result.err
    report = json.loads((tmp_path / "out/report.json").read_text())
    SCHEMA.validate(report)
    assert report["status"].startswith("step 8: ") and len(report["history"]) == 2
    assert "ENDED EARLY" in result.out
    # What was good is still there: with a rate that is finite the run goes on.
    assert program(*BASE, "--epochs", 3, "--out", "out", "--resume").code == 0
    assert program(*BASE, "--epochs", 3, "--out", "whole").code == 0
    same_results(tmp_path / "whole", tmp_path / "out")


def test_a_capture_has_its_keys(program, tmp_path):
    result = program(*BASE, "--steps", 5, "--seed", 3, "--capture", "c.npz", "--capture-steps", "2,5")
    assert result.code == 0, result.err
    capture = numpy.load(tmp_path / "c.npz")
    steps = [f"step{step}.{key}" for step in (2, 5) for key in ("grad.fc.weight", "weight.fc.weight", "weight.fc.weight.exponent")]
    assert sorted(capture) == sorted(["init.fc.weight", "meta", *(f"step{step}.loss" for step in range(1, 6)), *steps])
    assert capture["step5.weight.fc.weight"].dtype == numpy.float64 and capture["step5.weight.fc.weight.exponent"].dtype == numpy.int64
    assert capture["step1.loss"].shape == ()
    meta = json.loads(str(capture["meta"]))
    assert meta["network"] == "lenet5" and meta["seed"] == 3 and meta["steps"] == [2, 5] and meta["config"]["train.batch"] == "64"


def test_another_run_is_not_resumed(program, tmp_path):
    assert program(*BASE, "--steps", 2, "--out", "out").code == 0
    for change, said in ((("--seed", 1), "seed is 1, in the checkpoint 0"), (("--batch", 32), "train.batch is 32, in the checkpoint 64"),
                         (("--order", "sequential"), "order is sequential, in the checkpoint shuffled"),
                         (("--data", "other"), "data is small samples other"), (("--set", "format=posit8"), "recipe is posit8, in the checkpoint flex16+5"),
                         (("--set", "train.lr=0.5"), "train.lr is 0.5, in the checkpoint 0.0625")):
        before = (tmp_path / "out/checkpoint.npz").read_bytes()
        result = program(*BASE, "--steps", 4, "--out", "out", "--resume", *change)
        assert result.code == 2 and said in result.err and "checkpoint.npz is of another run" in result.err, result.err
        assert (tmp_path / "out/checkpoint.npz").read_bytes() == before
    other = program("train", "--network", "cifarnet", "--out", "out", "--resume")
    assert other.code == 2 and "network is cifarnet" in other.err
    # What a run does not follow from may change.
    assert program(*BASE, "--steps", 4, "--out", "out", "--resume", "--threads", 2, "--set", "train.checkpoint_steps=1").code == 0


def test_an_unfinished_run_is_not_overwritten(program, refused, tmp_path):
    assert program(*BASE, "--steps", 2, "--out", "out").code == 0
    assert "a run that has come to step 2, epoch 1; allowed: --resume" in refused(*BASE, "--out", "out")
    assert program(*BASE, "--epochs", 1, "--out", "out", "--resume").code == 0
    assert program(*BASE, "--epochs", 1, "--out", "out").code == 0  # a finished one is


def test_damaged_checkpoints_are_refused(program, refused, tmp_path):
    assert program(*BASE, "--steps", 2, "--checkpoint", "c.npz").code == 0
    whole = (tmp_path / "c.npz").read_bytes()
    (tmp_path / "c.npz").write_bytes(whole[:-30])
    assert "c.npz" in refused(*BASE, "--checkpoint", "c.npz", "--resume")
    numpy.savez(tmp_path / "c.npz", x=numpy.zeros(3))
    assert "c.npz: no array 'identity'" in refused(*BASE, "--checkpoint", "c.npz", "--resume")
    assert "no array 'identity'" in refused(*BASE, "--checkpoint", "c.npz")


def test_wrong_options_are_told_before_anything_runs(refused, tmp_path):
    assert "--resume: no checkpoint to go on from" in refused(*BASE, "--resume")
    assert "--capture-steps: nothing to write them to" in refused(*BASE, "--capture-steps", 1)
    assert "--capture: no steps to write" in refused(*BASE, "--capture", "c.npz")
    assert "--capture-steps: 6; allowed: 1..5" in refused(*BASE, "--epochs", 1, "--capture", "c.npz", "--capture-steps", "1,6")
    assert "format: posit8,fp32; allowed: one word" in refused(*BASE, "--set", "format=posit8,fp32")
    assert "train.nesterov" in refused(*BASE, "--set", "train.nesterov=true", "--set", "train.momentum=0")
    assert "absent/c.npz" in refused(*BASE, "--checkpoint", "absent/c.npz")
    assert "nearest is 'lenet5'" in refused("train", "--network", "lenet")
    for key, value in (("batch", 0), ("epochs", 0), ("lr", -1), ("optimiser", "sgdd"), ("loss_scale", 3)):
        assert f"train.{key}=" in refused(*BASE, "--set", f"train.{key}={value}")
    assert not list(tmp_path.iterdir())


def test_a_recipes_settings_come_first(program, tmp_path):
    (tmp_path / "r.yaml").write_text("name: mine\nparameters: {R: 0.25}\nsettings: {train.lr: $R, train.batch: 16, train.momentum: 0.75}\n"
                                     "rules: [{format: posit8}]\n")
    (tmp_path / "c.yaml").write_text("train: {batch: 32, momentum: 0.5}\n")
    def config(*arguments):
        return yaml.safe_load(program(*BASE, "--recipe", "r.yaml", *arguments, "--print-config").out)["train"]
    assert [config()[key] for key in ("lr", "batch", "momentum")] == [0.25, 16, 0.75]
    assert [config("--config", "c.yaml", "--set", "train.momentum=0")[key] for key in ("lr", "batch", "momentum")] == [0.25, 32, 0]
    result = program(*BASE, "--recipe", "r.yaml,R=0.5", "--epochs", 1, "--out", "out")
    assert result.code == 0, result.err
    report = json.loads((tmp_path / "out/report.json").read_text())
    assert report["recipe"] == "mine,R=0.5" and report["config"]["train.lr"] == 0.5
    assert report["overrides"] == ["train.batch", "train.epochs", "train.lr", "train.momentum"]


def test_runs_side_by_side(program, refused, tmp_path):
    for name, keys in (("a", ()), ("b", ("--set", "train.lr=0.5")), ("c", ("--set", "format=fp32"))):
        assert program(*BASE, "--epochs", 2, *keys, "--out", f"runs/{name}").code == 0
    result = program("report", "runs/a", "runs/b", "runs/c", "--out", "compare")
    assert result.code == 0, result.err
    assert "train.lr: 0.0625 (flex16+5 " in result.out and "format=" not in result.out and "train.momentum" not in result.out
    assert result.out.startswith((tmp_path / "compare/compare.txt").read_text())
    assert sorted(path.name for path in (tmp_path / "compare").iterdir()) == ["compare.csv", "compare.html", "compare.txt"]
    with open(tmp_path / "compare/compare.csv", newline="") as file:
        assert len(list(csv.DictReader(file))) == 6
    page = (tmp_path / "compare/compare.html").read_text()
    assert "polyline" in page and "<td>train.lr</td>" in page and "<script" not in page
    assert program("report", "runs").out == program("report", "runs/a", "runs/b", "runs/c").out
    assert "no report.json there" in refused("report", "compare")
    changed = (tmp_path / "runs/a/report.json").read_text().replace("lenet5", "lenet6")
    (tmp_path / "runs/a/report.json").write_text(changed)
    assert "runs/a/report.json: not as the program wrote it" in refused("report", "runs/a")
