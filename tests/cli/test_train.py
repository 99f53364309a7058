# SPDX-License-Identifier: Apache-2.0
"""`train` and `report` around a small session: files, checkpoints that survive kill -9, options, comparisons."""
import csv
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import time

import jsonschema
import numpy
import pytest
import yaml

from conftest import BINADE, ROOT, Result

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
    for table in ("tensors.csv", "exponents.csv"):
        assert (one / table).read_text() == (two / table).read_text()
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
    assert sorted(path.name for path in out.iterdir()) == ["checkpoint.npz", "exponents.csv", "history.csv", "report.html", "report.json", "tensors.csv", "weights.npz"]
    report = json.loads((out / "report.json").read_text())
    SCHEMA.validate(report)
    assert report["status"] == "complete" and report["network"] == "lenet5" and report["config"]["train.epochs"] == 3
    assert report["overrides"] == ["train.epochs"]
    rows = history(out)
    assert [row["epoch"] for row in rows] == ["1", "2", "3"] and rows[-1]["step"] == "15"  # 300 samples, batches of 64
    assert float(rows[-1]["train_loss"]) < float(rows[0]["train_loss"])
    with open(out / "exponents.csv", newline="") as file:
        series = list(csv.DictReader(file))
    assert series and {(row["tensor"], row["pass"]) for row in series} == {("fc.weight", "update")}
    assert series[0]["step"] == "1" and all(one["exponent"] != two["exponent"] for one, two in zip(series, series[1:]))
    with open(out / "tensors.csv", newline="") as file:
        last = [row for row in csv.DictReader(file) if row["pass"] == "update"][-1]
    assert series[-1]["exponent"] == last["exponent"]
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
    assert program(*BASE, *options, "--out", "whole").code == 0
    draws = random.Random(1)
    kills = 0

    def checkpoint():
        file = tmp_path / "cut/checkpoint.npz"
        return file.stat().st_ino if file.exists() else None

    for _ in range(100):
        process = subprocess.Popen([PROGRAM, *BASE, *options, "--out", "cut", "--resume"], cwd=tmp_path, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        # At a moment of some step: by what the run has come to, not by a clock that a busy machine does not keep.
        seen, last, wanted = 0, checkpoint(), draws.randrange(1, 100)
        while seen < wanted and process.poll() is None:
            now = checkpoint()
            seen, last = seen + (now != last), now
        time.sleep(draws.uniform(0, 0.01))
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


def test_weights_that_are_no_numbers_end_the_run(program, tmp_path):
    result = program(*BASE, "--epochs", 3, "--out", "out", SMALL_BREAKS_AT="7")
    assert result.code == 2
    assert "step 7: what the next step reads has elements that are no finite numbers; the first tensor that went bad: weight.fc.weight; allowed: " in result.err
    report = json.loads((tmp_path / "out/report.json").read_text())
    SCHEMA.validate(report)
    assert report["status"].startswith("step 7: ") and len(report["history"]) == 2
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


def test_a_capture_goes_to_a_folder_that_the_run_makes(program, refused, tmp_path):
    result = program(*BASE, "--steps", 2, "--capture", "new/er/c.npz", "--capture-steps", "1", "--out", "new/er")
    assert result.code == 0 and (tmp_path / "new/er/c.npz").is_file(), result.err
    assert "other/c.npz: cannot write: other is no directory" in refused(*BASE, "--capture", "other/c.npz", "--capture-steps", "1", "--out", "not")
    assert not (tmp_path / "not").exists()


def test_another_run_is_not_resumed(program, tmp_path):
    assert program(*BASE, "--steps", 2, "--out", "out").code == 0
    for change, said in ((("--seed", 1), "seed is 1, there 0"), (("--batch", 32), "train.batch is 32, there 64"),
                         (("--order", "sequential"), "order is sequential, there shuffled"),
                         (("--data", "other"), "data is small samples other"), (("--set", "format=posit8"), "recipe is posit8, there flex16+5"),
                         (("--set", "train.lr=0.5"), "train.lr is 0.5, there 0.0625")):
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


def test_results_of_others_are_not_replaced(program, refused, tmp_path):
    """One folder, one command; of trainings the same run (docs/report.md, What may be replaced)."""
    def content(folder):
        return {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()}
    assert program(*BASE, "--epochs", 1, "--out", "a").code == 0
    before = content("a")
    said = refused(*BASE, "--epochs", 1, "--set", "train.lr=0.5", "--out", "a")
    assert "a/checkpoint.npz is of another run; allowed: " in said and "train.lr is 0.5, there 0.0625" in said
    # Where the checkpoint is elsewhere the report tells; how long a run is to be says nothing of which it is.
    said = refused(*BASE, "--epochs", 1, "--seed", 2, "--out", "a", "--checkpoint", "c.npz")
    assert "a/checkpoint.npz is of another run" in said and "seed is 2, there 0" in said
    (tmp_path / "a/checkpoint.npz").unlink()
    said = refused(*BASE, "--epochs", 1, "--set", "train.lr=0.5", "--out", "a", "--checkpoint", "c.npz")
    assert "a/report.json is of another run" in said and "train.lr is 0.5, there 0.0625" in said
    assert program(*BASE, "--epochs", 2, "--out", "a", "--checkpoint", "c.npz").code == 0
    (tmp_path / "a/checkpoint.npz").write_bytes(before.pop("checkpoint.npz"))
    assert program(*BASE, "--epochs", 1, "--out", "a").code == 0
    run = ("run", "--gemm", "4,4,4", "--format", "posit8")
    ran = subprocess.run([BINADE, *run, "--out", "r"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    before = content("r")
    assert "--out r: holds results of `binade run`; allowed: another folder" in refused(*BASE, "--out", "r")
    assert content("r") == before
    for formats, out, held in (("posit8", "a", "a"), ("posit8,fp32", "a", "a"), ("posit8,fp32", ".", "./fp32")):
        if held == "./fp32":
            (tmp_path / "a").rename(tmp_path / "fp32")
        ran = subprocess.run([BINADE, *run[:-1], formats, "--out", out], cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert ran.returncode == 2 and f"--out {held}: holds results of `binade train`" in ran.stderr, ran.stderr
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/report.json").write_text('{"name": "of another program"}')
    assert "mine/report.json: of no command of this program" in refused(*BASE, "--out", "mine")
    # What ran for moments has nothing to lose.
    (tmp_path / "brief").mkdir()
    (tmp_path / "brief/history.csv").write_text("")
    assert program(*BASE, "--epochs", 1, "--out", "brief").code == 0


def test_files_of_the_user_are_not_replaced(program, refused, tmp_path):
    """An input is none of the results, and a folder without a report is of nobody."""
    (tmp_path / "out").mkdir()
    for name, option in (("weights.npz", "--init"), ("weights.npz", "--data"), ("cost.csv", "--energy-table")):
        (tmp_path / "out" / name).write_text("mine")
        with_it = (option, f"out/../out/{name}", *(("--cost",) if option == "--energy-table" else ()))
        assert f"--out out: {name} there is a file that the command reads" in refused(*BASE, "--steps", 2, *with_it, "--out", "out")
        assert [path.name for path in (tmp_path / "out").iterdir()] == [name] and (tmp_path / "out" / name).read_text() == "mine"
        (tmp_path / "out" / name).unlink()
    for name in ("weights.npz", "history.csv", "tensors.csv", "exponents.csv", "report.html"):
        (tmp_path / "out" / name).write_text("epoch,loss\n1,0.5\n")
        assert f"--out out: {name} there is no result of `binade train`" in refused(*BASE, "--steps", 2, "--out", "out")
        assert [path.name for path in (tmp_path / "out").iterdir()] == [name]
        assert (tmp_path / "out" / name).read_text() == "epoch,loss\n1,0.5\n"
        (tmp_path / "out" / name).unlink()
    # What a run has left that was killed before its report is its own.
    assert program(*BASE, "--steps", 2, "--out", "out").code == 0
    for name in ("report.json", "report.html", "exponents.csv"):
        (tmp_path / "out" / name).unlink()
        assert program(*BASE, "--steps", 3, "--out", "out", "--resume").code == 0
    # An input that was a result is one still.
    assert "weights.npz there is a file that the command reads" in refused(*BASE, "--steps", 2, "--init", "out/weights.npz", "--out", "out", "--checkpoint", "c.npz")


def test_a_named_file_is_replaced_but_no_result_or_input(program, refused, tmp_path):
    assert program(*BASE, "--epochs", 1, "--out", "a").code == 0
    weights = (tmp_path / "a/weights.npz").read_bytes()
    capture = (*BASE, "--steps", 2, "--capture-steps", 1, "--capture")
    assert "--capture a/weights.npz: a result of `binade train`" in refused(*capture, "a/weights.npz")
    assert "--capture b/../b/weights.npz: a result of `binade train`" in refused(*capture, "b/../b/weights.npz", "--out", "b")
    assert "--capture c.npz: the command uses that file" in refused(*capture, "c.npz", "--checkpoint", "./c.npz")
    assert "--capture data.npz: the command uses that file" in refused(*capture, "data.npz", "--data", "data.npz")
    for option, file, text in (("--config", "keys.yaml", "train: {batch: 20}\n"), ("--recipe", "mine.yaml", (ROOT / "recipes/wider-ends.yaml").read_text())):
        (tmp_path / file).write_text(text)
        assert f"--capture ./{file}: the command uses that file" in refused(*capture, f"./{file}", option, file)
        assert (tmp_path / file).read_text() == text
    assert (tmp_path / "a/weights.npz").read_bytes() == weights and not (tmp_path / "b").exists()
    assert program(*capture, "s.npz").code == 0
    assert program(*capture, "s.npz").code == 0


def reseal(file, **changed):
    """A checkpoint with other arrays and a checksum that fits, as docs/training.md defines it; None: without that array."""
    arrays = {**dict(numpy.load(file)), **changed}
    arrays = {name: array for name, array in arrays.items() if array is not None}
    arrays.pop("checksum", None)
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = numpy.ascontiguousarray(arrays[name])
        shape = ",".join(map(str, array.shape))
        digest.update(f"{len(name)}:{name}{array.dtype.str}({shape}){array.nbytes}:".encode() + array.tobytes())
    arrays["checksum"] = numpy.frombuffer(digest.hexdigest().encode(), numpy.uint8)
    numpy.savez(file, **arrays)


def as_array(value):
    return numpy.frombuffer(json.dumps(value).encode(), numpy.uint8)


def test_damaged_checkpoints_are_refused(program, refused, tmp_path):
    assert program(*BASE, "--steps", 2, "--out", "a").code == 0
    file = tmp_path / "a/checkpoint.npz"
    whole = file.read_bytes()
    resume = (*BASE, "--steps", 4, "--out", "a", "--resume")
    lengths = {0, 1, 3, 4, 21, 22, 30, len(whole) // 2, *(len(whole) - left for left in (1, 2, 21, 22, 23, 46, 100))}
    for length in sorted(lengths):
        file.write_bytes(whole[:length])
        assert "checkpoint.npz" in refused(*resume), length
    numpy.savez(file, x=numpy.zeros(3))
    assert "checkpoint.npz: no array 'identity'" in refused(*resume)
    assert "no array 'identity'" in refused(*BASE, "--out", "a")
    # Its checksum is that of its arrays, as another program computes it, or it is refused.
    file.write_bytes(whole)
    reseal(file)
    assert program(*resume).code == 0
    for name, array in (("session/fc.weight", numpy.zeros(12)), ("state", as_array({})), ("session/more", numpy.zeros(1))):
        file.write_bytes(whole)
        arrays = dict(numpy.load(file))
        numpy.savez(file, **{**arrays, name: array})
        assert "its checksum is not that of its arrays; allowed: a checkpoint as `binade train` has written it" in refused(*resume)


def test_flipped_bits_are_refused_or_say_nothing(program, tmp_path):
    """A bit of a date in the archive changes nothing; any other ends in a refusal, never in another result."""
    assert program(*BASE, "--steps", 2, "--out", "a").code == 0
    file = tmp_path / "a/checkpoint.npz"
    whole = file.read_bytes()
    resume = (*BASE, "--steps", 3, "--checkpoint", "c.npz", "--resume", "--report-format", "json")
    def results(output):
        report = json.loads(output)
        return [{key: value for key, value in row.items() if key not in TIMED} for row in report["history"]], report["tensors"]
    (tmp_path / "c.npz").write_bytes(whole)
    right = results(program(*resume).out)
    draws = random.Random(2)
    refusals = 0
    for _ in range(150):
        at = draws.randrange(len(whole))
        (tmp_path / "c.npz").write_bytes(whole[:at] + bytes([whole[at] ^ 1 << draws.randrange(8)]) + whole[at + 1:])
        result = program(*resume)
        if result.code == 0:
            assert results(result.out) == right, at
        else:
            assert result.code == 2 and result.err.startswith("binade: error: c.npz: ") and "json.exception" not in result.err, (at, result.err)
            refusals += 1
    assert refusals > 75


@pytest.mark.parametrize("change, said", [
    ({"step": "two"}, "array 'state' is not what it should be"),
    ({"step": -1}, "it has a count of steps that is not that of its epochs"),
    ({"step": 3}, "it has a count of steps that is not that of its epochs"),
    ({"position": 10**15}, "it has a position that is no batch's end"),
    ({"position": 100}, "it has a position that is no batch's end"),
    ({"epoch": 1}, "it has epochs that are not those of its history"),
    ({"epoch": None}, "array 'state' is not what it should be"),
    ({"correct": 1000}, "it has figures that no epoch has"),
    ({"loss_sum": [1]}, "array 'state' is not what it should be"),
    ({"history": [{"epoch": 1}]}, "array 'state' is not what it should be"),
    ({"history": 7}, "array 'state' is not what it should be"),
    ({"current": [{"epoch": 9, "tensor": "x", "pass": "update", "exponent": None, "writes": 1, "overflows": 0, "underflows": 0}]}, "it has tensors of no epoch"),
    ({"tensors": [{"tensor": 5}]}, "array 'state' is not what it should be"),
])
def test_a_state_that_no_run_has_is_refused(program, tmp_path, change, said):
    assert program(*BASE, "--steps", 2, "--checkpoint", "c.npz").code == 0
    state = json.loads(numpy.load(tmp_path / "c.npz")["state"].tobytes())
    reseal(tmp_path / "c.npz", state=as_array({**state, **change}))
    result = program(*BASE, "--steps", 4, "--checkpoint", "c.npz", "--resume")
    assert result.code == 2 and said in result.err and "c.npz: " in result.err and "exception" not in result.err, result.err


@pytest.mark.parametrize("name, array, said", [
    ("state", numpy.zeros(3, numpy.uint8), "array 'state' is not what it should be"),
    ("state", numpy.frombuffer(b"{", numpy.uint8), "array 'state' is not what it should be"),
    ("state", numpy.zeros(3), "array 'state' is not what it should be"),
    ("identity", as_array("text"), "array 'identity' is not what it should be"),
    ("identity", as_array([["seed"]]), "array 'identity' is not what it should be"),
    ("version", as_array(5), "array 'version' is not what it should be"),
    ("version", as_array("0.0.1 abc"), "of revision 0.0.1 abc of the program, this one is "),
    ("identity", as_array([]), "c.npz is of another run; allowed: "),
])
def test_wrong_arrays_of_a_checkpoint_are_refused(program, refused, tmp_path, name, array, said):
    assert program(*BASE, "--steps", 2, "--checkpoint", "c.npz").code == 0
    reseal(tmp_path / "c.npz", **{name: array})
    message = refused(*BASE, "--steps", 4, "--checkpoint", "c.npz", "--resume")
    assert said in message and message.startswith("c.npz"), message
    assert "json" not in message.replace("report.json", "")


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
    assert "polyline" in page and "<td>train.lr</td>" in page and "src=" not in re.sub(r"<script>.*?</script>", "", page, flags=re.S)
    assert program("report", "runs").out == program("report", "runs/a", "runs/b", "runs/c").out
    assert "no report.json there" in refused("report", "compare")
    changed = (tmp_path / "runs/a/report.json").read_text().replace("lenet5", "lenet6")
    (tmp_path / "runs/a/report.json").write_text(changed)
    assert "runs/a/report.json: not as the program wrote it" in refused("report", "runs/a")
