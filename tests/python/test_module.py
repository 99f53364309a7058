# SPDX-License-Identifier: Apache-2.0
"""The module as a whole: the examples of its page, its types, and a process without memory."""
import os
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

import binade

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/python.md"


def test_the_page_s_examples_are_right():
    """Lines with `# result` behind them give it; the others run."""
    block = next(one for one in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL) if one.startswith("import numpy"))
    scope, compared = {}, 0
    for line in block.splitlines():
        code, _, said = line.partition("#")
        if said.strip().startswith(("array(", "Encoded(")):
            got = eval(code, scope)
            expected = eval(said, {"array": np.array, "uint8": np.uint8, "float32": np.float32, "Encoded": binade.Encoded})
            for one, other in zip(got if isinstance(got, tuple) else [got], expected if isinstance(expected, tuple) else [expected]):
                assert np.array_equal(one, other) and np.asarray(one).dtype == np.asarray(other).dtype, line
            compared += 1
        else:
            exec(code, scope)
    assert compared == 3 and scope["events"].inexact > 0


def test_everything_says_what_it_is():
    for name in binade.__all__:
        assert getattr(binade, name).__doc__, name
    listed = set(re.findall(r"`(\w+)\(", PAGE.read_text()))
    assert {"encode", "decode", "quantize", "matmul", "conv2d", "dot"} <= listed


def test_the_types_hold(tmp_path):
    """mypy on the package, and on a program with three mistakes."""
    pytest.importorskip("mypy")
    site = pathlib.Path(binade.__file__).resolve().parents[1]

    def mypy(*arguments):
        options = ["--ignore-missing-imports", "--cache-dir", str(tmp_path / "cache")]
        found = {} if site.name == "site-packages" else {"MYPYPATH": str(site)}  # an installed package it finds itself
        return subprocess.run([sys.executable, "-m", "mypy", *options, *arguments], cwd=tmp_path, env={**os.environ, **found}, capture_output=True,
                              text=True).stdout

    assert "Success" in mypy("-p", "binade")
    program = tmp_path / "program.py"
    program.write_text("import binade\nbinade.encode([1.0], 'posit8', seed='a')\nbinade.matmul([[1.0]], [[1.0]])\nbinade.Format('posit8').width\n")
    said = mypy(str(program))
    assert [int(line) for line in re.findall(r"program\.py:(\d+): error", said)] == [2, 3, 4], said


def test_a_process_without_memory_says_so():
    script = """
import resource
import numpy as np
import binade
ones = np.broadcast_to(np.uint8(64), (20000, 100))
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (100 << 20),) * 2)
for work in (lambda: binade.matmul(ones, ones.T, "posit8"), lambda: binade.encode(np.broadcast_to(1.0, (1 << 28,)), "posit8"),
             lambda: binade.matmul(binade.Encoded(ones[:, :1], 0), binade.Encoded(ones.T[:1], 0), "dfp8")):
    try:
        work()
    except MemoryError:
        print("MemoryError")
print(binade.encode([0.1], "posit8"))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["MemoryError"] * 3 + ["[37]"]
