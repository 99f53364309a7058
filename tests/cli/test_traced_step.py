# SPDX-License-Identifier: Apache-2.0
"""`binade run --pass` from a `--trace` of a training step: the step runs again on the accelerator, from the file alone, and every tensor
of it is compared."""
import io
import json
import zipfile

import jsonschema
import numpy
import pytest

from conftest import ROOT, TRACE, without_wall_time

TRACES = {path.stem.removeprefix("step-"): path for path in sorted((ROOT / "traces").glob("step-*.npz"))}
SMALL = ("--set", "core.rows=4", "--set", "core.cols=4")
NETWORK = ROOT / "traces/step-network.yaml"
RUN_SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/report.schema.json").read_text()))


def members(file):
    with numpy.load(file) as archive:
        return {name: archive[name] for name in archive.files}


def facts_of(trace):
    return json.loads(bytes(trace["step"]))


def with_facts(trace, facts):
    return {**trace, "step": numpy.frombuffer(json.dumps(facts).encode(), dtype=numpy.uint8)}


def step_of(binade, trace, *options, passes="step"):
    result = binade("run", "--trace", trace, "--pass", passes, "--report-format", "json", *options)
    assert result.code == 0, result.err
    return result.json()


def tensors_of(trace):
    """Biases as sums took them are no tensors of a step."""
    return [name for name in facts_of(trace)["tensors"] if not name.startswith("bias.")]


@pytest.mark.parametrize("recipe", TRACES)
def test_a_shipped_step_has_the_tensors_of_its_trace_on_every_core(binade, recipe):
    trace = members(TRACES[recipe])
    fast = step_of(binade, TRACES[recipe], "--check")
    RUN_SCHEMA.validate(fast)
    facts = facts_of(trace)["facts"]
    assert fast["recorded_tensors"] == len(tensors_of(trace)) > 50
    assert fast["reference"].startswith("OpenBLAS") and fast["output"]["sqnr_db"] > 15
    assert all(isinstance(row[kind]["max_ulp"], (int, float)) for row in fast["layers"] for kind in ("end_to_end", "datapath"))
    assert fast["format"] == recipe and fast["samples"] == fast["batch"] == 4 and fast["seed"] == facts["seed"]
    assert fast["config"]["train.lr"] == facts["learning_rate"] and fast["tensors"].startswith(f"trace step-{recipe}.npz")
    # Sums of codes with scales are compared as what they stand for: they are binary32.
    unscaled = [row for row in fast["layers"] if row["name"].endswith(":unscaled")]
    assert bool(unscaled) == (recipe == "fp8") and all(float(row["datapath"]["sqnr_db"]) > 100 for row in unscaled)
    cycle = step_of(binade, TRACES[recipe], "--core", "cycle", *SMALL, "--set", "core.dataflow=ws")
    assert cycle["recorded_tensors"] == fast["recorded_tensors"] and cycle["digest"] == fast["digest"] != ""


@pytest.mark.parametrize("recipe", ["flexpoint", "dfp8"])
def test_on_the_rtl(binade, recipe):
    rtl = step_of(binade, TRACES[recipe], "--core", "lockstep", *SMALL)
    fast = step_of(binade, TRACES[recipe], *SMALL)
    assert rtl["recorded_tensors"] == fast["recorded_tensors"] and rtl["digest"] == fast["digest"]
    assert rtl["total_cycles"] == fast["total_cycles"]


def test_some_passes_are_compared_up_to_the_last(binade):
    whole = step_of(binade, TRACES["positnn"])
    forward = step_of(binade, TRACES["positnn"], passes="forward")
    assert 0 < forward["recorded_tensors"] < whole["recorded_tensors"]
    assert forward["layers"] == [row for row in whole["layers"] if row["pass"] == "forward"]
    update = step_of(binade, TRACES["positnn"], passes="update")
    assert update["recorded_tensors"] == whole["recorded_tensors"]


def test_the_machine_is_the_users(binade):
    """No key of the machine changes a bit, and the run is compared whichever is set."""
    for keys in (("core.overlap=none", "core.edge=full"), ("core.pe_latency=2", "core.lane_latency=4"), ("vector.lanes=8", "queue_depth=2"),
                 ("scratchpad.a_bytes=8192", "scratchpad.b_bytes=8192", "scratchpad.o_bytes=8192", "dram.preset=hbm2"),
                 ("bus.bytes_per_cycle=16", "clock_ghz=0.5"), ("memory.ideal=true",), ("flex.init=device",)):
        sets = [word for key in keys for word in ("--set", key)]
        assert step_of(binade, TRACES["flexpoint"], *sets)["recorded_tensors"] > 60, keys
    assert step_of(binade, TRACES["flexpoint"], "--preset", "scalesim")["recorded_tensors"] > 60


def test_what_a_report_says(binade, tmp_path):
    command = ("run", "--trace", TRACES["bf16"], "--pass", "step", "--out", "out")
    first = binade(*command)
    assert first.code == 0, first.err
    report = json.loads((tmp_path / "out/report.json").read_text())
    said = f"{report['recorded_tensors']} tensors of the trace, every code equal"
    assert f"compared: {said}\n" in first.out and said in (tmp_path / "out/report.html").read_text()
    before = (tmp_path / "out/report.json").read_text()
    assert binade(*command, "--resume").code == 0
    assert (tmp_path / "out/report.json").read_text() == before
    # Another file is another run, whatever it says of the step.
    trace = members(TRACES["bf16"])
    numpy.savez(tmp_path / "step-bf16.npz", **trace)
    other = step_of(binade, "step-bf16.npz")
    assert other["identity"] != report["identity"]
    assert without_wall_time({**other, "identity": ""}) == without_wall_time({**report, "identity": ""})


def test_the_printed_configuration_is_that_of_the_file(binade):
    printed = binade("run", "--trace", TRACES["positnn"], "--pass", "step", "--print-config")
    assert printed.code == 0, printed.err
    assert "lr: 0.05" in printed.out and "# formats of step-network by positnn" in printed.out and "# grad.fc2.bias" in printed.out


@pytest.mark.parametrize("recipe", ["dfp8", "positnn", "fp8"])
def test_a_wrong_code_in_any_tensor_is_found(binade, tmp_path, recipe):
    trace = members(TRACES[recipe])
    names = tensors_of(trace)
    for number, name in enumerate(names[::3] + [name for name in names if name.startswith(("velocity.", "before."))]):
        key = f"step80.{name}"
        codes = trace[key].copy()
        element = (number * 7919) % codes.size
        codes.reshape(-1)[element] ^= 1
        numpy.savez(tmp_path / "wrong.npz", **{**trace, key: codes})
        result = binade("run", "--trace", "wrong.npz", "--pass", "step")
        assert result.code == 1 and result.out == "", (name, result.err)
        assert f"the device and wrong.npz differ: element {element} of '{name}' is code " in result.err, (name, result.err)


def test_a_wrong_exponent_scale_or_loss_is_found(binade, tmp_path):
    for recipe, key in (("dfp8", "step80.act.pool1:dfp8.exponent"), ("flexpoint", "step80.grad.fc1.weight.exponent"),
                        ("fp8", "step80.act.pool2:fp8e4m3sat:scaled.exponent")):
        trace = members(TRACES[recipe])
        numpy.savez(tmp_path / "wrong.npz", **{**trace, key: trace[key] + 1})
        result = binade("run", "--trace", "wrong.npz", "--pass", "step")
        assert result.code == 1 and f"exponents of '{key[7:-9]}'" in result.err, (key, result.err)
    trace = members(TRACES["dfp8"])
    facts = facts_of(trace)
    facts["facts"]["loss"] += 2**-40
    numpy.savez(tmp_path / "wrong.npz", **with_facts(trace, facts))
    result = binade("run", "--trace", "wrong.npz", "--pass", "step")
    assert result.code == 1 and "the loss: the device and wrong.npz differ" in result.err, result.err
    assert binade("run", "--trace", "wrong.npz", "--pass", "forward").code == 0  # it has none


def test_a_wrong_state_is_found(binade, tmp_path):
    """A weight that the step begins with is not the one that its products read."""
    trace = members(TRACES["positnn"])
    key = "session/tensor/weight.fc1.weight:posit8"
    codes = trace[key].copy()
    codes.reshape(-1)[5] ^= 1
    numpy.savez(tmp_path / "wrong.npz", **{**trace, key: codes})
    result = binade("run", "--trace", "wrong.npz", "--pass", "step")
    assert result.code == 1 and "element 5 of 'before.weight.fc1.weight:posit8'" in result.err, result.err


@pytest.mark.parametrize("options, words", [
    (("--recipe", "positnn"), ["'act.conv1 activation", "'act.conv1 activation posit8 exact rne' here", "recipe that it was made with"]),
    (("--format", "posit8"), ["--format", "recipe"]),
    (("--seed", 2), ["--seed 2", "has 1"]),
    (("--seed", 0), ["--seed 0", "has 1"]),
    (("--batch", 16), ["--batch 16", "has 4 samples"]),
    (("--network", "mlp"), ["--network mlp", "step-network"]),
    (("--set", "train.lr=0.1"), ["train.lr: 0.1, where step 80 of", "has 0.05"]),
    (("--set", "train.momentum=0", "--set", "accumulate=serial"), ["train.momentum: 0", "accumulate: serial", "keys of the machine"]),
    (("--set", "dfp.add_shift=1"), ["dfp.add_shift"]),
    (("--set", "sdfp.weights=auto"), ["sdfp.weights"]),
    (("--samples", 2), ["--samples with --pass"]),
    (("--data", "."), ["--trace: it brings its own tensors"]),
    (("--values", "none"), ["--values none"]),
    (("--layers", "fc1"), ["--layers with --pass"]),
    (("--rtl-sample", "none"), ["--rtl-sample"]),
])
def test_what_contradicts_the_file_is_refused(refused, tmp_path, options, words):
    message = refused("run", "--trace", TRACES["dfp8"], "--pass", "step", *options, "--out", "out")
    assert all(word in message for word in words), message
    assert not list(tmp_path.iterdir())


def test_what_the_file_says_may_be_said_again(binade):
    said = ("--recipe", "dfp8", "--seed", 1, "--batch", 4, "--network", NETWORK, "--set", "train.lr=0.05")
    assert step_of(binade, TRACES["dfp8"], *said)["digest"] == step_of(binade, TRACES["dfp8"])["digest"]


@pytest.mark.parametrize("damage, words", [
    (lambda trace: trace.pop("session/tensor/velocity.fc1.bias"), ["session", "no array 'tensor/velocity.fc1.bias'"]),
    (lambda trace: trace.pop("session/exponent/weight.fc1.weight:dfp8"), ["no array 'exponent/weight.fc1.weight:dfp8'"]),
    (lambda trace: trace.pop("session/autoflex/histories"), ["autoflex/histories"]),
    (lambda trace: trace.update({"session/tensor/more": numpy.zeros(3, dtype=numpy.uint32)}), ["'tensor/more' is of no tensor"]),
    (lambda trace: trace.update({"session/tensor/weight.fc2.bias": numpy.zeros(9, dtype=numpy.uint32)}), ["has 9 elements, its tensor 10"]),
    (lambda trace: trace.pop("step80.velocity.fc1.bias"), ["velocity.fc1.bias", "missing"]),
    (lambda trace: trace.pop("input"), ["input is missing"]),
    (lambda trace: trace.update(labels=numpy.array([0, 1, 2], dtype=numpy.int64)), ["labels"]),
    (lambda trace: trace.pop("fc1.weight"), ["fc1.weight"]),
    (lambda trace: trace.pop(next(name for name in trace if name.startswith("step80.") and name.endswith(".exponent"))),
     [".exponent: is missing"]),
])
def test_damaged_traces_are_refused(refused, tmp_path, damage, words):
    trace = members(TRACES["dfp8"])
    damage(trace)
    numpy.savez(tmp_path / "bad.npz", **trace)
    message = refused("run", "--trace", "bad.npz", "--pass", "step")
    assert message.count("bad.npz") == 1 and all(word in message for word in words), message


@pytest.mark.parametrize("edit, words", [
    (lambda facts: facts["tensors"].pop("velocity.fc1.bias"), ["'velocity.fc1.bias' is missing"]),
    (lambda facts: facts["facts"].update(recipe="dfp16"), ["formats", "here"]),
    (lambda facts: facts["facts"].update(recipe="mine.yaml"), ["its recipe", "mine.yaml"]),
    (lambda facts: facts["facts"]["config"].update({"core.colours": "3"}), ["core.colours"]),
    (lambda facts: facts["facts"]["config"].update({"core.rows": "none"}), ["core.rows"]),
    (lambda facts: facts["facts"]["config"].update({"train.momentum": "0"}), []),
    (lambda facts: facts["facts"].update(step=0), []),
    (lambda facts: facts["facts"].pop("config"), ["step", "config"]),
])
def test_facts_that_no_step_has_are_refused(binade, tmp_path, edit, words):
    trace = members(TRACES["dfp8"])
    facts = facts_of(trace)
    edit(facts)
    numpy.savez(tmp_path / "bad.npz", **with_facts(trace, facts))
    result = binade("run", "--trace", "bad.npz", "--pass", "step")
    if not words:  # a step all the same, another one
        assert result.code in (1, 2) and "bad.npz" in result.err, result.err
        return
    assert result.code == 2 and "bad.npz" in result.err and all(word in result.err for word in words), result.err


def test_files_that_are_no_step_are_refused(refused, tmp_path):
    whole = TRACES["dfp8"].read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[:len(whole) // 2])
    (tmp_path / "text.npz").write_text("nothing")
    (tmp_path / "empty.npz").write_bytes(b"")
    archive = io.BytesIO()
    zipfile.ZipFile(archive, "w").close()
    (tmp_path / "nothing.npz").write_bytes(archive.getvalue())
    for name in ("cut.npz", "text.npz", "empty.npz", "nothing.npz"):
        assert name in refused("run", "--trace", name, "--pass", "step")
    assert "step" in refused("run", "--trace", TRACE, "--pass", "step")
    assert "absent.npz" in refused("run", "--trace", "absent.npz", "--pass", "step")


OWN = {
    "a format alone": ("--set", "format=posit16"),
    "of the name of a recipe": ("--set", "format=dfp8"),
    "with parameters": ("--recipe", "positnn,O=posit12,L=posit12,quire=off"),
    "the other preset": ("--recipe", "flexpoint,preset=ngraph"),
    "the first step": ("--recipe", "dfp16", "--step", "1"),
    "adam": ("--recipe", "bf16", "--set", "train.optimiser=adam"),
    "rmsprop": ("--recipe", "fp8", "--set", "train.optimiser=rmsprop"),
    "without momentum": ("--recipe", "dfp8", "--set", "train.momentum=0"),
    "nesterov and decay": ("--recipe", "positnn", "--set", "train.nesterov=true", "--set", "train.weight_decay=0.01"),
    "mean squares": ("--recipe", "flexpoint", "--set", "train.loss=mse"),
    "a schedule": ("--recipe", "dfp8", "--set", "train.schedule=cosine", "--epochs", "2"),
    "stochastic": ("--recipe", "sdfp8,rounding=sr"),
    "a scaled loss": ("--recipe", "fp16", "--set", "train.loss_scale=256"),
}


@pytest.mark.parametrize("name", OWN)
def test_ones_own_steps(binade, tmp_path, name):
    words = OWN[name] if "--step" in OWN[name] else (*OWN[name], "--step", 3)
    made = binade("trace", "--network", NETWORK, *words, "--batch", 4, "--seed", 9, "--out", "own.npz")
    assert made.code == 0, made.err
    report = step_of(binade, "own.npz", "--core", "cycle", *SMALL, "--check")
    assert report["recorded_tensors"] == len(tensors_of(members(tmp_path / "own.npz")))


def test_errors_are_those_against_real_numbers(binade, tmp_path):
    """End to end against the same step of `train` in binary64, datapath against NumPy's products of the codes."""
    made = binade("trace", "--network", NETWORK, "--recipe", "bf16", "--batch", 4, "--step", 1, "--seed", 9, "--out", "own.npz")
    assert made.code == 0, made.err
    trace = members(tmp_path / "own.npz")
    numpy.savez(tmp_path / "data.npz", x=trace["input"], y=trace["labels"])
    numpy.savez(tmp_path / "first.npz", **{name: trace[name] for name in trace if name.startswith(("conv", "fc"))})
    real = binade("train", "--network", NETWORK, "--recipe", "binary64", "--data", "data.npz", "--init", "first.npz", "--batch", 4,
                  "--order", "sequential", "--steps", 1, "--capture", "real.npz", "--capture-steps", 1)
    assert real.code == 0, real.err
    reals = members(tmp_path / "real.npz")

    def values(name):
        codes = trace["step1." + name]
        return (codes.astype(numpy.uint32) << (16 if codes.dtype == numpy.uint16 else 0)).view(numpy.float32).astype(float)

    def sqnr(reference, result):
        return pytest.approx(10 * numpy.log10((reference ** 2).sum() / ((reference - result) ** 2).sum()), abs=1e-6)

    rows = {row["name"]: row for row in step_of(binade, "own.npz")["layers"]}
    named = [name for name in rows if "step1." + name in trace]
    assert {"act.conv1", "act.fc2", "dloss", "delta.pool1_in", "grad.conv1.weight", "weight.fc1.bias"} <= set(named)
    for name in named:
        reference, result = reals["step1." + name], values(name)
        assert rows[name]["end_to_end"]["sqnr_db"] == sqnr(reference, result), name
        relative = abs(result - reference)[reference != 0] / abs(reference)[reference != 0]
        assert rows[name]["end_to_end"]["mean_relative"] == pytest.approx(relative.mean(), rel=1e-6), name
    x, delta = values("act.relu3").reshape(4, 16), values("delta.fc2_out").reshape(4, 10)
    weight, bias = values("before.weight.fc2.weight:bf16"), values("before.weight.fc2.bias:bf16")
    for name, product in (("act.fc2", x @ weight.T + bias), ("grad.fc2.weight", delta.T @ x), ("grad.fc2.bias", delta.sum(0)), ("delta.fc2_in", delta @ weight)):
        assert rows[name]["datapath"]["sqnr_db"] == sqnr(product, values(name).reshape(product.shape)), name
    without = {row["name"]: row for row in step_of(binade, "own.npz", "--reference", "none")["layers"]}
    assert all(row["end_to_end"]["sqnr_db"] is None and row["datapath"]["max_ulp"] is None for row in without.values())
    assert {name: row["digest"] for name, row in without.items()} == {name: row["digest"] for name, row in rows.items()}


def test_a_recipe_in_a_file_and_dropout(binade, tmp_path):
    """Masks follow from the seed; a file's recipe is read anew, from where the user says it is."""
    (tmp_path / "drop.yaml").write_text("""
network: drop
classes: 10
inputs: [{name: input, shape: [1, 28, 28]}]
layers:
  - {name: flat, op: flatten}
  - {name: fc1, op: linear, features: 8}
  - {name: norm, op: batchnorm}
  - {name: relu, op: relu}
  - {name: drop, op: dropout, rate: 0.25}
  - {name: fc2, op: linear, features: 10}
""")
    (tmp_path / "mine.yaml").write_text((ROOT / "recipes/dfp16.yaml").read_text().replace("name: dfp16", "name: mine", 1))
    made = binade("trace", "--network", "drop.yaml", "--recipe", "mine.yaml", "--batch", 4, "--step", 2, "--seed", 9, "--out", "own.npz")
    assert made.code == 0, made.err
    assert step_of(binade, "own.npz", "--check")["recorded_tensors"] > 20
    (tmp_path / "mine.yaml").rename(tmp_path / "elsewhere.yaml")
    result = binade("run", "--trace", "own.npz", "--pass", "step")
    assert result.code == 2 and "own.npz: its recipe: --recipe: 'mine.yaml'" in result.err, result.err
    assert step_of(binade, "own.npz", "--recipe", "elsewhere.yaml")["recorded_tensors"] > 20


def test_a_step_on_real_samples(binade, tmp_path, data_directory):
    made = binade("trace", "--network", "lenet5", "--data", data_directory, "--recipe", "flexpoint", "--batch", 8, "--step", 4, "--samples", 2,
                  "--out", "own.npz")
    assert made.code == 0, made.err
    report = step_of(binade, "own.npz", "--check")
    assert report["recorded_tensors"] == len(tensors_of(members(tmp_path / "own.npz"))) and "MNIST" in report["tensors"]
