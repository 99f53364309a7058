# SPDX-License-Identifier: Apache-2.0
"""What `binade verify` finds when it is given a unit and a format and nothing more."""
import json
import pathlib

import pytest

FOREIGN = pathlib.Path(__file__).resolve().parent / "foreign"


def second_float(fault):
    return ["float_pe", "--format", "fp32", "--rtl", FOREIGN, "--top", "second_float_pe", "--param", f"FAULT={fault}"]


def test_a_sound_element_is_equal_and_every_class_is_hit(verify):
    done = verify(*second_float(0), "--report-format", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["equal"] and report["not_hit"] == []
    assert report["vectors"] == 1_000_000 and report["stalls"] == "random"


# 1: what is shifted out of the running sum; 2: enable_i; 3: a product far below; 4: ties; 5: subnormals; 6: the sign of a zero.
@pytest.mark.parametrize("fault", range(1, 7))
def test_each_planted_fault_is_found_by_the_default_call(verify, fault):
    done = verify(*second_float(fault))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "MISMATCH" in done.stdout


@pytest.mark.parametrize("word, policy", [("fp32", "fp32"), ("bf16", "serial"), ("bf16", "fp32"), ("fp16", "serial"), ("fp8e4m3", "serial")])
def test_sums_do_not_drown_in_nan(verify, word, policy):
    done = verify("float_pe", "--format", word, "--set", f"accumulate={policy}", "--count", "100000", "--report-format", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    share = report["classes"]["special sum"] / report["vectors"]
    assert 0 < share < 0.1, share
    assert min(report["classes"][name] for name in ("tie", "cancellation", "subnormal result")) > 500


def test_the_verdict_says_what_was_not_hit(verify):
    few = ["posit_pe", "--format", "posit8", "--count", "3"]
    verdict = verify(*few).stdout.splitlines()[-1]
    assert verdict.startswith("equal; not hit: ") and "a special" in verdict
    report = json.loads(verify(*few, "--report-format", "json").stdout)
    assert "a special" in report["not_hit"]
    assert all(report["classes"][name] == 0 for name in report["not_hit"])
