# SPDX-License-Identifier: Apache-2.0
"""The whole plan of rtl/formal: nothing is refuted, what the document calls proved is, and every planted fault is found."""
import json
import pathlib

import verdicts

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_proofs(needs_yosys, prove, tmp_path):
    done = prove()
    assert done.returncode == 0, done.stdout + done.stderr
    made = json.loads((tmp_path / "out/results.json").read_text())["results"]
    _, between, _ = verdicts.marks_of(ROOT / "docs/formal.md")
    for row in made:
        if row["verdict"] != "proved":
            assert f"{row['shape']} | {row['engine']} | no answer" in between, row["name"]


def test_faults(needs_yosys, prove):
    done = prove("--mutate")
    assert done.returncode == 0, done.stdout + done.stderr
