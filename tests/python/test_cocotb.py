# SPDX-License-Identifier: Apache-2.0
"""A cocotb test bench whose scoreboard is the Python module: cocotb 1.8 in Verilator, and cocotb 2, whose Python the variable COCOTB2
names, in Icarus Verilog on what Yosys makes of the SystemVerilog."""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

import binade

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE / "fixed_dot.sv"


def verilog(folder):
    """The device in Verilog, which Icarus reads."""
    target = folder / "fixed_dot.v"
    script = f"read_verilog -sv {SOURCE}; hierarchy -top fixed_dot; proc; opt_clean; write_verilog -noattr {target}"
    subprocess.run(["yosys", "-q", "-p", script], check=True, capture_output=True)
    return target


def simulator(name):
    """Its Python, and what must be on the path."""
    python, tools = {"verilator": (sys.executable, ["verilator"]), "icarus": (os.environ.get("COCOTB2"), ["iverilog", "yosys"])}[name]
    if python is None:
        pytest.skip("COCOTB2 names no Python with cocotb 2")
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool}")
    if subprocess.run([python, "-c", "import cocotb"], capture_output=True).returncode != 0:
        pytest.skip(f"no cocotb in {python}")
    return python


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Of all tests of a simulator: the simulation is built once."""
    return {name: tmp_path_factory.mktemp(name) for name in ("verilator", "icarus")}


@pytest.mark.parametrize("name", ["verilator", "icarus"])
@pytest.mark.parametrize("planted", [False, True])
def test_a_scoreboard_in_cocotb(folders, name, planted):
    python, folder = simulator(name), folders[name]
    source = SOURCE if name == "verilator" else verilog(folder)
    makefiles = subprocess.run([str(pathlib.Path(python).parent / "cocotb-config"), "--makefiles"], capture_output=True, text=True, check=True).stdout.strip()
    own = {"verilator": {"TOPLEVEL": "fixed_dot", "MODULE": "cocotb_bench", "EXTRA_ARGS": "-Wno-fatal -CFLAGS -O0"},
           "icarus": {"COCOTB_TOPLEVEL": "fixed_dot", "COCOTB_TEST_MODULES": "cocotb_bench"}}[name]
    environment = {**os.environ, **own, "PATH": f"{pathlib.Path(python).parent}:{os.environ['PATH']}", "SIM": name, "TOPLEVEL_LANG": "verilog",
                   "VERILOG_SOURCES": str(source), "PYTHONPATH": f"{HERE}:{pathlib.Path(binade.__file__).resolve().parents[1]}",
                   "BINADE_PLANTED": "1" if planted else ""}
    (folder / "results.xml").unlink(missing_ok=True)
    done = subprocess.run(["make", "-s", "sim", "-f", f"{makefiles}/Makefile.sim"], cwd=folder, env=environment, capture_output=True, text=True)
    results = (folder / "results.xml").read_text() if (folder / "results.xml").exists() else done.stdout + done.stderr
    assert "testcase" in results, results
    assert ("<failure" in results) == planted, results
