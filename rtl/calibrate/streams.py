# SPDX-License-Identifier: Apache-2.0
"""Operand streams: what an element is fed with while its energy is measured. Codes of a and of b, MAC by MAC, in windows. The same on
any machine: every draw comes of one seed.

  uniform            every code as likely as any other (of floats: of a span of exponents whose sums cannot overflow)
  nn                 max(0, Gaussian) times Gaussian, each window with a mean and magnitudes of its own, as channels and layers have
  weight_stationary  the same, with each b held for HELD MACs
  sparse             the same with half of all codes zero besides
  trace              the second convolution of a trained LeNet-5 on what its first layers made of test images (traces/lenet5-mnist.npz)
"""
import pathlib
import subprocess

import numpy

import tools
from problems import ToolFailure

TRACE = pathlib.Path(__file__).resolve().parents[2] / "traces/lenet5-mnist.npz"
FITTED, UNSEEN = ("uniform", "nn", "weight_stationary"), ("sparse", "trace")
NAMES = FITTED + UNSEEN
WINDOWS, MACS = 8, 64
HELD = 16
SEED = 15


class Streams:
    """Of the operand formats of an element: `a` and `b` are words of formats."""

    def __init__(self, unit, format_a, format_b, variables):
        self.unit, self.formats, self.variables = unit, (format_a, format_b), variables

    def windows(self, name):
        """WINDOWS pairs of arrays of MACS codes."""
        random = numpy.random.default_rng([SEED, NAMES.index(name)])
        if name == "uniform":
            return list(zip(self.uniform(0, random), self.uniform(1, random)))
        a, b = trace(random) if name == "trace" else gaussian(random)
        if name == "weight_stationary":
            b = numpy.repeat(b[:, ::HELD], HELD, axis=1)
        if name == "sparse":
            a, b = (numpy.where(random.random(x.shape) < 0.5, 0.0, x) for x in (a, b))
        return list(zip(encode(self.formats[0], a), encode(self.formats[1], b)))

    def uniform(self, side, random):
        letter = "AB"[side]
        shape = (WINDOWS, MACS)
        if self.unit == "float_pe":
            return float_codes(self.variables[f"{letter}ExponentBits"], self.variables[f"{letter}FractionBits"], random, shape)
        bits = self.variables[f"{letter}Bits"]
        codes = random.integers(0, 1 << bits, shape)
        if self.unit == "posit_pe":
            codes[codes == 1 << (bits - 1)] = 0  # NaR would stay in the sum
        return codes


def float_codes(exponent_bits, fraction_bits, random, shape):
    """Signs and fractions uniform, exponents of a span around one: 64 products of the largest stay finite."""
    bias = (1 << (exponent_bits - 1)) - 1
    span = max(1, min(2, (bias - 6) // 2))
    exponents = random.integers(bias - span, bias + span, shape)
    return (random.integers(0, 2, shape) << (exponent_bits + fraction_bits)) | (exponents << fraction_bits) | random.integers(
        0, 1 << fraction_bits, shape)


def gaussian(random):
    """Activations and weights. Each window has magnitudes of its own within the tensors, a factor of four, and a mean of its own before
    the max: between one in six and five in six of its activations are zero. Of its weights a share is zero, as pruned ones are, from
    none to three in eight."""
    shape = (WINDOWS, MACS)
    scale_a, scale_b = (numpy.exp2(-2 * random.random((WINDOWS, 1))) for _ in range(2))
    means = random.permutation(numpy.linspace(-1, 1, WINDOWS))[:, None]
    pruned = random.random(shape) < random.permutation(numpy.linspace(0, 3 / 8, WINDOWS))[:, None]
    weights = numpy.where(pruned, 0, 0.1 * random.standard_normal(shape) * scale_b)
    return numpy.maximum(random.standard_normal(shape) + means, 0) * scale_a, weights


def trace(random):
    """Runs of products of output elements: an image, a place and a channel for each window."""
    with numpy.load(TRACE) as data:
        images, weights = data["input"], data["conv2.weight"]
    kernel = weights.shape[2]
    a, b = numpy.empty((2, WINDOWS, MACS))
    for window in range(WINDOWS):
        image, channel = images[random.integers(len(images))], weights[random.integers(len(weights))]
        row, column = (random.integers(size - kernel + 1) for size in image.shape[1:])
        patch = image[:, row:row + kernel, column:column + kernel].ravel()
        first = random.integers(patch.size - MACS + 1)
        a[window], b[window] = patch[first:first + MACS], channel.ravel()[first:first + MACS]
    return a, b


def encode(format_word, values):
    """The codes of a tensor: those of formats with a shared exponent are its mantissas."""
    shared = format_word.startswith(("dfp", "flex"))
    words = [repr(float(value)) for value in values.ravel()]
    out = evaluate(format_word, "quantize", " ".join(words)) if shared else evaluate(format_word, "encode", "\n".join(words))
    codes = [int(word) & 0xFFFFFFFF for word in out[1:]] if shared else [int(word, 16) for word in out]
    if len(codes) != values.size:
        raise ToolFailure(f"binade eval {format_word}: {len(codes)} codes of {values.size} numbers")
    return numpy.array(codes).reshape(values.shape)


def evaluate(format_word, operation, text):
    done = subprocess.run([tools.binade(), "eval", format_word, operation], input=text + "\n", capture_output=True, text=True, env=tools.environment())
    if done.returncode:
        raise ToolFailure(f"binade eval {format_word} {operation}: {done.stderr.strip()}")
    return done.stdout.split()
