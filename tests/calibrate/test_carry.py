# SPDX-License-Identifier: Apache-2.0
"""Samples are taken over to RTL whose text has changed where the circuit has not, and nowhere else."""
import re
import shutil
import subprocess

import pytest
import yaml

import carry
import revision
import shapes
import table
from problems import InputError

PART = {"N": 4, "AccBits": 8}


def git(folder, *arguments):
    return subprocess.run(["git", "-C", folder, "-c", "user.name=t", "-c", "user.email=t@t", *arguments], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def world(needs_tools, tmp_path, monkeypatch):
    """A repository with the RTL, and a table of one part that was measured on its commit."""
    rtl = tmp_path / "tree/rtl"
    for path in revision.sources().values():
        (rtl / path.relative_to(revision.RTL)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, rtl / path.relative_to(revision.RTL))
    shutil.copy(revision.RTL / "sources.f", rtl)
    git(tmp_path / "tree", "init", "-q")
    git(tmp_path / "tree", "add", ".")
    git(tmp_path / "tree", "commit", "-qm", "one")
    monkeypatch.setattr(revision, "ROOT", tmp_path / "tree")
    monkeypatch.setattr(revision, "RTL", rtl)
    files, digests = revision.sources(rtl), revision.digest("shift_round", rtl)
    monkeypatch.setattr(carry.revision, "sources", lambda where=rtl: {name: where / path.relative_to(rtl) for name, path in files.items()})
    monkeypatch.setattr(carry.revision, "digest", lambda top, where=rtl, digest=revision.digest: digest(top, where))
    point = {"unit": "shift_round", "format": "", "settings": [], "parameters": dict(PART), "hierarchy": "flat", "target": 0, "target_ps": 1000, "area_um2": 10.5,
             "delay_ps": 100, "leakage_nw": 1.0, "cells": 3, "flip_flops": 0, "parts": {}, "selected": True, "checked": "all", "sources": digests, "date": "2026-01-01"}
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "samples.csv").write_text(table.samples_text([point, point | {"selected": False, "target": 0.5}]))
    table.write_provenance(folder, {"schema": table.SCHEMA, "rtl_revision": revision.revision()})
    return folder, rtl


def changed(rtl, name, pattern, said):
    path = next(rtl.rglob(f"{name}.sv"))
    text, count = re.subn(pattern, said, path.read_text(), count=1)
    assert count == 1
    path.write_text(text)
    git(rtl.parent, "commit", "-qam", "two")


def sources(folder):
    return {row["sources"] for row in table.read_samples(folder)}


def test_a_constant_that_nothing_uses_and_a_comment_are_the_same_circuit(world):
    folder, rtl = world
    before = (folder / "samples.csv").read_text()
    changed(rtl, "rounding_pkg", r"package rounding_pkg;\n", "package rounding_pkg;\n  localparam logic [2:0] Other = 3'd7;\n")
    changed(rtl, "shift_round", r"module shift_round", "// Said anew.\nmodule shift_round")
    assert carry.over(folder, "") == []
    assert sources(folder) == {revision.digest("shift_round", rtl)}
    assert re.sub(r"[0-9a-f]{16}", "", (folder / "samples.csv").read_text()) == re.sub(r"[0-9a-f]{16}", "", before)
    assert yaml.safe_load((folder / "provenance.yaml").read_text())["rtl_revision"] == git(rtl.parent, "rev-parse", "HEAD")
    (rtl.parent / "other").write_text("of another subject\n")
    git(rtl.parent, "add", "other")
    git(rtl.parent, "commit", "-qm", "three")
    assert revision.revision() == git(rtl.parent, "rev-parse", "HEAD~")  # what a later commit does not change
    assert carry.over(folder, "") == []  # there is nothing to do


def test_another_circuit_is_not_taken_over(world):
    folder, rtl = world
    before = (folder / "samples.csv").read_text()
    changed(rtl, "rounding_pkg", r"Rha = 3'd3", "Rha = 3'd7")
    assert carry.over(folder, "") == ["shift_round N=4 AccBits=8"]
    assert (folder / "samples.csv").read_text() == before


def test_samples_of_a_module_that_is_no_more_are_not_taken_over(world):
    folder, rtl = world
    samples = folder / "samples.csv"
    samples.write_text(samples.read_text().replace("shift_round", "shift_rounds"))
    assert carry.over(folder, "") == ["shift_rounds N=4 AccBits=8"]


def test_samples_of_neither_text_are_not_taken_over(world):
    folder, rtl = world
    samples = folder / "samples.csv"
    samples.write_text(re.sub(r"[0-9a-f]{16}(?=,2026)", "0123456789abcdef", samples.read_text()))
    assert carry.over(folder, "") == ["shift_round N=4 AccBits=8"]


def test_a_revision_that_is_not_there_is_said(world):
    folder, rtl = world
    changed(rtl, "shift_round", r"module shift_round", "// Said anew.\nmodule shift_round")
    table.write_provenance(folder, {"schema": table.SCHEMA, "rtl_revision": "0123456789" * 4})
    with pytest.raises(InputError, match="rtl_revision 0123456789"):
        carry.over(folder, "")
