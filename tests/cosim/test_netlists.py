# SPDX-License-Identifier: Apache-2.0
"""Yosys' netlist of each unit is the hardware that Verilator reads: the golden model finds no difference in it."""
import os

import pytest

import mutation

LARGE = ("exponent_unit", "core")  # minutes to compile as one flat module


SMALL = ["core.rows=2", "core.cols=2"]
# Factors and results of several formats.
MIXED = [("posit_pe", "posit16", ["core.format_a=posit8"]), ("posit_lane", "posit16", ["core.format_a=posit8", "core.format_b=posit8"]),
         ("flex_pe", "flex24+5", ["core.format_a=flex8+5", "core.format_b=flex12+5"]), ("dfp_pe", "dfp16", ["core.format_a=dfp8"]),
         ("float_pe", "bf16", ["core.format_a=fp8e4m3", "core.format_b=fp8e5m2"]),
         ("systolic_array", "dfp6", ["core.format_a=dfp4", "core.dataflow=ws", *SMALL]),
         ("core", "dfp6", ["core.format_a=dfp4", *SMALL]), ("core", "fp16", ["core.format_a=dfp4", "core.format_b=dfp4", *SMALL])]
SHAPES = [*((unit, *shape) for unit, shape in mutation.UNITS.items()), *MIXED]


@pytest.mark.parametrize("unit, word, settings", SHAPES)
def test_the_netlist_is_equal(unit, word, settings, tmp_path):
    if unit in LARGE and not os.environ.get("BINADE_FULL"):
        pytest.skip("a long test: make test-full")
    mutation.build(unit, tmp_path, mutants=0, shape=(word, settings))
    done = mutation.verify(unit, tmp_path, mutation.stages(unit)[0], shape=(word, settings))
    assert done.returncode == 0, done.stdout + done.stderr
