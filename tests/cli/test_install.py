# SPDX-License-Identifier: Apache-2.0
"""The installed program works from anywhere and finds the data that comes with it."""
import os
import pathlib
import subprocess

BUILD = pathlib.Path(os.environ["BINADE"]).parent


def test_the_installed_program_finds_its_data(tmp_path):
    subprocess.run(["cmake", "--install", BUILD, "--prefix", tmp_path / "prefix"], check=True, capture_output=True)
    program = tmp_path / "prefix/bin/binade"
    arguments = [program, "run", "--trace", "traces/lenet5-mnist.npz", "--samples", "1", "--format", "posit8"]
    done = subprocess.run(arguments, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert subprocess.run([program, "cost", "dfp8"], capture_output=True, cwd=tmp_path).returncode == 0
    # The copy beside the program is the one that it reads.
    share = tmp_path / "prefix/share/binade"
    (share / "traces/lenet5-mnist.npz").write_bytes(b"spoilt")
    done = subprocess.run(arguments, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2 and str(share / "traces/lenet5-mnist.npz") in done.stderr


def test_the_environment_names_another_place(tmp_path):
    done = subprocess.run([os.environ["BINADE"], "run", "--trace", "traces/lenet5-mnist.npz"], capture_output=True, text=True, cwd=tmp_path,
                          env={**os.environ, "BINADE_SHARE": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    (tmp_path / "traces").mkdir()
    (tmp_path / "traces/other.npz").write_bytes(b"spoilt")
    done = subprocess.run([os.environ["BINADE"], "run", "--trace", "traces/other.npz"], capture_output=True, text=True, cwd="/",
                          env={**os.environ, "BINADE_SHARE": str(tmp_path)})
    assert done.returncode == 2 and str(tmp_path / "traces/other.npz") in done.stderr
