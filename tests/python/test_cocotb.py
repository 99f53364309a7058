# SPDX-License-Identifier: Apache-2.0
"""A cocotb test bench whose scoreboard is the Python module, in Verilator."""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

import binade

pytest.importorskip("cocotb")
if shutil.which("verilator") is None:
    pytest.skip("no Verilator", allow_module_level=True)
HERE = pathlib.Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cocotb")  # of all tests: the simulation is built once


@pytest.mark.parametrize("planted", [False, True])
def test_a_scoreboard_in_cocotb(folder, planted):
    makefiles = subprocess.run([sys.executable, "-m", "cocotb.config", "--makefiles"], capture_output=True, text=True, check=True).stdout.strip()
    environment = {**os.environ, "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}", "SIM": "verilator", "TOPLEVEL": "fixed_dot",
                   "TOPLEVEL_LANG": "verilog", "MODULE": "cocotb_bench", "VERILOG_SOURCES": str(HERE / "fixed_dot.sv"), "EXTRA_ARGS": "-Wno-fatal -CFLAGS -O0",
                   "PYTHONPATH": f"{HERE}:{pathlib.Path(binade.__file__).resolve().parents[1]}", "BINADE_PLANTED": "1" if planted else ""}
    (folder / "results.xml").unlink(missing_ok=True)
    done = subprocess.run(["make", "-s", "sim", "-f", f"{makefiles}/Makefile.sim"], cwd=folder, env=environment, capture_output=True, text=True)
    results = (folder / "results.xml").read_text() if (folder / "results.xml").exists() else done.stdout + done.stderr
    assert "testcase" in results, results
    assert ("<failure" in results) == planted, results
