# SPDX-License-Identifier: Apache-2.0
"""An array at work, ws: a tile of TILE vectors of A falls past codes of B that its elements keep, while those of the next tile come in. An
operation is a MAC; its operand sums are those of all elements, whose B changes with the first vector of a tile alone. Sums are whole after
one pass: the bank of partial sums rests."""
import array_stimuli
import operand_sums
from element_stimuli import FIRST, IDLE_CLOCKS, RESET_CLOCKS
from stimulus import Stimulus

NEEDS = ("operand_sums", "streams", "element_stimuli", "array_stimuli")
TILE = 16


def stimulate(shape, module, inputs, _=()):
    config = module.variables()
    rows, cols, bits = config["rows"], config["cols"], (config["a_n"], config["b_n"])
    drive, known, tiles = Stimulus(inputs), {}, []
    for name, number, lanes in array_stimuli.windows(shape, config, max(rows, cols)):
        known[f"{name}.{number}"] = dict.fromkeys(operand_sums.TERMS, 0)
        tiles += [(f"{name}.{number}", *tile(lanes, first, rows, cols)) for first in range(0, FIRST, TILE)]
    drive.clock(RESET_CLOCKS, rst_ni=0)
    drive.clock(clear_i=1, rst_ni=1, r_i=rows, c_i=cols, charged_r_i=rows)
    drive.set(clear_i=0, beat_i=1)
    for row in range(rows):  # of the first tile, before anything falls
        load(drive, row, tiles[0][2], bits)
        drive.clock()
    drive.set(a_valid_i=1, first_k_i=1, last_k_i=1)
    before_a, before_b, shown = [0] * rows, [[0] * cols for _ in range(rows)], ""
    for number, (window, a, b) in enumerate(tiles):
        if window != shown:
            drive.window(window)
            shown = window
        for i in range(TILE):
            load(drive, i - 1, tiles[number + 1][2] if 1 <= i <= rows and number + 1 < len(tiles) else None, bits)
            drive.clock(a_i=sum(a[row][i] << (bits[0] * row) for row in range(rows)), index_i=i % config["bank_rows"], first_i=int(i == 0), last_i=int(i == TILE - 1))
        for row in range(rows):
            for col in range(cols):
                pair = operand_sums.sums(a[row], [b[row][col]] * TILE, (before_a[row], before_b[row][col]))
                for term in operand_sums.TERMS:
                    known[window][term] += pair[term]
        before_a, before_b = [codes[-1] for codes in a], b
    drive.clock(2 * (rows + cols), a_valid_i=0, first_k_i=0, last_k_i=0, first_i=0, last_i=0, b_valid_i=0)
    drive.window("idle")
    drive.clock(IDLE_CLOCKS)
    return drive.text, known


def tile(lanes, first, rows, cols):
    """(codes of A by row, of B by row and column) from a place in the windows of the lanes."""
    return [lanes[row][0][first:first + TILE] for row in range(rows)], [[lanes[col][1][first + row % TILE] for col in range(cols)] for row in range(rows)]


def load(drive, row, b, bits):
    """A row of the next tile's B; nothing without."""
    drive.set(b_valid_i=int(b is not None))
    if b is not None:
        drive.set(b_i=sum(code << (bits[1] * col) for col, code in enumerate(b[row])), b_row_i=row)
