# SPDX-License-Identifier: Apache-2.0
"""The sequencer at work: command after command, vectors always there, the output always taken. An operation is a clock."""
import operand_sums
from element_stimuli import FIRST, IDLE_CLOCKS, RESET_CLOCKS
from stimulus import Stimulus

UNITS = ("sequencer",)
NEEDS = ("operand_sums", "element_stimuli")
STREAM, WINDOWS, CLOCKS = "commands", 8, 64


def stimulate(shape, module, inputs, _=()):
    """Tiles of the array's size, of as many products as the elements' windows."""
    variables = module.variables()
    drive = Stimulus(inputs)
    drive.clock(RESET_CLOCKS, rst_ni=0)
    working = {"command_valid_i": 1, "a_valid_i": 1, "b_valid_i": 1, "out_ready_i": 1, "first_k_i": 1, "last_k_i": 1}
    drive.clock(CLOCKS, rst_ni=1, k_next_i=FIRST, k_i=FIRST, m_i=variables["Rows"], n_i=variables["Cols"], **working)
    for window in range(WINDOWS):
        drive.window(f"{STREAM}.{window}")
        drive.clock(CLOCKS)
    drive.window("ending")
    drive.clock(4 * FIRST, command_valid_i=0)  # the last command ends
    drive.set(a_valid_i=0, b_valid_i=0)
    drive.clock()
    drive.window("idle")
    drive.clock(IDLE_CLOCKS)
    return drive.text, {f"{STREAM}.{window}": dict.fromkeys(operand_sums.TERMS, 0) | {"1": CLOCKS} for window in range(WINDOWS)}
