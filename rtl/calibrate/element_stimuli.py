# SPDX-License-Identifier: Apache-2.0
"""An element at work: operand streams, a MAC a clock. An operation is a MAC."""
import operand_sums
import streams
from stimulus import Stimulus

UNITS = ("dfp_pe", "posit_pe", "flex_pe", "float_pe")
NEEDS = ("streams", "operand_sums")
FIRST = 64  # MACs of an output element: the sum starts anew
BLOCK = 32  # of flex: products of a block (docs/formats.md, `blocked`)
IDLE_CLOCKS = 64
RESET_CLOCKS = 3


def stimulate(shape, module, inputs, _=()):
    """(stimulus, {window: operand sums}); the window `idle` is clocks without a MAC. Shown is the sum that each window came to."""
    variables = module.variables()
    stages = variables["Latency"]
    drive, known, before = Stimulus(inputs), {}, (0, 0)
    drive.clock(RESET_CLOCKS, rst_ni=0, enable_i=1, product_shift_i=product_shift(variables))
    drive.set(rst_ni=1, valid_i=1)
    for name, number, a, b in operands(shape, variables):
        drive.window(f"{name}.{number}")
        for i, (code_a, code_b) in enumerate(zip(a, b)):
            shown = i == stages - 1 and bool(known)  # what the window before has come to
            drive.clock(shown=shown, load_i=int(i % FIRST == 0), close_i=int(i % BLOCK == BLOCK - 1), a_i=code_a, b_i=code_b)
        known[f"{name}.{number}"] = operand_sums.sums(a, b, before)
        before = a[-1], b[-1]
    drive.clock(stages, valid_i=0, load_i=0, close_i=0)  # the last products leave the stages
    drive.clock(shown=True)
    drive.window("idle")
    drive.clock(IDLE_CLOCKS)
    return drive.text, known


def operands(shape, variables):
    """(stream, window, codes of a, codes of b), of codes the bits that the ports have."""
    source = streams.Streams(shape.unit, shape.format, shape.format, variables)
    widths = [bits(variables, letter) for letter in "AB"]
    for name in streams.NAMES:
        for number, window in enumerate(source.windows(name)):
            yield name, number, *([int(code) & ((1 << width) - 1) for code in codes] for codes, width in zip(window, widths))


def bits(variables, letter):
    if f"{letter}Bits" in variables:
        return variables[f"{letter}Bits"]
    return 1 + variables[f"{letter}ExponentBits"] + variables[f"{letter}FractionBits"]


def product_shift(variables):
    """Of flex: sums of 64 products of a shared exponent fill the output's mantissa."""
    return variables.get("ABits", 0) + 2


def state(names, values):
    """The port state_o as a number."""
    return sum(int(value) << int(name[len("state_o_"):-1]) for name, value in zip(names, values) if name.startswith("state_o_"))
