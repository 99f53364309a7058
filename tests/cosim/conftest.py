# SPDX-License-Identifier: Apache-2.0
"""What the tests of `binade verify` share."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
BINADE = os.environ.get("BINADE", str(ROOT / "build/binade"))


@pytest.fixture
def verify(tmp_path):
    """Runs `binade verify ARGUMENTS` in the test's folder."""
    def run(*arguments, timeout=600, **more):
        return subprocess.run([BINADE, "verify", *map(str, arguments)], text=True, cwd=tmp_path, timeout=timeout,
                              **({"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more))
    return run


@pytest.fixture
def broken_posit():
    """A posit element with a planted fault that many products show."""
    return ["posit_pe", "--format", "posit8", "--rtl", HERE / "foreign", "--top", "second_posit_pe", "--param", "WIDTH=8",
            "--param", "FAULT=1", "--jobs", "1"]


@pytest.fixture(scope="session")
def changes(tmp_path_factory):
    """changes(FILE): the value changes of an FST waveform as (time, signal, bits), by the reader that comes with Debian's Verilator,
    whichever wrote it; newer ones have none."""
    program = tmp_path_factory.mktemp("fst") / "fst_print"
    root = subprocess.run(["verilator", "--getenv", "VERILATOR_ROOT"], check=True, capture_output=True, text=True).stdout.strip()
    places = [pathlib.Path(place) / "include/gtkwave" for place in ("/usr/share/verilator", root)]
    reader = next((place for place in places if place.is_dir()), None)
    if reader is None:
        pytest.skip("no reader of FST waveforms here (Debian: verilator)")
    subprocess.run(["c++", "-O1", "-w", "-fpermissive", f"-I{reader}", '-DFST_CONFIG_INCLUDE="fst_config.h"', HERE / "fst_print.cpp",
                    "-x", "c++", *(reader / name for name in ("fstapi.c", "lz4.c", "fastlz.c")), "-lz", "-o", program], check=True)

    def read(file):
        lines = subprocess.run([program, file], check=True, capture_output=True, text=True).stdout.splitlines()
        return [(int(time), name, bits) for time, name, bits in (line.split() for line in lines)]
    return read
