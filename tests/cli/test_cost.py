# SPDX-License-Identifier: Apache-2.0
"""A training step on the platform, as users see it: `run --pass` and `train --cost`."""
import csv
import hashlib
import json
import signal
import subprocess
import time

import jsonschema
import numpy
import pytest
import yaml

from conftest import BINADE, ROOT, without_wall_time

PASSES = ["forward", "loss", "backward-data", "backward-weight", "update"]
RUN_SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/report.schema.json").read_text()))
COST_SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/cost.schema.json").read_text()))
TRAIN_SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/training.schema.json").read_text()))
SMALL = ("--set", "core.rows=4", "--set", "core.cols=4")
STEP = ("run", "--network", "mlp", "--batch", "4", *SMALL, "--pass")
TRAIN = ("train", "--network", "mlp", "--data", "data.npz", "--batch", "8", *SMALL)


def by_pass(report, word):
    return [row for row in report["layers"] if row["pass"] == word]


def rows_of(file):
    with open(file, newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture
def data(tmp_path):
    """20 images: two batches of eight and one of four."""
    draws = numpy.random.default_rng(3)
    x = draws.normal(size=(24, 1, 28, 28)).astype(numpy.float32)
    y = draws.integers(0, 10, 24)
    numpy.savez(tmp_path / "data.npz", x=x[:20], y=y[:20], x_test=x[20:], y_test=y[20:])


@pytest.mark.parametrize("recipe", ["positnn", "flexpoint", "dfp8"])
def test_a_step_is_the_sum_of_its_passes_and_they_of_their_rows(binade, tmp_path, recipe):
    result = binade(*STEP, "step", "--recipe", recipe, "--check", "--out", "out", "--report-format", "json")
    assert result.code == 0, result.err
    report = result.json()
    RUN_SCHEMA.validate(report)
    assert report == json.loads((tmp_path / "out/report.json").read_text())
    assert "Error per layer" in (tmp_path / "out/report.html").read_text()
    assert report["pass"] == "step" and report["batch"] == report["samples"] == 4 and report["config"]["train.batch"] == 4
    assert [one["pass"] for one in report["passes"]] == PASSES
    for one in report["passes"]:
        rows = by_pass(report, one["pass"])
        assert one["rows"] == len(rows)
        for key in ("macs", "total_cycles", "cycles"):
            assert one[key] == sum(row[key] for row in rows), key
        for counter, value in one["counters"].items():
            assert value == sum(row["counters"][counter] for row in rows), counter
        assert one["energy"]["total_pj"] == pytest.approx(sum(row["energy"]["total_pj"] for row in rows))
        assert sum(one["bound_cycles"].values()) == one["total_cycles"]
    for key in ("macs", "total_cycles"):
        assert report[key] == sum(one[key] for one in report["passes"]), key
    for counter, value in report["counters"].items():
        assert value == sum(one["counters"][counter] for one in report["passes"]), counter
    for component, energy in report["energy"]["components_pj"].items():
        assert energy == pytest.approx(sum(one["energy"]["components_pj"][component] for one in report["passes"])), component
    table = rows_of(tmp_path / "out/passes.csv")
    assert [row["pass"] for row in table] == PASSES
    assert [int(row["total_cycles"]) for row in table] == [one["total_cycles"] for one in report["passes"]]
    page = (tmp_path / "out/report.html").read_text()
    assert "<h2>Passes" in page and "backward-weight" in page and "<script" not in page
    assert binade(*STEP, "step", "--recipe", recipe).out.count("backward-weight") > 2


@pytest.mark.parametrize("recipe", sorted(file.stem for file in (ROOT / "recipes").glob("*.yaml") if file.stem != "binary64"))
def test_a_step_of_every_recipe_is_that_of_the_golden_model(binade, recipe):
    result = binade(*STEP, "step", "--recipe", recipe, "--check")
    assert result.code == 0, result.err


def test_passes_are_those_of_the_step(binade):
    step = binade(*STEP, "step", "--recipe", "positnn", "--report-format", "json").json()
    for words in (["backward-weight"], ["forward", "update"], ["loss", "backward-data"]):
        some = binade(*STEP, ",".join(words), "--recipe", "positnn", "--report-format", "json").json()
        assert some["pass"] == "+".join(words)
        assert some["layers"] == [row for row in step["layers"] if row["pass"] in words]
        assert some["passes"] == [one for one in step["passes"] if one["pass"] in words]
        assert some["total_cycles"] == sum(one["total_cycles"] for one in some["passes"])


def test_formats_without_a_recipe_are_compared(binade, tmp_path):
    result = binade(*STEP, "step", "--format", "posit8,fp32", "--check", "--out", "out")
    assert result.code == 0, result.err
    for word in ("posit8", "fp32"):
        report = json.loads((tmp_path / "out" / word / "report.json").read_text())
        RUN_SCHEMA.validate(report)
        assert report["format"] == word and report["pass"] == "step"
    assert "a training step" in (tmp_path / "out/compare.txt").read_text()


def test_cycles_without_values_are_those_of_a_full_run(binade):
    full = binade(*STEP, "step", "--recipe", "dfp8", "--report-format", "json").json()
    none = binade(*STEP, "step", "--recipe", "dfp8", "--values", "none", "--report-format", "json").json()
    assert none["digest"] == ""
    events = {name for name in full["counters"] if name.startswith("event.")}
    for one, other in zip(full["layers"], none["layers"], strict=True):
        for key in ("name", "pass", "total_cycles", "macs", "tile", "unique_bytes"):
            assert one[key] == other[key], key
        assert one["energy"] == other["energy"]
        for counter in one["counters"].keys() - events:
            assert one["counters"][counter] == other["counters"][counter], (one["name"], counter)


def test_every_core_has_the_same_step(binade):
    fast = binade(*STEP, "step", "--recipe", "flexpoint", "--report-format", "json").json()
    cycle = binade(*STEP, "step", "--recipe", "flexpoint", "--core", "cycle", "--report-format", "json").json()
    assert fast["layers"] == cycle["layers"] and fast["digest"] == cycle["digest"] != ""


def test_tiles_of_a_step_run_through_the_rtl(binade, tmp_path):
    result = binade(*STEP, "backward-data,backward-weight", "--recipe", "dfp8", "--rtl-sample", 1, "--timeline", "--out", "out")
    assert result.code == 0, result.err
    report = json.loads((tmp_path / "out/report.json").read_text())
    RUN_SCHEMA.validate(report)
    sampled = {layer["name"] for layer in report["rtl_sample"]["layers"]}
    assert {"grad.fc1.weight", "delta.fc2_in", "act.fc1"} <= sampled  # the step is run whole
    names = {event.get("name", "") for event in json.loads((tmp_path / "out/trace.json").read_text())["traceEvents"]}
    assert any("grad.fc1.weight" in name for name in names), sorted(names)[:20]


def test_labels_are_drawn_by_the_seed(binade):
    def losses(seed):
        report = binade(*STEP, "loss", "--format", "fp32", "--seed", seed, "--report-format", "json").json()
        return [row["digest"] for row in report["layers"]]
    assert losses(1) == losses(1) != losses(2)


def test_labels_of_a_data_set(binade, data_directory):
    report = binade("run", "--network", "mlp", "--data", data_directory, "--batch", 16, "--pass", "step", "--format", "posit8",
                    "--report-format", "json").json()
    assert report["samples"] == 16 and report["top1"]["correct"] is not None


def test_what_does_not_go_with_a_pass_is_refused(refused, tmp_path):
    step = ("run", "--network", "mlp", "--pass")
    for options, said in (
            (("--layers", "fc1"), "--layers with --pass"), (("--samples", 3), "--samples with --pass: a step is one batch; allowed: --batch N"),
            (("--save", "o.npz"), "--save with --pass"), (("--trace", "t.npz"), "t.npz"),
            (("--set", "train.arithmetic=binary64"), "train.arithmetic"), (("--set", "fold_batchnorm=true"), "fold_batchnorm")):
        assert said in refused(*step, "step", *options, "--out", "out"), options
    assert "--gemm with --pass" in refused("run", "--gemm", "4,4,4", "--pass", "forward")
    assert "--pass step with --pass" in refused(*step, "step,update")
    assert "sideways" in refused(*step, "sideways")
    assert not list(tmp_path.iterdir())


def test_a_resumed_step_is_kept(binade, tmp_path):
    step = (*STEP, "update", "--format", "posit8", "--out", "out")
    assert binade(*step).code == 0
    before = (tmp_path / "out/report.json").read_text()
    assert binade(*step, "--resume").code == 0
    assert (tmp_path / "out/report.json").read_text() == before
    assert binade(*step, "--resume", "--set", "train.lr=0.5").code == 0
    after = json.loads((tmp_path / "out/report.json").read_text())
    assert after["config"]["train.lr"] == 0.5 and after["digest"] != json.loads(before)["digest"]


def test_a_file_of_inputs_is_the_batch(binade, tmp_path):
    """Weights are drawn; --batch takes the first of them."""
    x = numpy.random.default_rng(5).normal(size=(6, 1, 28, 28)).astype(numpy.float32)
    numpy.savez(tmp_path / "x.npz", input=x)
    for options, samples in (((), 6), (("--batch", 4), 4)):
        done = binade("run", "--network", "mlp", *SMALL, "--pass", "forward", "--recipe", "positnn", "--input", "x.npz", "--report-format", "json", *options)
        assert done.code == 0 and done.json()["samples"] == done.json()["batch"] == samples, done.err


def test_the_printed_configuration_has_the_step(binade, tmp_path):
    printed = binade(*STEP, "step", "--recipe", "positnn,O=posit12", "--print-config")
    assert printed.code == 0, printed.err
    assert yaml.safe_load(printed.out)["train"]["momentum"] == 0.5
    assert "# weight.fc1.weight" in printed.out and "posit12" in printed.out and "# grad.fc2.bias" in printed.out


# train --cost


def costs(directory):
    return {row["part"]: row for row in rows_of(directory / "cost.csv")}


def test_a_training_run_has_its_cost(binade, tmp_path, data):
    result = binade(*TRAIN, "--recipe", "positnn", "--epochs", 2, "--cost", "--out", "out")
    assert result.code == 0, result.err
    assert "on the accelerator: fast core; 4x4 os;" in result.out and "last-step" in result.out
    out = tmp_path / "out"
    rows = costs(out)
    assert list(rows) == [*PASSES, "step", "first-step", "last-step", "epoch"]
    for figure in ("macs", "cycles", "dram_requested_bytes", "dram_burst_bytes", "bus_bytes"):
        value = {part: int(row[figure]) for part, row in rows.items()}
        assert value["step"] == sum(value[word] for word in PASSES), figure
        assert value["epoch"] == 2 * value["step"] + value["last-step"], figure
    energy = {part: float(row["energy_pj"]) for part, row in rows.items()}
    assert energy["step"] == pytest.approx(sum(energy[word] for word in PASSES))
    assert energy["epoch"] == pytest.approx(2 * energy["step"] + energy["last-step"])
    assert [rows[part]["samples"] for part in ("step", "last-step", "epoch")] == ["8", "4", "20"]
    assert float(rows["epoch"]["images_per_second"]) == pytest.approx(20 / float(rows["epoch"]["seconds"]))
    for row in rows_of(out / "history.csv"):
        first = row["epoch"] == "1"  # whose first step reads no velocity
        assert int(row["accelerator_cycles"]) == int(rows["epoch"]["cycles"]) - first * (int(rows["step"]["cycles"]) - int(rows["first-step"]["cycles"]))
        assert float(row["accelerator_energy_pj"]) == pytest.approx(energy["epoch"] - first * (energy["step"] - energy["first-step"]))
    assert int(rows["first-step"]["cycles"]) < int(rows["step"]["cycles"])
    report = json.loads((out / "report.json").read_text())
    TRAIN_SCHEMA.validate(report)
    assert [row["part"] for row in report["cost"]["rows"]] == list(rows)
    whole = json.loads((out / "cost.json").read_text())
    COST_SCHEMA.validate(whole)
    assert whole["rows"] == report["cost"]["rows"] and whole["identity"] == whole["first_step"]["identity"]
    for name, samples in (("first_step", 8), ("step", 8), ("last_step", 4)):
        RUN_SCHEMA.validate(whole[name])
        assert whole[name]["samples"] == samples and whole[name]["pass"] == "step"
    for one, other in zip(whole["first_step"]["passes"][:-1], whole["step"]["passes"][:-1], strict=True):  # the update apart
        assert [one[key] for key in ("pass", "rows", "macs")] == [other[key] for key in ("pass", "rows", "macs")]
        assert one["dram"]["requested_bytes"] == other["dram"]["requested_bytes"]
        assert one["total_cycles"] == pytest.approx(other["total_cycles"], rel=0.05)  # refreshes fall where they fall
    page = (out / "report.html").read_text()
    assert "Cost on the accelerator" in page and "<script" not in page
    plain = binade(*TRAIN, "--recipe", "positnn", "--epochs", 2, "--out", "plain")
    assert plain.code == 0 and "on the accelerator" not in plain.out
    assert (tmp_path / "plain/weights.npz").read_bytes() == (out / "weights.npz").read_bytes()
    compared = binade("report", "out", "plain")
    assert compared.code == 0 and "on the accelerator" in compared.out and " an image" in compared.out


@pytest.mark.parametrize("recipe", ["positnn", "flexpoint", "dfp8", "fp8-e4m3-e5m2"])
def test_the_step_that_costs_is_the_step_that_trains(binade, tmp_path, data, recipe):
    """Each tensor that the first step captures is what the device has written, bit for bit."""
    result = binade(*TRAIN, "--recipe", recipe, "--steps", 1, "--cost", "--out", "out", "--capture", "c.npz", "--capture-steps", 1)
    assert result.code == 0, result.err
    written = {row["name"]: row["digest"] for row in json.loads((tmp_path / "out/cost.json").read_text())["first_step"]["layers"]}
    captured = numpy.load(tmp_path / "c.npz")
    names = {key.removeprefix("step1.") for key in captured if key.startswith("step1.")}
    same = names & written.keys()
    # Outputs, deltas, gradients.
    assert {"act.fc1", "act.fc2", "grad.fc1.weight", "grad.fc2.weight", "delta.fc2_in"} <= same, (sorted(names), sorted(written))
    for name in same:
        results = [name] + ([name.replace("weight.", "velocity.", 1)] if name.startswith("weight.") else [])  # one chain makes both
        codes = b"".join(captured["step1." + result].tobytes() for result in results)
        # A gradient is what the update reads: the last of the sums, what they are divided to, and that in the optimiser's format.
        stages = [row for row in written if row.split(":")[0] in {name, name.replace("grad.", "average.", 1)}]
        row = stages[-1] if name.startswith("grad.") else name
        assert hashlib.sha256(codes).hexdigest() == written[row], (name, row)


@pytest.mark.parametrize("classes, layers, outputs", [
    ("", "  - {name: fc, op: linear, features: 5}\n", 5),
    ("classes: 3\n", "  - {name: fc, op: linear, features: 5}\n", 5),
    ("classes: 3\n", "  - {name: c, op: conv, channels: 3, kernel: 3}\n  - {name: r, op: relu}\n", 12)])
def test_what_trains_has_a_cost(binade, refused, tmp_path, classes, layers, outputs):
    """Labels are outputs of the last layer, however many classes the network's file says there are."""
    (tmp_path / "n.yaml").write_text(f"network: n\n{classes}inputs: [{{name: a, shape: [2, 4, 4]}}]\nlayers:\n{layers}")
    x = numpy.random.default_rng(3).normal(size=(8, 2, 4, 4)).astype(numpy.float32)
    numpy.savez(tmp_path / "d.npz", x=x, y=numpy.arange(8) % 4 + outputs - 4)
    train = ("train", "--network", "n.yaml", "--data", "d.npz", "--recipe", "positnn", "--batch", 4, "--steps", 1, *SMALL)
    for cost in ((), ("--cost", "--out", "out")):
        result = binade(*train, *cost)
        assert result.code == 0, result.err
    assert int(costs(tmp_path / "out")["step"]["cycles"]) > 0
    numpy.savez(tmp_path / "d.npz", x=x, y=numpy.arange(8) % 4 + outputs - 3)
    assert f"whole numbers 0..{outputs - 1}" in refused(*train, "--cost")


def test_a_resumed_run_keeps_its_cost(binade, tmp_path, data):
    options = (*TRAIN, "--set", "format=posit8", "--epochs", 2, "--out", "out")
    assert binade(*options, "--steps", 1, "--cost").code == 0
    before = (tmp_path / "out/cost.json").read_bytes()
    assert rows_of(tmp_path / "out/history.csv")[0]["accelerator_cycles"] == costs(tmp_path / "out")["first-step"]["cycles"]
    for more in (("--steps", 2), ("--steps", 4, "--cost")):
        assert binade(*options, *more, "--resume").code == 0
        assert (tmp_path / "out/cost.json").read_bytes() == before
    assert json.loads((tmp_path / "out/report.json").read_text())["cost"] is not None
    # What is not of this program is counted again.
    (tmp_path / "out/cost.json").write_bytes(before[:-40])
    assert binade(*options, "--steps", 5, "--cost", "--resume").code == 0
    again = json.loads((tmp_path / "out/cost.json").read_text())
    one, other = without_wall_time(json.loads(before)), without_wall_time(again)
    for report in (one, other):
        for name in ("first_step", "step", "last_step"):
            report[name].pop("wall_parts")
    assert one == other
    # A new run that does not ask has none.
    assert binade(*options, "--resume").code == 0
    assert binade(*options).code == 0
    assert not (tmp_path / "out/cost.json").exists() and not (tmp_path / "out/cost.csv").exists()
    assert json.loads((tmp_path / "out/report.json").read_text())["cost"] is None


def test_the_core_changes_no_figure(binade, tmp_path, data):
    for core in ("fast", "cycle", "lockstep"):
        result = binade(*TRAIN, "--recipe", "dfp8", "--steps", 1, "--cost", "--core", core, "--out", core)
        assert result.code == 0, result.err
        assert json.loads((tmp_path / core / "report.json").read_text())["cost"]["core"] == core
        assert (tmp_path / core / "cost.csv").read_text() == (tmp_path / "fast/cost.csv").read_text()
    # What one core has counted stays, unless another is asked for by name.
    goes_on = (*TRAIN, "--recipe", "dfp8", "--resume", "--cost", "--out", "cycle")
    before = (tmp_path / "cycle/cost.json").read_bytes()
    assert binade(*goes_on, "--steps", 2).code == 0 and (tmp_path / "cycle/cost.json").read_bytes() == before
    assert binade(*goes_on, "--steps", 2, "--core", "fast").code == 0
    assert json.loads((tmp_path / "cycle/report.json").read_text())["cost"]["core"] == "fast"


def test_first_exponents_that_the_device_tries_cost_once(binade, tmp_path, data):
    for where in ("golden", "device"):
        assert binade(*TRAIN, "--recipe", "flexpoint", "--set", f"flex.init={where}", "--steps", 1, "--cost", "--out", where).code == 0
    golden, device = (costs(tmp_path / where) for where in ("golden", "device"))
    assert int(device["first-step"]["cycles"]) > int(golden["first-step"]["cycles"])
    assert device["step"] == golden["step"] and device["epoch"] == golden["epoch"]


def test_the_energy_table_is_a_choice(binade, tmp_path, data):
    prices = [line.split(",") for line in (ROOT / "models/cost/published.csv").read_text().splitlines()]
    for row in prices:
        if row[0].startswith("int_"):
            row[1] = str(2 * float(row[1]))
    (tmp_path / "mine.csv").write_text("\n".join(map(",".join, prices)) + "\n")
    run = (*TRAIN, "--set", "format=posit8", "--epochs", 1, "--out", "out")
    assert binade(*run, "--steps", 1, "--cost", "--energy-table", "mine.csv").code == 0
    assert "mine.csv" in json.loads((tmp_path / "out/report.json").read_text())["cost"]["energy_table"]
    counted = (tmp_path / "out/cost.json").read_bytes()
    for options in ((), ("--cost",)):  # nobody has said what becomes of it
        asked = binade(*run, "--steps", 2, "--resume", *options)
        assert asked.code == 2 and "its cost is of other prices" in asked.err, asked.err
        assert "--cost-table" in asked.err and "--energy-table" in asked.err
    kept = binade(*run, "--steps", 2, "--resume", "--cost", "--energy-table", "mine.csv")
    assert kept.code == 0 and (tmp_path / "out/cost.json").read_bytes() == counted
    again = binade(*run, "--steps", 3, "--resume", "--cost", "--energy-table", ROOT / "models/cost/published.csv")
    assert again.code == 0 and "published.csv" in json.loads((tmp_path / "out/cost.json").read_text())["energy_table"]


def test_ctrl_c_ends_a_run_that_is_being_priced(tmp_path, data):
    process = subprocess.Popen([BINADE, *map(str, ("train", "--network", "lenet5", "--data", "data.npz", "--set", "core.rows=2", "--set",
                                "core.cols=2", "--batch", 20, "--recipe", "positnn", "--cost", "--core", "cycle", "--out", "out"))],
                               cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130 and "nothing has been trained" in err, (process.returncode, out, err)
    assert not (tmp_path / "out").exists()  # nothing is in it


def test_what_cannot_cost_is_refused_before_anything_runs(refused, tmp_path, data):
    assert "--cost" in refused(*TRAIN, "--core", "cycle")
    assert "train.arithmetic" in refused(*TRAIN, "--recipe", "binary64", "--cost", "--out", "out")
    assert "scratchpad" in refused(*TRAIN, "--recipe", "fp32", "--cost", "--out", "out", "--set", "scratchpad.a_bytes=1024",
                                   "--set", "scratchpad.b_bytes=1024", "--set", "core.rows=256", "--set", "core.dataflow=ws")
    assert [path.name for path in tmp_path.iterdir()] == ["data.npz"]
