# SPDX-License-Identifier: Apache-2.0
"""The cookbook's page and the script that keeps it true."""
import subprocess
import sys

import pytest
import yaml

from conftest import BINADE, ROOT

SCRIPT = ROOT / "results/cookbook.py"
QUESTIONS = yaml.safe_load((ROOT / "results/cookbook.yaml").read_text())


@pytest.mark.parametrize("question", QUESTIONS, ids=[question["title"] for question in QUESTIONS])
def test_the_page_has_every_question_with_its_output(question):
    page = (ROOT / "docs/cookbook.md").read_text()
    part = page.split(f"## {question['title']}\n")[1].split("\n## ")[0]
    command, output = part.split("```sh\n")[1].split("```")[0], part.split("```text\n")[1].split("```")[0]
    assert command.split()[:2] == question["command"].split()[:2]
    assert len(output.splitlines()) > 3
    assert question["read"].strip() in part


def test_a_page_that_says_something_else_is_found(tmp_path):
    (tmp_path / "questions.yaml").write_text('- {title: "Which posit?", command: binade networks mlp, read: So.}\n')
    run = lambda what: subprocess.run([sys.executable, str(SCRIPT), "--binade", BINADE, "--questions", str(tmp_path / "questions.yaml"), "--page",
                                       str(tmp_path / "page.md"), what], capture_output=True, text=True, check=False)
    assert run("write").returncode == 0
    page = (tmp_path / "page.md").read_text()
    assert "## Which posit?" in page and "25,088" in page
    assert run("check").returncode == 0
    (tmp_path / "page.md").write_text(page.replace("25,088", "25,089"))
    checked = run("check")
    assert checked.returncode == 1 and "25,088" in checked.stdout
    (tmp_path / "questions.yaml").write_text("- {title: Bad, command: binade networks nothing, read: So.}\n")
    assert run("write").returncode != 0
