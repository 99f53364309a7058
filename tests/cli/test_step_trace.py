# SPDX-License-Identifier: Apache-2.0
"""`binade trace --step`: what it holds, that the shipped ones are what their command makes, and what it refuses."""
import json
import subprocess

import numpy
import pytest

from conftest import BINADE, ROOT

RECIPES = sorted(path.stem.removeprefix("step-") for path in (ROOT / "traces").glob("step-*.npz"))
NETWORK = ROOT / "traces/step-network.yaml"
SMALL = ("--network", NETWORK, "--recipe", "positnn", "--batch", 4, "--seed", 5, "--set", "train.lr=0.1")


def members(file):
    with numpy.load(file) as archive:
        return {name: archive[name] for name in archive.files}


def facts_of(trace):
    return json.loads(bytes(trace["step"]))


def test_every_recipe_of_the_folder_is_installed_and_documented():
    listed = (ROOT / "traces/CMakeLists.txt").read_text(), (ROOT / "traces/README.md").read_text()
    script = (ROOT / "traces/make_step_traces.sh").read_text()
    assert len(RECIPES) >= 8
    for recipe in RECIPES:
        assert all(recipe in text for text in (*listed, script)), recipe


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_shipped_trace_is_what_its_command_makes(tmp_path, recipe):
    done = subprocess.run([ROOT / "traces/make_step_traces.sh", BINADE, tmp_path, recipe], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / f"step-{recipe}.npz").read_bytes() == (ROOT / f"traces/step-{recipe}.npz").read_bytes(), recipe


def test_a_trace_has_what_a_capture_of_the_step_has(binade, tmp_path):
    assert binade("trace", *SMALL, "--step", 3, "--out", "step.npz").code == 0
    assert binade("train", *SMALL, "--steps", 3, "--capture", "capture.npz", "--capture-steps", 3).code == 0
    trace, capture = members(tmp_path / "step.npz"), members(tmp_path / "capture.npz")
    facts = facts_of(trace)
    first = {further: name for name, tensor in facts["tensors"].items() for further in tensor["names"]}
    compared = 0
    for key, codes in capture.items():
        if not key.startswith("step3.") or key == "step3.loss":
            continue
        name = key.removeprefix("step3.")
        ours = trace.get("step3." + first.get(name, name))
        if ours is None:
            assert name == "delta.conv1_in", name  # which no step needs
            continue
        assert numpy.array_equal(ours.reshape(codes.shape), codes), name
        compared += 1
    assert compared > 40
    assert facts["facts"]["loss"] == capture["step3.loss"]
    assert facts["facts"]["recipe"] == "positnn" and facts["facts"]["step"] == 3 and facts["facts"]["seed"] == 5
    assert facts["facts"]["learning_rate"] == 0.1 and facts["facts"]["config"]["train.batch"] == "4"


def test_products_can_be_read_with_numpy(binade, tmp_path):
    """The walk of a padded convolution's rows is its im2col matrix."""
    assert binade("trace", *SMALL, "--step", 1, "--out", "step.npz").code == 0
    trace = members(tmp_path / "step.npz")
    product = next(one for one in facts_of(trace)["products"] if one["name"] == "act.conv2")
    codes = trace["step1." + product["a"]]
    samples, channels, height, width = codes.shape
    padded = numpy.pad(codes, ((0, 0), (0, 0), (1, 1), (1, 1)))
    expected = numpy.stack([padded[n, :, y:y + 3, x:x + 3].ravel() for n in range(samples) for y in range(height) for x in range(width)])
    walk = product["parts"][0]["a"]
    rows, depths = walk["rows"], walk["k"]

    def element(row, k):
        at = [walk["first"], walk["height"][1], walk["width"][1]]
        for axes, number in ((rows, row), (depths, k)):
            inner = axes[1][0] * axes[2][0]
            for axis, index in zip(axes, (number // inner, number % inner // axes[2][0], number % axes[2][0])):
                at = [place + index * step for place, step in zip(at, axis[1:])]
        (h, w), (sizes, divisors) = at[1:], zip(*[(side[0], side[2]) for side in (walk["height"], walk["width"])])
        inside = h % divisors[0] == 0 and w % divisors[1] == 0 and 0 <= h // divisors[0] < sizes[0] and 0 <= w // divisors[1] < sizes[1]
        return codes.ravel()[at[0] + h // divisors[0] * sizes[1] + w // divisors[1]] if inside else 0

    assert (product["m"], product["k"]) == expected.shape == (samples * height * width, channels * 9)
    for row in range(0, product["m"], 7):
        assert [element(row, k) for k in range(product["k"])] == expected[row].tolist(), row


def float8(codes, exponent_bits):
    """Finite values of fp8e4m3 and fp8e5m2."""
    mantissa_bits = 7 - exponent_bits
    exponent, mantissa = (codes & 127) >> mantissa_bits, codes & (1 << mantissa_bits) - 1
    bias = (1 << exponent_bits - 1) - 1
    whole = numpy.where(exponent == 0, mantissa, mantissa + (1 << mantissa_bits)).astype(float)
    return numpy.where(codes & 128, -1, 1) * numpy.ldexp(whole, numpy.maximum(exponent, 1).astype(int) - bias - mantissa_bits)


def test_values_of_scaled_tensors_follow_from_the_file():
    trace = members(ROOT / "traces/step-fp8.npz")
    tensors = facts_of(trace)["tensors"]
    compared = 0
    for name in tensors:
        if not name.endswith(":scaled"):
            continue
        exponent = trace[f"step80.{name}.exponent"]
        source, form, _ = name.split(":")
        if source not in tensors:
            continue
        largest = numpy.ldexp({"fp8e4m3sat": 448.0, "fp8e5m2sat": 57344.0}[form], exponent)  # the scale follows from earlier steps
        expected = numpy.clip(trace[f"step80.{source}"].view(numpy.float32), -largest, largest)
        values = numpy.ldexp(float8(trace[f"step80.{name}"], int(form[4])), exponent)
        assert numpy.all(abs(values - expected) <= abs(expected) / 8 + numpy.ldexp(1.0, exponent - 9)), name
        compared += expected.any()
    assert compared >= 5


def test_samples_are_the_first_of_the_batch(binade, tmp_path):
    assert binade("trace", *SMALL, "--step", 2, "--out", "four.npz").code == 0
    assert binade("trace", *SMALL, "--step", 2, "--samples", 2, "--out", "two.npz").code == 0
    four, two = members(tmp_path / "four.npz"), members(tmp_path / "two.npz")
    assert numpy.array_equal(two["input"], four["input"][:2]) and numpy.array_equal(two["labels"], four["labels"][:2])
    for name in two:
        if name.startswith("session/"):
            assert numpy.array_equal(two[name], four[name]), name


def test_a_run_starts_from_it(binade):
    result = binade("run", "--trace", "traces/step-positnn.npz", "--recipe", "positnn", "--report-format", "json")
    assert result.code == 0, result.err
    assert "trace step-positnn.npz (activations after image): step 80" in result.out


def test_real_samples(binade, data_directory):
    result = binade("trace", *SMALL, "--data", data_directory, "--step", 2, "--samples", 2, "--out", "step.npz")
    assert result.code == 0 and "MNIST" not in result.err, result.err


@pytest.mark.parametrize("arguments, words", [
    ((*SMALL, "--step", 0), ["--step"]),
    ((*SMALL, "--step", 10**9), ["--step", "1.."]),
    ((*SMALL, "--step", 2, "--samples", 5), ["--samples", "1..4"]),
    ((*SMALL, "--step", 2, "--after", "conv1"), ["--after"]),
    ((*SMALL,), ["--step"]),
    (("--network", NETWORK), ["--after", "--step"]),
    (("--network", "lenet5", "--after", "pool1"), ["--data"]),
    (("--network", NETWORK, "--recipe", "binary64", "--step", 1), ["real numbers", "allowed"]),
    (("--network", NETWORK, "--recipe", "fp16", "--step", 30, "--set", "train.lr=1000"), ["step", "finite", "allowed"]),
    (("--network", "mobilenetv3", "--step", 1), ["mobilenetv3"]),
])
def test_refusals(binade, tmp_path, arguments, words):
    result = binade("trace", *arguments, "--out", "step.npz")
    assert result.code == 2 and result.out == "", (result.out, result.err)
    message = "\n".join(line for line in result.err.splitlines() if line.startswith("binade: error: "))
    assert all(word in message for word in words), result.err
    assert not (tmp_path / "step.npz").exists()


def test_a_trace_replaces_no_file_that_it_is_made_from(binade, tmp_path):
    (tmp_path / "keys.yaml").write_text("train: {batch: 4}\n")
    (tmp_path / "mine.yaml").write_text((ROOT / "recipes/wider-ends.yaml").read_text())
    for option, file in (("--config", "keys.yaml"), ("--recipe", "mine.yaml")):
        before = (tmp_path / file).read_bytes()
        result = binade("trace", "--network", NETWORK, "--batch", 4, "--step", 1, option, file, "--out", file)
        assert result.code == 2 and f"--out {file}: the command uses that file" in result.err, result.err
        assert (tmp_path / file).read_bytes() == before


def change(trace, edit):
    """The trace with an edit of its JSON."""
    facts = facts_of(trace)
    edit(facts)
    return {**trace, "step": numpy.frombuffer(json.dumps(facts).encode(), dtype=numpy.uint8)}


@pytest.mark.parametrize("edit, words", [
    (lambda facts: facts.pop("products"), ["products"]),
    (lambda facts: facts["products"][1].update(a="act.nothing"), ["act.nothing"]),
    (lambda facts: facts["products"][1].update(m=10**6), ["act.conv2", "leaves the tensor"]),
    (lambda facts: facts["products"][1].update(k="many"), ["step"]),
    (lambda facts: facts["products"][1].update(product_shift=128), ["act.conv2", "product_shift", "127"]),
    (lambda facts: facts["products"][1].update(product_shift=2**32), ["product_shift", "allowed"]),
    (lambda facts: facts["products"][1].update(bias_shift=-129), ["act.conv2", "bias_shift", "-128"]),
    (lambda facts: facts["products"][1].update(seed=-1), ["seed", "allowed"]),
    (lambda facts: facts["products"][1].update(logical_cols=-1), ["act.conv2", "logical_cols"]),
    (lambda facts: facts["products"][1]["parts"][0]["base"].__setitem__(0, 2**32), ["act.conv2", "m_base"]),
    (lambda facts: facts["products"][1]["parts"][0]["base"].__setitem__(1, -1), ["act.conv2", "n_base"]),
    (lambda facts: facts["products"][1]["mode"].update(accumulate="exact", acc_bits=10**6), ["acc_bits"]),
    (lambda facts: facts["products"][1]["mode"].update(a="posit99"), ["posit99"]),
    (lambda facts: facts["products"][1]["parts"][0]["a"]["rows"][1].__setitem__(0, 0), ["act.conv2", "size"]),
    (lambda facts: facts["tensors"]["act.conv1"].update(format="posit16"), ["act.conv1"]),
    (lambda facts: facts["tensors"]["act.conv1"].update(format="posit7"), ["act.conv1", "posit7"]),
    (lambda facts: facts["tensors"].update(more=dict(format="posit8", names=[], **{"class": "delta"})), ["more", "missing"]),
])
def test_damaged_traces_are_refused(refused, tmp_path, edit, words):
    numpy.savez(tmp_path / "changed.npz", **change(members(ROOT / "traces/step-positnn.npz"), edit))
    message = refused("verify", "posit_pe", "--stimulus", "trace", "--trace", "changed.npz", "--layer", "conv2", "--pass", "forward")
    assert "changed.npz" in message and all(word in message for word in words), message
