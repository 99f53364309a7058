# SPDX-License-Identifier: Apache-2.0
"""What the tests of rtl/calibrate share: its modules, a small library, the command."""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "rtl/calibrate"))
import tiny_library  # noqa: E402

BINADE = os.environ.get("BINADE", str(ROOT / "build/binade"))
TOOLS = ("yosys", "yosys-abc", "sta", "verilator", "c++")


@pytest.fixture
def needs_tools():
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        pytest.skip(f"{' '.join(missing)} not installed: cmake/deps.sh calibrate")


@pytest.fixture
def library_file(tmp_path):
    """library_file(**what tiny_library.text takes): the path of such a library."""
    def write(**options):
        path = tmp_path / "tiny.lib"
        path.write_text(tiny_library.text(**options))
        return path
    return write


@pytest.fixture
def calibrate(tmp_path):
    """Runs the command in the test's folder."""
    def run(*arguments, **environment):
        return subprocess.run([sys.executable, ROOT / "rtl/calibrate/calibrate.py", *map(str, arguments)], capture_output=True, text=True,
                              cwd=tmp_path, env={**os.environ, "BINADE": BINADE, **environment})
    return run


@pytest.fixture
def plan_file(tmp_path):
    def write(text):
        path = tmp_path / "plan.yaml"
        path.write_text(text)
        return path
    return write
