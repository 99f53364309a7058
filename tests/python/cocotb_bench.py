# SPDX-License-Identifier: Apache-2.0
"""The cocotb side of test_cocotb.py: dot products of fixed8.0 held to binade.dot."""
import os

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

import binade


@cocotb.test()
async def dot_products_agree(dut):
    cocotb.start_soon(Clock(dut.clk_i, 10, "ns").start())
    random = np.random.default_rng(1)
    for _ in range(10):
        a, b = (random.integers(0, 256, 40).astype(np.uint8) for _ in range(2))
        await FallingEdge(dut.clk_i)
        for k, (x, y) in enumerate(zip(a, b)):
            dut.clear_i.value = k == 0
            dut.a_i.value, dut.b_i.value = int(x), int(y)
            await FallingEdge(dut.clk_i)
        if os.environ.get("BINADE_PLANTED"):
            a[7] ^= 1
        expected = binade.dot(a, b, "fixed8.0", out="fixed32.0")
        got = int(dut.sum_o.value)
        assert got == int(expected), f"{got} instead of {int(expected)}"
