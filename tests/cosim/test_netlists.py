# SPDX-License-Identifier: Apache-2.0
"""Yosys' netlist of each unit is the hardware that Verilator reads: the golden model finds no difference in it."""
import os

import pytest

import mutation

LARGE = ("exponent_unit", "core")  # minutes to compile as one flat module


@pytest.mark.parametrize("unit", mutation.UNITS)
def test_the_netlist_is_equal(unit, tmp_path):
    if unit in LARGE and not os.environ.get("BINADE_FULL"):
        pytest.skip("a long test: make test-full")
    mutation.build(unit, tmp_path, mutants=0)
    done = mutation.verify(unit, tmp_path, mutation.stages(unit)[0])
    assert done.returncode == 0, done.stdout + done.stderr
