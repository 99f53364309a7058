# SPDX-License-Identifier: Apache-2.0
"""A convolution and a linear layer of `binade run` computed again in Python: every element, in every family."""
import numpy as np
import pytest

import binade

from conftest import PROGRAM

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no program in BINADE")
NETWORK = """
network: small
classes: 4
inputs:
  - {name: input, shape: [2, 9, 8]}
layers:
  - {name: conv1, op: conv, channels: 6, kernel: 3, stride: 2, pad: 1}
  - {name: relu1, op: relu}
  - {name: flat, op: flatten}
  - {name: fc1, op: linear, features: 4}
"""


@pytest.fixture(scope="module")
def problem(tmp_path_factory):
    folder, random = tmp_path_factory.mktemp("network"), np.random.default_rng(0)
    shapes = {"conv1.weight": (6, 2, 3, 3), "conv1.bias": (6,), "fc1.weight": (4, 120), "fc1.bias": (4,)}
    weights = {name: random.normal(size=shape).astype(np.float32) * np.float32(0.3) for name, shape in shapes.items()}
    x = random.normal(size=(3, 2, 9, 8)).astype(np.float32)
    (folder / "net.yaml").write_text(NETWORK)
    np.savez(folder / "weights.npz", **weights)
    np.savez(folder / "input.npz", input=x)
    return folder, weights, x


@pytest.mark.parametrize("word, policy", [("posit8", "exact"), ("posit8", "serial"), ("fp8e4m3", "fp32"), ("e6m7", "serial"), ("bf16", "exact"),
                                          ("dfp8", "exact"), ("dfp8", "chained"), ("fixed16.8", "exact")])
@pytest.mark.parametrize("rounding", ["rne", "rtz"])
def test_layers_are_those_of_the_program(problem, word, policy, rounding):
    folder, weights, x = problem
    options = dict(accumulate=policy, rounding=rounding)
    done = binade.run(network=folder / "net.yaml", weights=folder / "weights.npz", input=folder / "input.npz", samples=3, format=word,
                      save=folder / "out.npz", set={"accumulate": policy, "rounding": rounding})
    assert done.reports[0]["tensors"].startswith("inputs: input.npz")
    theirs = np.load(folder / "out.npz")

    def encoded(values):
        return binade.encode(values, word, rounding=rounding)

    conv = binade.conv2d(encoded(x), encoded(weights["conv1.weight"]), word, bias=encoded(weights["conv1.bias"]), stride=2, padding=1, **options)
    hidden = np.maximum(binade.decode(conv, word), 0)
    assert np.array_equal(hidden, theirs["relu1"])
    flat = binade.encode(hidden.reshape(3, -1), word, exponent=conv.exponent if isinstance(conv, binade.Encoded) else None)
    result = binade.matmul(flat, encoded(np.ascontiguousarray(weights["fc1.weight"].T)), word, bias=encoded(weights["fc1.bias"]), **options)
    codes = result.codes if isinstance(result, binade.Encoded) else result
    assert np.array_equal(codes, theirs["fc1.codes"].reshape(3, 4))
