# SPDX-License-Identifier: Apache-2.0
"""The module as a whole: the examples of its page, its types, and a process without memory."""
import doctest
import inspect
import json
import os
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

import binade

from conftest import PROGRAM

try:
    import binade.torch as bt
except ImportError:
    bt = None

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/python.md"


def page_block(start):
    return next(one for one in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL) if one.startswith(start))


def test_the_page_s_examples_are_right():
    """Lines with `# result` behind them give it; the others run."""
    scope, compared = {}, 0
    for line in page_block("import numpy").splitlines():
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


@pytest.mark.skipif(PROGRAM is None, reason="no program in BINADE")
def test_the_page_s_runs_are_right(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scope = {"binade": binade}
    exec(page_block("done = binade.run"), scope)
    assert {run["format"] for run in scope["done"].runs} == {"posit8", "dfp8"} and len(scope["points"]) == 4
    assert (tmp_path / "out/mlp/report.json").is_file()


@pytest.mark.skipif(bt is None, reason="no PyTorch")
def test_the_page_s_model_is_right():
    nn = bt.nn
    scope = {"model": nn.Sequential()}
    scope["model"].add_module("body", nn.Linear(4, 4))
    scope["model"].add_module("head", nn.Linear(4, 2))
    exec(page_block("import binade.torch"), scope)
    scope["model"](bt.torch.ones(1, 4)).sum().backward()
    assert scope["model"].head.recipe.forward.a == "posit16" and scope["model"].body.recipe is scope["recipe"]


def public():
    """Everything public by its name: functions, classes and their public methods, of the module and of binade.torch."""
    for module in [binade] if bt is None else [binade, bt]:
        for name in module.__all__:
            one = getattr(module, name)
            yield f"{module.__name__}.{name}", one
            if inspect.isclass(one):
                for inner, method in vars(one).items():
                    if not inner.startswith("_") and callable(method):
                        yield f"{module.__name__}.{name}.{inner}", method


# What has no example of its own: results and errors, which those that return and raise them show, and modules that convert() makes.
WITHOUT_EXAMPLE = {"binade.MismatchError", "binade.ProgramError", "binade.Outcome", "binade.Touch", "binade.torch.Linear", "binade.torch.Conv2d"}
NEEDS_PROGRAM = {"binade.run", "binade.train", "binade.explore", "binade.call"}
PUBLIC = {name: one for name, one in public() if not name.startswith(tuple(f"{parent}." for parent in WITHOUT_EXAMPLE))}


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_has_an_example_that_runs(name):
    if name in NEEDS_PROGRAM and PROGRAM is None:
        pytest.skip("no program in BINADE")
    scope = {"binade": binade, "np": np, "bt": bt, "torch": bt and bt.torch}
    text = PUBLIC[name].__doc__
    assert text, name
    example = doctest.DocTestParser().get_doctest(text, scope, name, None, None)
    assert bool(example.examples) == (name not in WITHOUT_EXAMPLE), name
    said = []
    failed, _ = doctest.DocTestRunner().run(example, out=said.append)
    assert failed == 0, "".join(said)


def test_the_version_is_the_project_s():
    root = PAGE.parents[1]
    assert re.search(r"project\(binade VERSION ([\d.]+)", (root / "CMakeLists.txt").read_text())[1] == binade.__version__
    assert re.search(r'^version = "([\d.]+)"', (root / "pyproject.toml").read_text(), re.MULTILINE)[1] == binade.__version__


def test_the_page_lists_the_functions():
    listed = set(re.findall(r"`(\w+)\(", PAGE.read_text()))
    assert {"encode", "decode", "quantize", "matmul", "conv2d", "dot"} <= listed


SITE = pathlib.Path(binade.__file__).resolve().parents[1]
MISTAKES = """import binade
binade.encode([1.0], "posit8", seed="a")
binade.matmul([[1.0]], [[1.0]])
binade.Format("posit8").width
"""


def mypy(folder, *arguments):
    options = ["--ignore-missing-imports", "--cache-dir", str(folder / "cache")]
    found = {} if SITE.name == "site-packages" else {"MYPYPATH": str(SITE)}  # an installed package it finds itself
    return subprocess.run([sys.executable, "-m", "mypy", *options, *arguments], cwd=folder, env={**os.environ, **found}, capture_output=True, text=True)


def pyright(folder, *arguments):
    """Its first run fetches it from npm."""
    (folder / "pyrightconfig.json").write_text(json.dumps({"extraPaths": [str(SITE)]}))
    done = subprocess.run([sys.executable, "-m", "pyright", "--pythonpath", sys.executable, *arguments], cwd=folder, capture_output=True, text=True)
    if " errors" not in done.stdout and " error," not in done.stdout:
        pytest.skip(f"pyright does not run here: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
    return done


def test_the_types_hold_for_mypy(tmp_path):
    """The package, and a program with three mistakes."""
    pytest.importorskip("mypy")
    assert "Success" in mypy(tmp_path, "-p", "binade").stdout
    (tmp_path / "program.py").write_text(MISTAKES)
    said = mypy(tmp_path, "program.py").stdout
    assert [int(line) for line in re.findall(r"program\.py:(\d+): error", said)] == [2, 3, 4], said


def test_the_types_hold_for_pyright(tmp_path):
    """Likewise."""
    pytest.importorskip("pyright")
    said = pyright(tmp_path, str(SITE / "binade")).stdout
    assert "\n0 errors" in "\n" + said, said
    (tmp_path / "program.py").write_text(MISTAKES)
    said = pyright(tmp_path, "program.py").stdout
    assert [int(line) for line in re.findall(r"program\.py:(\d+):\d+ - error", said)] == [2, 3, 4], said


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
