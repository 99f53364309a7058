# SPDX-License-Identifier: Apache-2.0
"""A lane at work: an output a clock, of the sums that the element of its format came to on its streams. An operation is an output."""
import operand_sums
from element_stimuli import IDLE_CLOCKS, RESET_CLOCKS
from stimulus import Stimulus

UNITS = ("dfp_lane", "posit_lane", "flex_lane", "float_lane")
NEEDS = ("operand_sums", "element_stimuli")
STREAM = "sums"


def element(unit):
    return unit.replace("_lane", "_pe")


def stimulate(shape, module, inputs, states):
    """Without a bias, with ReLU, rounded to nearest; of dfp the second pass, shifted so that the greatest sum fits."""
    variables = module.variables()
    drive = Stimulus(inputs)
    drive.clock(RESET_CLOCKS, rst_ni=0, enable_i=1, relu_i=1, **shifts(shape, variables, states))
    drive.set(rst_ni=1, valid_i=1)
    drive.window(f"{STREAM}.0")
    for index, value in enumerate(states):
        drive.clock(state_i=value, index_i=index)
    drive.clock(2, valid_i=0)  # what the two stages hold leaves them
    drive.window("idle")
    drive.clock(IDLE_CLOCKS)
    return drive.text, {f"{STREAM}.0": dict.fromkeys(operand_sums.TERMS, 0) | {"1": len(states)}}


def shifts(shape, variables, states):
    if shape.unit == "flex_lane":
        return {"product_shift_i": variables["N"] + 2}
    if shape.unit != "dfp_lane":
        return {}
    top = 1 << (variables["AccBits"] - 1)
    greatest = max(abs(value - 2 * top if value & top else value) for value in states)
    return {"shift_i": max(0, greatest.bit_length() - (variables["N"] - 1))}
