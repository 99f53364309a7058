# SPDX-License-Identifier: Apache-2.0
"""A test bench in SystemVerilog that asks the installed library by DPI-C, in Verilator."""
import os
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """The test bench, built with what is installed; a call runs it with plusargs."""
    folder = tmp_path_factory.mktemp("dpi")
    subprocess.run(["cmake", "--install", os.environ["BINADE_BUILD"], "--prefix", folder / "prefix", "--component", "library"],
                   check=True, capture_output=True)
    library = next(folder.rglob("libbinade.so")).parent
    subprocess.run(["verilator", "--binary", "--timing", "-Wno-fatal", "-Mdir", folder / "obj", "--top-module", "dot_tb", "-j", "2",
                    "-CFLAGS", "-O0", "-MAKEFLAGS", "OPT_FAST=-O0 OPT_SLOW=-O0 OPT_GLOBAL=-O0", "-LDFLAGS", f"-L{library} -lbinade -Wl,-rpath,{library}",
                    next(folder.rglob("binade_pkg.sv")), HERE / "dot_tb.sv"], check=True)
    return lambda *plusargs: subprocess.run([folder / "obj/Vdot_tb", *plusargs], capture_output=True, text=True)


def test_a_scoreboard_agrees(bench):
    done = bench()
    assert done.returncode == 0 and "\n0 mismatches" in "\n" + done.stdout, done.stdout + done.stderr


def test_a_planted_fault_is_seen(bench):
    done = bench("+planted")
    assert "mismatches" in done.stdout and "\n0 mismatches" not in "\n" + done.stdout, done.stdout


def test_wrong_input_ends_the_simulation_with_the_message(bench):
    done = bench("+unknown")
    assert done.returncode != 0 and "nearest valid one" in done.stdout + done.stderr
