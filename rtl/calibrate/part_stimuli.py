# SPDX-License-Identifier: Apache-2.0
"""What elements and lanes are made of, at work by itself: an operation is a set of inputs, all new. In its unit a part may work less, where
operands are zero or stay: an element's energy is not the sum of these.

Bits are drawn uniformly but where a port has a meaning: values are finite and not zero, rounded to nearest, significands have their leading
one, scales are those of numbers around one (SPAN), sums those of FIRST such terms."""
import numpy

import operand_sums
from element_stimuli import FIRST
from stimulus import Stimulus

UNITS = ("posit_decoder", "posit_term", "posit_encoder", "float_decoder", "float_multiplier", "float_accumulator", "float_encoder",
         "saturating_adder", "shift_round", "block_rounder", "normalizer")
NEEDS = ("operand_sums", "element_stimuli")
SEED = 15
STREAM, WINDOWS, OPERATIONS = "random", 8, 32
SPAN = 8  # scales from -SPAN to SPAN - 1; of narrow formats half of those that they have
GROWTH = (FIRST - 1).bit_length()  # bits that a sum has beyond its terms
CLASSES = ("zero_i", "infinite_i", "nan_i", "nar_i")
# Shifts are those of a whole tensor: of a sum that fills its register, of a block of products (docs/formats.md, `blocked`).
SHIFTS = {"shift_round": lambda variables: variables["AccBits"] - (variables["N"] - 1), "block_rounder": lambda variables: variables["BlockBits"] // 2}


def stimulate(shape, module, inputs, _=()):
    drive, random = Stimulus(inputs), numpy.random.default_rng(SEED)
    variables = module.variables()
    widths = {port: sum(name == port for name, _ in drive.bits) for port in sorted(drive.ports)}
    if shape.unit in SHIFTS:
        drive.set(shift_i=SHIFTS[shape.unit](variables))
    names = [f"{STREAM}.{window}" for window in range(WINDOWS)]
    for name in names:
        drive.window(name)
        for _ in range(OPERATIONS):
            drive.clock(**{port: value(shape.unit, port, widths[port], variables, random) for port in widths if not constant(port)})
    return drive.text, {name: dict.fromkeys(operand_sums.TERMS, 0) | {"1": OPERATIONS} for name in names}


def constant(port):
    return port.endswith(CLASSES) or port in ("shift_i", "rounding_i", "random_i")


def value(unit, port, width, variables, random):
    """Of a port, in two's complement where it is signed."""
    bits = sum(int(bit) << place for place, bit in enumerate(random.integers(0, 2, width)))
    if port.endswith("significand_i"):
        return bits | 1 << (width - 1)
    if port.endswith("scale_i"):
        return scale(variables, random) & (1 << width) - 1
    if port == "position_i":
        return variables["MaxPosition"] // 2 + scale(variables, random)
    if port == "data_i":  # the leading one anywhere
        return max(bits >> int(random.integers(width)), 1)
    if port == "state_i":  # a quire; its uppermost bit says NaR
        return signed(bits, variables["MaxPosition"] // 2 + SPAN + GROWTH, width - 1)
    if (unit, port) == ("saturating_adder", "sum_i"):
        return signed(bits, variables["TermBits"] + GROWTH, width)
    if (unit, port) == ("float_accumulator", "sum_i"):
        exponent_bits, fraction_bits = variables["ExponentBits"], variables["FractionBits"]
        exponent = (1 << (exponent_bits - 1)) - 1 + scale(variables, random)
        return bits & ~((1 << exponent_bits) - 1 << fraction_bits) | exponent << fraction_bits
    return bits


def scale(variables, random):
    span = min(SPAN, 1 << (variables.get("ExponentBits", 8) - 2))
    return int(random.integers(-span, span))


def signed(bits, known, width):
    """A signed number of `known` bits, of as many as the port has at most."""
    known = min(known, width)
    low = bits & (1 << known) - 1
    return low | ((1 << width) - (1 << known) if low >> (known - 1) else 0)
