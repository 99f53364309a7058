# SPDX-License-Identifier: Apache-2.0
"""LeNet-5, converted, beside `binade train`: same first weights, same batch, same recipe; every tensor of the forward and the backward
passes, code by code. The loss and the update are the program's, whose gradient of the loss goes into the backward pass."""
import collections

import numpy as np
import pytest

import binade

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

import binade.torch as bt  # noqa: E402
from conftest import PROGRAM  # noqa: E402

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no program in BINADE")
PRODUCTS = ["conv1", "conv2", "conv3", "fc1", "fc2"]
BATCH = 6
# Factors of products in 8-bit floats, all else in binary32: the recipe fp8 without its scales.
FP8 = """
name: fp8-unscaled
about: factors of products in 8-bit floats
source: ""
parameters: {F: fp8e4m3sat, B: fp8e5m2sat}
rules:
  - {format: fp32}
  - {layer: ["<conv>", "<linear>"], class: [I, A], read: $F}
  - {layer: ["<conv>", "<linear>"], class: D, read: $B}
  - {layer: ["<conv>", "<linear>"], class: W, pass: [forward, backward-data], format: $F}
"""


def lenet5():
    layers = [("conv1", nn.Conv2d(1, 6, 5, padding=2)), ("pool1", nn.MaxPool2d(2)), ("relu1", nn.ReLU()), ("conv2", nn.Conv2d(6, 16, 5)),
              ("pool2", nn.MaxPool2d(2)), ("relu2", nn.ReLU()), ("conv3", nn.Conv2d(16, 120, 5)), ("relu3", nn.ReLU()), ("flatten", nn.Flatten()),
              ("fc1", nn.Linear(120, 84)), ("relu4", nn.ReLU()), ("fc2", nn.Linear(84, 10))]
    return nn.Sequential(collections.OrderedDict(layers))


class Step:
    """A captured step: its tensors as values. `formats`: of the input, acts, deltas, gradients and parameters."""

    def __init__(self, path, formats):
        self.stored, self.formats = np.load(path), formats

    def exponent(self, name):
        return int(self.stored[f"{name}.exponent"])

    def values(self, name, kind):
        fmt, codes = self.formats[kind], self.stored[name]
        encoded = codes if binade.Format(fmt).states_exponent else binade.Encoded(codes, self.exponent(name))
        return torch.from_numpy(binade.decode(encoded, fmt, dtype=np.float32))


def run_step(step, number, recipe):
    """What the converted model makes of a step, by the names that the program has for it."""
    model, made = lenet5(), {}
    before = "init." if number == 1 else f"step{number - 1}.weight."
    model.load_state_dict({name: step.values(f"{before}{name}", "parameter") for name in model.state_dict()})
    bt.convert(model, recipe)

    def keep(name):
        def forward(module, inputs, output):
            made[f"act.{name}"] = output.detach()

        def backward(module, grad_input, grad_output):
            made[f"delta.{name}_in"] = grad_input[0]
        return forward, backward

    for name, module in model.named_children():
        forward, backward = keep(name)
        module.register_forward_hook(forward)
        module.register_full_backward_hook(backward)
    logits = model(step.values(f"step{number}.act.input", "input").requires_grad_())
    logits.backward(step.values(f"step{number}.delta.fc2_out", "delta").reshape(logits.shape))
    made.update({f"grad.{name}.weight": model.get_submodule(name).weight.grad for name in PRODUCTS})
    return {name: value for name, value in made.items() if "flatten" not in name}


def uniform(word):
    return {kind: word for kind in ("input", "act", "delta", "grad", "parameter")}


def trained(tmp_path, **options):
    binade.train(network="lenet5", batch=BATCH, steps=2, epochs=1, capture=tmp_path / "steps.npz", capture_steps=[1, 2], **options)
    return tmp_path / "steps.npz"


def compare(step, number, recipe, average=None):
    made = run_step(step, number, recipe)
    assert len([name for name in made if name.startswith("delta.")]) == 11 and len([name for name in made if name.startswith("act.")]) == 11
    for name, value in made.items():
        kind = name.split(".")[0]
        stored = f"step{number}.{name}" if name != "act.fc2" else f"step{number}.logits"
        if kind == "grad" and average is not None:
            value = torch.from_numpy(average(value.numpy()))
        expected = step.values(stored, kind).reshape(value.shape)
        assert torch.equal(value, expected), f"{stored}: {int((value != expected).sum())} of {value.numel()} differ"
        assert torch.any(value != 0)


@pytest.mark.parametrize("word", ["posit8", "posit16", "e6m7", "bf16", "fp16", "fp32", "dfp16", "dfp8", "sdfp8"])
def test_one_format(word, tmp_path):
    step = Step(trained(tmp_path, set={"format": word}), uniform(word))
    for number in (1, 2):
        compare(step, number, word)


@pytest.mark.parametrize("options, recipe, formats", [
    ({"recipe": "dfp8"}, bt.Recipe(bt.Pass("dfp8", out="fp32")), uniform("fp32")),
    ({"recipe": "hill"}, bt.Recipe("e6m7"), {**uniform("e6m7"), "parameter": "fp32"}),
    ({"recipe": "bf16"}, bt.Recipe(bt.Pass("bf16", accumulate="fp32")), {**uniform("bf16"), "parameter": "fp32"}),
    ({"recipe": "fp8"}, bt.Recipe(bt.Pass("fp8e4m3sat", out="fp32"), bt.Pass("fp8e5m2sat", "fp8e4m3sat", out="fp32")), uniform("fp32")),
], ids=["dfp8", "hill", "bf16", "fp8-unscaled"])
def test_recipes(options, recipe, formats, tmp_path):
    if options["recipe"] == "fp8":
        (tmp_path / "fp8.yaml").write_text(FP8)
        options = {"recipe": tmp_path / "fp8.yaml"}
    step = Step(trained(tmp_path, **options), formats)
    for number in (1, 2):
        compare(step, number, recipe)


@pytest.mark.parametrize("backward, gradient", [("posit8", "posit8"), ("posit10", "posit12es1")])
def test_positnn(backward, gradient, tmp_path):
    """Posit8 with optimiser and loss in posit16 (O16-L16), and with formats of their own for the backward passes. The program captures a
    gradient as it is read by the optimiser, after the quotient by the batch."""
    step = Step(trained(tmp_path, recipe=f"positnn,B={backward},G={gradient}"),
                {"input": "posit8", "act": "posit8", "delta": backward, "grad": "posit16", "parameter": "posit16"})

    def average(sums):
        return binade.quantize(binade.div(sums.astype(np.float64), float(BATCH), gradient), "posit16").astype(np.float32)

    for number in (1, 2):
        compare(step, number, bt.Recipe("posit8", backward, gradient), average)


def test_flexpoint(tmp_path):
    """Exponents are Autoflex's, which only the program predicts: they are told to the passes of each layer."""
    step = Step(trained(tmp_path, recipe="flexpoint"), uniform("flex16+5"))

    def recipe(layer, number):
        at = f"step{number}."
        names = [f"act.{layer}" if layer != "fc2" else "logits", f"delta.{layer}_in", f"grad.{layer}.weight"]
        return bt.Recipe(*(bt.Pass("flex16+5", exponent=step.exponent(at + name)) for name in names), weight_order="samples-innermost")

    for number in (1, 2):
        compare(step, number, {layer: recipe(layer, number) for layer in PRODUCTS})


def test_a_planted_difference_is_seen(tmp_path):
    """The recipe's rounding, and the signs of one filter."""
    step = Step(trained(tmp_path, set={"format": "posit8"}), uniform("posit8"))
    with pytest.raises(AssertionError, match="differ"):
        compare(step, 1, bt.Pass("posit8", rounding="rtz"))
    step.stored = {name: step.stored[name].copy() for name in step.stored}
    step.stored["init.conv3.weight"][0] = -step.stored["init.conv3.weight"][0]
    with pytest.raises(AssertionError, match="act.conv3: .* differ"):
        compare(step, 1, "posit8")
