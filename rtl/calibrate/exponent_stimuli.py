# SPDX-License-Identifier: Apache-2.0
"""The parts of the exponent unit at work. An operation is a vector of the lanes for the statistics, all lanes in use; a prediction of a tensor
with a full history for Autoflex; a choice for the bias chooser. A unit at rest is what a core pays for the latter two: they work once a tensor."""
import numpy

import operand_sums
from element_stimuli import FIRST, IDLE_CLOCKS, RESET_CLOCKS
from stimulus import Stimulus

NEEDS = ("operand_sums", "element_stimuli")
SEED = 15
WINDOWS, VECTORS = 8, 32
HISTORY = 16  # touches
TIMES = 2  # predictions, choices
PAPERS = {"alpha_i": 2 << 8, "beta_i": 3 << 8, "gamma_i": 100 << 8}  # Flexpoint 3.2, Algorithm 2: 8 fraction bits
RAW = 24  # bits of mantissas at most; more are those of raw sums


def stimulate(shape, module, inputs, _=()):
    drive = Stimulus(inputs)
    drive.clock(RESET_CLOCKS, rst_ni=0)
    drive.set(rst_ni=1)
    stream, operations = UNITS[shape.unit](drive, module.variables(), numpy.random.default_rng(SEED))
    drive.window("idle")
    drive.clock(IDLE_CLOCKS)
    return drive.text, {name: dict.fromkeys(operand_sums.TERMS, 0) | {"1": operations} for name in stream}


def statistics(drive, variables, random):
    """Gaussian values: mantissas that fill their bits, or sums of FIRST products of N-bit ones in 2 N + 16 bits, whose leading bits are
    counted."""
    lanes, bits = variables["Lanes"], variables["MagnitudeBits"]
    raw = bits > RAW
    drive.clock(clear_i=1)
    drive.set(clear_i=0, valid_i=1, lane_i=(1 << lanes) - 1, histogram_i=int(raw))
    deviation = 2.0 ** (bits - 16 - 6) * FIRST ** 0.5 if raw else 2.0 ** (bits - 3)
    names = [f"vectors.{window}" for window in range(WINDOWS)]
    for name in names:
        drive.window(name)
        for _ in range(VECTORS):
            magnitudes = numpy.minimum(numpy.abs(random.standard_normal(lanes)) * deviation, 2.0 ** (bits - 1) - 1)
            drive.clock(magnitude_i=sum(int(value) << (bits * lane) for lane, value in enumerate(magnitudes)))
    drive.clock(valid_i=0)
    return names, VECTORS


def predictions(drive, variables, random):
    """Of one tensor, each after one more touch; a window holds the longest that there is (docs/rtl/exponent_unit.md)."""
    bits = variables["N"]
    touch = lambda: int(random.integers(1 << (bits - 3), 1 << (bits - 2)))
    drive.set(**PAPERS)
    drive.clock(init_i=1, exponent_i=-8 & 0xFF)
    drive.set(init_i=0)
    for _ in range(HISTORY):
        drive.clock(record_i=1, max_abs_i=touch())
    names = [f"predictions.{window}" for window in range(TIMES)]
    for name in names:
        drive.window(name)
        drive.clock(record_i=1, max_abs_i=touch())
        drive.clock(record_i=0, predict_i=1)
        drive.clock(25 * max(94, 2 * bits + 77) + 100, predict_i=0)
    return names, 1


def choices(drive, variables, random):
    """Of histograms whose every bin has elements; a bin is read for a multiplication."""
    count = variables["CountBits"]
    names = [f"choices.{window}" for window in range(TIMES)]
    for name in names:
        drive.window(name)
        drive.set(start_i=1)
        for _ in range(4 * (variables["P"] + 3)):
            drive.clock(count_i=int(random.integers(1, 1 << count)))
            drive.clock(count + 3, start_i=0)
    return names, 1


UNITS = {"exponent_statistics": statistics, "autoflex_predictor": predictions, "sdfp_bias_chooser": choices}
