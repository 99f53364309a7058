# SPDX-License-Identifier: Apache-2.0
"""`binade verify` with a second Verilator: BINADE_SECOND_VERILATOR=DIRECTORY is where its `verilator` lies."""
import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
SECOND = os.environ.get("BINADE_SECOND_VERILATOR", "")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Of this Verilator alone."""
    return tmp_path_factory.mktemp("rtl")


@pytest.mark.skipif(not SECOND, reason="BINADE_SECOND_VERILATOR names no folder with a second Verilator")
@pytest.mark.parametrize("subject", sorted(HERE.glob("test_verify_*.py")), ids=lambda file: file.stem)
def test_a_second_verilator_passes_the_tests_of_the_first(cache, subject):
    program = pathlib.Path(SECOND) / "verilator"
    assert os.access(program, os.X_OK), f"BINADE_SECOND_VERILATOR={SECOND}: no program {program}"
    environment = {**os.environ, "PATH": f"{SECOND}:{os.environ['PATH']}", "BINADE_RTL_CACHE": str(cache)}
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", subject],
                          env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout
