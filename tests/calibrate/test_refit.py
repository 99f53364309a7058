# SPDX-License-Identifier: Apache-2.0
"""`--refit` of a table with a fault: one message, and no file is written."""
import pathlib
import re
import shutil

import pytest

TABLES = pathlib.Path(__file__).resolve().parents[2] / "models/cost/calibrated"
SAMPLE = r"(?m)^(dfp_pe,dfp8,,[^,]*,flat,0,[^,]*,)[^,]*"  # before its area
WINDOW = r"(?m)^(dfp_pe,dfp8,,[^,]*,uniform,0,)64(,64,.*),[^,]*,[^,]*,[^,]*,0$"


@pytest.fixture
def two(tmp_path):
    """A good table and one to spoil."""
    for name in ("asap7", "sg13g2"):
        shutil.copytree(TABLES / name, tmp_path / "tables" / name)
        (tmp_path / "tables" / name / "fit.json").write_text("of before\n")
    return tmp_path / "tables"


def refused(calibrate, two, what="--refit"):
    files = {path: path.read_text(errors="replace") for path in two.rglob("*.*") if path.is_file()}
    done = calibrate(what, "--tables", two)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "allowed: " in done.stderr and done.stderr.startswith(f"calibrate: {two}/sg13g2/")
    assert {path: path.read_text(errors="replace") for path in two.rglob("*.*") if path.is_file()} == files
    return done.stderr.removeprefix(f"calibrate: {two}/sg13g2/")


@pytest.mark.parametrize("file, pattern, said, message", [
    ("provenance.yaml", "(?m)^corner: .*\n", "", "provenance.yaml: no corner; allowed"), ("provenance.yaml", "(?m)^(voltage: ).*", r"\1.nan", "provenance.yaml: voltage: nan"),
    ("provenance.yaml", "(?m)^(voltage: ).*", r"\1much", "provenance.yaml: voltage: much"),
    ("samples.csv", SAMPLE, r"\1nan", "samples.csv:2: area_um2 nan"), ("samples.csv", SAMPLE, r"\1inf", "samples.csv:2: area_um2 inf"),
    ("samples.csv", SAMPLE, r"\g<1>1e400", "samples.csv:2: area_um2 inf"), ("samples.csv", SAMPLE, rf"\g<1>1{'0' * 400}", "samples.csv:2: no sample"),
    ("samples.csv", SAMPLE, r"\1-1", "samples.csv:2: a figure that is not positive"), ("samples.csv", r"(datapath_pe:\d+:)[^:]*", r"\1nan", "area_um2 of datapath_pe nan"),
    ("energy.csv", WINDOW, r"\g<1>0\2,1,1,1,0", "energy.csv:2: 0 operations of stream uniform"), ("energy.csv", WINDOW, r"\g<1>-64\2,1,1,1,0", "energy.csv:2: operations below zero"),
    ("energy.csv", WINDOW, r"\g<1>64\2,1,1,1,1", "energy.csv:2: 64 operations of stream uniform, idle 1"), ("energy.csv", WINDOW, r"\g<1>64\2,nan,1,1,0", "energy.csv:2: timed_pj nan"),
    ("energy.csv", WINDOW, r"\g<1>64\2,1,1e400,1,0", "energy.csv:2: zero_delay_pj inf"), ("energy.csv", WINDOW, r"\g<1>64\2,0,1,1,0", "energy.csv:2: operations without energy"),
    ("energy.csv", r"(?m)^(dfp_pe,dfp8,,[^,]*,uniform,0,64,64,)\d+", r"\1-3", "energy.csv:2: hd_b below zero"),
    ("energy.csv", r"(?m)^(dfp_pe,dfp8,,[^,]*,idle,0,)0", r"\g<1>5", "5 operations of stream idle, idle 1")])
def test_a_fault_in_a_table_is_one_message(calibrate, two, file, pattern, said, message):
    path = two / "sg13g2" / file
    text, count = re.subn(pattern, said, path.read_text(), count=1)
    assert count == 1
    path.write_text(text)
    assert message in refused(calibrate, two)


def test_energies_that_are_not_there(calibrate, two):
    energies = two / "sg13g2/energy.csv"
    lines = energies.read_text().splitlines(keepends=True)
    energies.unlink()
    assert refused(calibrate, two).startswith("energy.csv: No such file")
    if shutil.which("yosys"):
        assert refused(calibrate, two, "--carry").startswith("energy.csv: No such file")
    energies.write_text("".join(line for line in lines if not re.match(r"dfp_pe,dfp8,,.*,[a-z_]+,\d+,[1-9]", line)))
    assert "dfp_pe dfp8" in (said := refused(calibrate, two)) and "no window with operations" in said
    energies.write_text(lines[0])  # a table whose energies were not measured
    assert calibrate("--refit", "--tables", two).returncode == 0


@pytest.mark.parametrize("file", ["samples.csv", "energy.csv", "provenance.yaml"])
def test_a_file_that_is_no_text(calibrate, two, file):
    (two / "sg13g2" / file).write_bytes(b"\xff\xfe\0")
    assert refused(calibrate, two).startswith(f"{file}: ")
