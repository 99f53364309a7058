# SPDX-License-Identifier: Apache-2.0
"""An array at work, os: a vector of each operand a beat, each row of A and each column of B a stream of its own. An operation is a MAC;
its operand sums are those of all elements."""
import element_stimuli
import operand_sums
from element_stimuli import FIRST, IDLE_CLOCKS, RESET_CLOCKS
from problems import InputError
from shapes import Shape
from stimulus import Stimulus

UNITS = ("systolic_array",)
NEEDS = ("operand_sums", "streams", "element_stimuli")
ELEMENTS = {"dfp": "dfp_pe", "posit": "posit_pe", "flex": "flex_pe", "e": "float_pe", "fp": "float_pe", "bf": "float_pe"}  # by how a format begins


def element(format_word):
    """Throws InputError of a format whose arrays have no streams."""
    for prefix, unit in ELEMENTS.items():
        if format_word.startswith(prefix):
            return unit
    raise InputError(f"systolic_array {format_word}: its energy cannot be measured; allowed: formats that begin with {' '.join(ELEMENTS)}")


def stimulate(shape, module, inputs, _=()):
    """Tiles of FIRST products, one behind the other."""
    config = module.variables()
    rows, cols, bits = config["rows"], config["cols"], (config["a_n"], config["b_n"])
    drive, known = Stimulus(inputs), {}
    blocks = element(shape.format) == "flex_pe"
    if blocks:
        drive.set(product_shift_i=element_stimuli.product_shift(variables(shape, config)))
    drive.clock(RESET_CLOCKS, rst_ni=0)
    drive.clock(clear_i=1, rst_ni=1, r_i=rows, c_i=cols, charged_r_i=rows)
    drive.set(clear_i=0, beat_i=1, a_valid_i=1, b_valid_i=1)
    before = [(0, 0)] * max(rows, cols)
    for name, number, lanes in windows(shape, config, max(rows, cols)):
        drive.window(f"{name}.{number}")
        for i in range(FIRST):
            a = sum(lanes[row][0][i] << (bits[0] * row) for row in range(rows))
            b = sum(lanes[col][1][i] << (bits[1] * col) for col in range(cols))
            drive.set(phase_i=i % config["block"] if blocks else 0)
            drive.clock(a_i=a, b_i=b, first_k_i=int(i == 0), last_k_i=int(i == FIRST - 1), first_i=int(i == 0), last_i=int(i == FIRST - 1))
        pairs = [operand_sums.sums(lanes[row][0], lanes[col][1], (before[row][0], before[col][1])) for row in range(rows) for col in range(cols)]
        known[f"{name}.{number}"] = {term: sum(pair[term] for pair in pairs) for term in operand_sums.TERMS}
        before = [(lane[0][-1], lane[1][-1]) for lane in lanes]
    drive.clock(2 * (rows + cols), a_valid_i=0, b_valid_i=0, first_k_i=0, last_k_i=0, first_i=0, last_i=0)
    drive.window("idle")
    drive.clock(IDLE_CLOCKS)
    return drive.text, known


def windows(shape, config, lanes):
    """(stream, window, a pair of codes for each lane): the windows of a stream side by side, each beginning at another one."""
    of_stream = {}
    for name, number, a, b in element_stimuli.operands(Shape(element(shape.format), shape.format, ()), variables(shape, config)):
        of_stream.setdefault(name, []).append((a, b))
    for name, found in of_stream.items():
        for number in range(len(found)):
            yield name, number, [found[(number + lane) % len(found)] for lane in range(lanes)]


def variables(shape, config):
    """The operands' parameters of an array's element, as its own module has them."""
    fields = {"ExponentBits": "exponent_bits", "FractionBits": "fraction_bits"} if element(shape.format) == "float_pe" else {"Bits": "n"}
    return {f"{side.upper()}{name}": config[f"{side}_{field}"] for side in "ab" for name, field in fields.items()}
