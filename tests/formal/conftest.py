# SPDX-License-Identifier: Apache-2.0
"""What the tests of rtl/formal share: its modules and its command."""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "rtl/formal"), str(ROOT / "rtl/calibrate")]


@pytest.fixture
def needs_yosys():
    missing = [tool for tool in ("yosys", "yosys-abc") if not shutil.which(tool)]
    if missing:
        pytest.skip(f"{' '.join(missing)} not installed: cmake/deps.sh formal")


@pytest.fixture
def prove(tmp_path):
    """Runs the command; what it makes lies in the test's folder."""
    def run(*arguments, **environment):
        command = [sys.executable, ROOT / "rtl/formal/prove.py", "--out", tmp_path / "out", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment)
    return run
