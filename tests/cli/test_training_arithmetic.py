# SPDX-License-Identifier: Apache-2.0
"""Tensors that `binade train --capture` writes, against their definitions in exact rationals and NumPy's binary32."""

import bisect
import re
import subprocess
from fractions import Fraction

import numpy as np
import pytest

from conftest import BINADE
from eval_reference import Posit

BATCH, STEPS, SIDE, CHANNELS, CLASSES = 3, 4, 6, 3, 5
NETWORK = f"""
network: small
classes: {CLASSES}
inputs:
  - {{name: input, shape: [1, {SIDE}, {SIDE}]}}
layers:
  - {{name: conv1, op: conv, channels: {CHANNELS}, kernel: 3, pad: 1}}
  - {{name: relu1, op: relu}}
  - {{name: flat, op: flatten}}
  - {{name: fc1, op: linear, features: {CLASSES}}}
"""


def train(folder, recipe, *settings):
    """The capture of every step."""
    draw = np.random.default_rng(11)
    x = draw.normal(size=(BATCH * STEPS, 1, SIDE, SIDE)) * np.repeat([1, 3, 0.2, 40], BATCH)[:, None, None, None]
    np.savez(folder / "data.npz", x=x.astype(np.float32), y=draw.integers(0, CLASSES, BATCH * STEPS))
    (folder / "net.yaml").write_text(NETWORK)
    command = [BINADE, "train", "--network", folder / "net.yaml", "--data", folder / "data.npz", "--recipe", recipe, "--seed", "5",
               "--order", "sequential", "--batch", BATCH, "--steps", STEPS, "--capture", folder / "capture.npz",
               "--capture-steps", ",".join(str(step + 1) for step in range(STEPS))]
    for setting in settings:
        command += ["--set", setting]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return np.load(folder / "capture.npz")


class Float8:
    """An OCP float of 8 bits that saturates."""

    def __init__(self, exponent_bits, nan_only):
        bias, fraction_bits = 2**(exponent_bits - 1) - 1, 7 - exponent_bits
        self.values = []  # of codes 0, 1, ...: ascending
        for code in range(128):
            exponent, fraction = code >> fraction_bits, code % 2**fraction_bits
            if code == 127 if nan_only else exponent == 2**exponent_bits - 1:
                break
            leading = Fraction(2)**(max(exponent, 1) - bias)
            self.values.append(leading * ((exponent > 0) + Fraction(fraction, 2**fraction_bits)))

    def code(self, x):
        magnitude = min(abs(x), self.values[-1])
        at = bisect.bisect_right(self.values, magnitude) - 1
        if at + 1 < len(self.values):
            middle = (self.values[at] + self.values[at + 1]) / 2
            at += magnitude > middle or (magnitude == middle and at % 2 == 1)
        return at + (128 if x < 0 or np.signbit(float(x)) else 0)

    def decode(self, codes):
        table = np.array([float(v) for v in self.values])
        return (np.where(codes >= 128, -1, 1) * table[codes % 128]).astype(np.float32)


E4M3, E5M2 = Float8(4, True), Float8(5, False)


class Scaled:
    """A tensor that is written once a step: its scale from the largest magnitudes of its last writes."""

    def __init__(self, form, history, margin):
        self.form, self.history, self.margin, self.maxima = form, history, margin, []

    def write(self, values):
        """(values of the codes, codes, scale)"""
        largest = Fraction(float(np.abs(values).max()))
        quotient = self.form.values[-1] / max(self.maxima[-self.history:] or [largest])
        power = 0
        while Fraction(2)**(power + 1) <= quotient:
            power += 1
        while Fraction(2)**power > quotient:
            power -= 1
        self.maxima.append(largest)
        scale = self.margin - power
        flat = [self.form.code(Fraction(float(v)) / Fraction(2)**scale) if v or not np.signbit(v) else 128 for v in values.ravel()]
        codes = np.array(flat).reshape(values.shape)
        return self.form.decode(codes), codes, scale


def sums(terms):
    """Over the first axis, each addition rounded to binary32."""
    total = np.zeros(terms.shape[1:], np.float32)
    for term in terms:
        assert term.dtype == np.float32
        total = total + term
    return total


def scaled_sum(total, scale, bias=None):
    exact = total.astype(np.float64) * 2.0**scale
    return (exact if bias is None else exact + bias).astype(np.float32)


def windows(x):
    """The elements under the 9 places of the kernel: 9 x samples x SIDE x SIDE."""
    padded = np.pad(x[:, 0], ((0, 0), (1, 1), (1, 1)))
    return np.stack([padded[:, i:i + SIDE, j:j + SIDE] for i in range(3) for j in range(3)])


@pytest.mark.parametrize("history,margin", [(1, 0), (2, 1)])
def test_scaled_8_bit_floats(tmp_path, history, margin):
    capture = train(tmp_path, f"fp8,history={history},margin={margin}")

    def values(key, *shape):
        return capture[key].view(np.float32).reshape(shape)

    def scaled(form):
        return Scaled(form, history, margin)

    images, features = (BATCH, 1, SIDE, SIDE), (BATCH, CHANNELS, SIDE, SIDE)
    size = CHANNELS * SIDE * SIDE
    x, relu, w1, w2, d1, d2 = scaled(E4M3), scaled(E4M3), scaled(E4M3), scaled(E4M3), scaled(E5M2), scaled(E5M2)
    suffix = ":scaled" + (f"-{history}" if history != 1 else "") + (f"+{margin}" if margin else "")
    conv = values("init.conv1.weight", CHANNELS, 9)
    linear = values("init.fc1.weight", CLASSES, size)
    conv_bias, linear_bias = values("init.conv1.bias", CHANNELS), values("init.fc1.bias", CLASSES)
    saturated = 0

    def check(key, tensor, expected):
        _, codes, scale = expected
        assert np.array_equal(capture[key].reshape(codes.shape), codes), key
        assert int(capture[key + ".exponent"]) == scale, key
        return np.count_nonzero(codes % 128 == len(tensor.form.values) - 1)

    for step in range(1, STEPS + 1):
        at = f"step{step}."
        qx, qc = x.write(values(at + "act.input", *images)), w1.write(conv)
        saturated += check(at + "act.input:fp8e4m3sat" + suffix, x, qx)
        terms = windows(qx[0])[:, :, None] * qc[0].T[:, None, :, None, None]
        assert np.array_equal(values(at + "act.conv1", *features),
                              scaled_sum(sums(terms), qx[2] + qc[2], conv_bias[:, None, None].astype(np.float64)))
        qr, ql = relu.write(values(at + "act.relu1", *features)), w2.write(linear)
        saturated += check(at + "act.relu1:fp8e4m3sat" + suffix, relu, qr)
        rows = qr[0].reshape(BATCH, size)
        logits = scaled_sum(sums(rows.T[:, :, None] * ql[0].T[:, None, :]), qr[2] + ql[2], linear_bias.astype(np.float64))
        assert np.array_equal(values(at + "logits", BATCH, CLASSES), logits)

        qd = d2.write(values(at + "dloss", BATCH, CLASSES))
        saturated += check(at + "dloss:fp8e5m2sat" + suffix, d2, qd)
        assert np.array_equal(values(at + "grad.fc1.weight", CLASSES, size),
                              scaled_sum(sums(qd[0][:, :, None] * rows[:, None, :]), qd[2] + qr[2]))
        assert np.array_equal(values(at + "grad.fc1.bias", CLASSES), scaled_sum(sums(qd[0]), qd[2]))
        assert np.array_equal(values(at + "delta.fc1_in", BATCH, size),
                              scaled_sum(sums(qd[0].T[:, :, None] * ql[0][:, None, :]), qd[2] + ql[2]))
        qd = d1.write(values(at + "delta.conv1_out", *features))
        saturated += check(at + "delta.relu1_in:fp8e5m2sat" + suffix, d1, qd)
        pixels = qd[0].transpose(0, 2, 3, 1).reshape(-1, CHANNELS)
        seen = windows(qx[0]).reshape(9, -1).T
        assert np.array_equal(values(at + "grad.conv1.weight", CHANNELS, 9),
                              scaled_sum(sums(pixels[:, :, None] * seen[:, None, :]), qd[2] + qx[2]))
        assert np.array_equal(values(at + "grad.conv1.bias", CHANNELS), scaled_sum(sums(pixels), qd[2]))
        conv, linear = values(at + "weight.conv1.weight", CHANNELS, 9), values(at + "weight.fc1.weight", CLASSES, size)
        conv_bias, linear_bias = values(at + "weight.conv1.bias", CHANNELS), values(at + "weight.fc1.bias", CLASSES)
    # Step 4's pixels are far larger than those that its scale follows from.
    assert saturated > 10


# v * momentum + g * (1 - dampening): one rounding with a quire; without, each product and the sum.
@pytest.mark.parametrize("quire", ["on", "off"])
def test_dampening_of_posits(tmp_path, quire):
    capture = train(tmp_path, f"positnn,O=posit12,quire={quire}", "train.momentum=0.9", "train.dampening=0.3")
    posit = Posit(12)

    def rounded(x):
        return posit.value(posit.encode(x))

    momentum, share = rounded(Fraction(0.9)), rounded(Fraction(1 - 0.3))
    differ = 0
    for name in ("conv1.weight", "conv1.bias", "fc1.weight", "fc1.bias"):
        for step in range(2, STEPS + 1):
            before, gradient = (capture[key].ravel().tolist() for key in (f"step{step - 1}.velocity.{name}", f"step{step}.grad.{name}"))
            after = capture[f"step{step}.velocity.{name}"].ravel().tolist()
            for v, g, code in zip(before, gradient, after):
                v, g = posit.value(v), posit.value(g)
                fused = posit.encode(v * momentum + g * share)
                apart = posit.encode(rounded(v * momentum) + rounded(g * share))
                differ += fused != apart
                assert code == (fused if quire == "on" else apart), (name, step)
    assert differ > 10


def test_values_that_cannot_be_stored_are_named_with_tensor_and_step(tmp_path):
    random = np.random.default_rng(0)
    np.savez(tmp_path / "big.npz", x=(random.random((8, 1, 28, 28)) * 3e38).astype(np.float32), y=random.integers(0, 3, 8),
                x_test=random.random((4, 1, 28, 28)).astype(np.float32), y_test=random.integers(0, 3, 4))
    done = subprocess.run([BINADE, "train", "--network", "lenet5", "--recipe", "sdfp8", "--out", "o", "--data", "big.npz", "--steps", "8",
                           "--set", "train.batch=2"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and re.search(r"error: step [1-8]: tensor [\w.:]+: tensor element \d+: an infinity", done.stderr), done.stderr
