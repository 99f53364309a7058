# SPDX-License-Identifier: Apache-2.0
"""Shared by the tests that drive the program: how to run it, where real data is."""
import dataclasses
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINADE = os.environ.get("BINADE", str(ROOT / "build/binade"))
TRACE = ROOT / "traces/lenet5-mnist.npz"


@dataclasses.dataclass
class Result:
    code: int
    out: str
    err: str

    def json(self):
        return json.loads(self.out)


@pytest.fixture
def binade(tmp_path):
    """Runs the program in an empty directory and returns exit code and texts."""
    def run(*arguments, **options):
        done = subprocess.run([BINADE, *map(str, arguments)], capture_output=True, text=True, cwd=tmp_path, timeout=300, **options)
        return Result(done.returncode, done.stdout, done.stderr)
    return run


@pytest.fixture
def refused(binade):
    """Runs the program on bad input: exit 2, nothing on stdout, one prefixed message a line; returns the messages."""
    def run(*arguments, **options):
        result = binade(*arguments, **options)
        assert result.code == 2, (result.code, result.out, result.err)
        assert result.out == ""
        lines = result.err.splitlines()
        assert lines and all(line.startswith("binade: error: ") for line in lines), result.err
        return "\n".join(line.removeprefix("binade: error: ") for line in lines)
    return run


@pytest.fixture(scope="session")
def data_directory():
    """The directory of the real data sets; absent: the test is skipped, with the reason."""
    directory = pathlib.Path(os.environ.get("BINADE_DATA_DIR", ROOT / "../shared/data")).resolve()
    if not (directory / "t10k-images-idx3-ubyte.gz").is_file():
        print(f"SKIPPED: no MNIST files in {directory} (BINADE_DATA_DIR)")
        pytest.skip(f"no MNIST files in {directory} (BINADE_DATA_DIR)")
    return directory


def without_wall_time(report):
    """A report less what may differ between equal runs, and its checksum, which covers that."""
    if isinstance(report, dict):
        return {key: without_wall_time(value) for key, value in report.items() if key not in {"wall_seconds", "checksum"}}
    if isinstance(report, list):
        return [without_wall_time(value) for value in report]
    return report
