# SPDX-License-Identifier: Apache-2.0
"""The notebooks run from their first cell to their last, which assert what their text says, and are committed without outputs."""
import os
import pathlib
import sys

import pytest

import binade

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("matplotlib")
from conftest import PROGRAM  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "python/notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
NEEDS_PROGRAM = {"sweep-and-pareto"}


def executed(notebook, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(pathlib.Path(binade.__file__).resolve().parents[1]))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    if PROGRAM:
        monkeypatch.setenv("BINADE", os.path.abspath(PROGRAM))
    notebook.metadata.pop("kernelspec", None)  # the kernel of this Python, whatever is installed elsewhere
    manager = nbclient.client.KernelManager(kernel_name="python3")
    manager.kernel_spec.argv[0] = sys.executable
    return nbclient.NotebookClient(notebook, km=manager, timeout=120, resources={"metadata": {"path": str(FOLDER)}}).execute()


def test_there_are_five():
    assert len(NOTEBOOKS) == 5


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, monkeypatch):
    if path.stem in NEEDS_PROGRAM and PROGRAM is None:
        pytest.skip("no program in BINADE")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code), "committed with outputs"
    assert any("assert" in cell.source for cell in code)
    executed(notebook, monkeypatch)
    outputs = [output for cell in code for output in cell.outputs]
    assert any(output.output_type == "stream" for output in outputs)
    assert not any(output.get("name") == "stderr" for output in outputs), outputs


def test_a_planted_fault_fails(monkeypatch):
    notebook = nbformat.read(NOTEBOOKS[0], as_version=4)
    notebook.cells = [nbformat.v4.new_code_cell("assert 1 + 1 == 3")]
    with pytest.raises(nbclient.exceptions.CellExecutionError):
        executed(notebook, monkeypatch)
