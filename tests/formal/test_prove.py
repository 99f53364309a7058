# SPDX-License-Identifier: Apache-2.0
"""The flow of rtl/formal: what holds is proved, planted faults are found, with the inputs that show them; what the user gets wrong."""
import json
import pathlib
import shutil

import pytest
import yaml

import proof_plan
import verdicts

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLAN = ROOT / "rtl/formal/plan.yaml"

QUICK = {"limit_s": 60, "proofs": [
    {"unit": "posit_encoder", "claim": "one rounding", "engines": ["sat", "abc"], "cases": [{"N": 6, "Es": 1, "ScaleBits": 6, "FractionBits": 4}],
     "faults": [{"source": "rounding_pkg", "find": "Rne: round_up = guard & (sticky | lsb);", "replace": "Rne: round_up = guard & sticky;"}]},
    {"unit": "float_encoder", "claim": "one rounding", "engines": ["sat"],
     "cases": [{"ExponentBits": 4, "FractionBits": 3, "Specials": 2, "ScaleBits": 6, "SigBits": 6}],
     "faults": [{"source": "float_encoder", "find": "assign inexact = guard | sticky;", "replace": "assign inexact = guard;"}]},
    {"unit": "dfp_pe", "claim": "product and sum", "engines": ["abc"], "cases": [{"ABits": 3, "BBits": 3, "AccBits": 8}],
     "faults": [{"source": "dfp_pe", "find": "next_o = valid_q ? next : base", "replace": "next_o = valid_q ? next : state_q"}]},
]}


def plan(tmp_path, data):
    path = tmp_path / "plan.yaml"
    path.write_text(yaml.safe_dump(data))
    return path


def results(tmp_path, folder="out"):
    return json.loads((tmp_path / folder / "results.json").read_text())["results"]


def test_what_holds_is_proved_and_kept(needs_yosys, prove, tmp_path):
    path = plan(tmp_path, QUICK)
    done = prove("--plan", path, "--jobs", 2)
    assert done.returncode == 0 and done.stdout.endswith("4 proved\n"), done.stdout + done.stderr
    made = results(tmp_path)
    assert [row["verdict"] for row in made] == ["proved"] * 4 and all(row["and_gates"] > 100 for row in made)
    logs = {log: log.stat().st_mtime_ns for log in (tmp_path / "out").glob("*/build.log")}
    assert prove("--plan", path).returncode == 0 and len(logs) == 4
    assert all(log.stat().st_mtime_ns == time for log, time in logs.items())  # none was built again


def test_planted_faults_are_found(needs_yosys, prove, tmp_path):
    done = prove("--plan", plan(tmp_path, QUICK), "--mutate")
    assert done.returncode == 0 and done.stdout.endswith("3 refuted\n"), done.stdout + done.stderr
    encoder = results(tmp_path, "out/faults")[0]["values"]
    # A tie at which an odd code must become the even one above.
    assert encoder["rounding_i"] == "000" and encoder["sticky_i"] == "0" and encoder["nar_i"] == "0"


def test_abc_names_the_inputs_too(needs_yosys, prove, tmp_path):
    data = QUICK | {"proofs": [QUICK["proofs"][0] | {"engines": ["abc"]}]}
    assert prove("--plan", plan(tmp_path, data), "--mutate").returncode == 0
    values = results(tmp_path, "out/faults")[0]["values"]
    assert {name: len(bits) for name, bits in values.items()} == {"zero_i": 1, "nar_i": 1, "negative_i": 1, "scale_i": 6, "fraction_i": 4, "sticky_i": 1,
                                                                  "rounding_i": 3, "random_i": 32}
    assert values["rounding_i"] == "000" and values["nar_i"] == values["zero_i"] == values["sticky_i"] == "0"


def test_z3_agrees(needs_yosys, prove, tmp_path):
    if not shutil.which("z3"):
        pytest.skip("z3 not installed: cmake/deps.sh formal")
    row = {"unit": "saturating_adder", "claim": "a sum", "engines": ["z3"], "cases": [{"SumBits": 6, "TermBits": 4}],
           "faults": [{"source": "saturating_adder", "find": "exact[ExactBits-1:SumBits-1] != '1", "replace": "exact[ExactBits-1:SumBits] != '1"}]}
    path = plan(tmp_path, {"limit_s": 60, "proofs": [row]})
    assert prove("--plan", path).stdout.endswith("1 proved\n")
    assert prove("--plan", path, "--mutate").returncode == 0
    assert {name: len(bits) for name, bits in results(tmp_path, "out/faults")[0]["values"].items()} == {"sum_i": 6, "term_i": 4}


def test_a_fault_that_changes_nothing_is_not_found(needs_yosys, prove, tmp_path):
    harmless = QUICK["proofs"][2] | {"faults": [{"source": "dfp_pe", "find": "next_o = valid_q ? next : base", "replace": "next_o = !valid_q ? base : next"}]}
    done = prove("--plan", plan(tmp_path, QUICK | {"proofs": [harmless]}), "--mutate")
    assert done.returncode == 1 and done.stdout.endswith("1 proved\n")


def test_time_that_runs_out_is_said(needs_yosys, prove, tmp_path):
    slow = {"unit": "float_multiplier", "claim": "a product", "engines": ["sat"], "limit_s": 1,
            "cases": [{"AScaleBits": 4, "BScaleBits": 4, "ASigBits": 12, "BSigBits": 12}],
            "faults": [{"source": "float_multiplier", "find": "(a_zero_i & b_infinite_i)", "replace": "1'b0"}]}
    done = prove("--plan", plan(tmp_path, QUICK | {"proofs": [slow]}))
    assert done.returncode == 0 and "timeout" in done.stdout and "no answer within 1 s" in done.stdout and done.stdout.endswith("1 timeout\n")


@pytest.mark.parametrize("change, words", [
    ({"unit": "posit_encoderr"}, "no such unit; allowed: a module of rtl/sources.f"),
    ({"unit": "fold_walker"}, "check fold_walker_check: not there; allowed: a module of rtl/formal"),
    ({"engines": ["boolector"]}, "engines: ['boolector']; allowed: a list of sat abc z3"),
    ({"cases": [{"N": "six"}]}, "cases; allowed: a list of parameters, each with a whole number"),
    ({"limit_s": 0}, "limit_s: 0; allowed: whole seconds"),
    ({"claims": "x"}, "row 1: its keys; allowed:"),
    ({"faults": [{"source": "rounding_pkg", "find": "guard", "replace": ""}]}, "'guard' is 5 times in rounding_pkg; allowed: text that is there once"),
])
def test_a_wrong_row_of_a_plan(prove, tmp_path, change, words):
    done = prove("--plan", plan(tmp_path, QUICK | {"proofs": [QUICK["proofs"][0] | change]}))
    assert done.returncode == 2 and words in done.stderr, done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments, words", [
    (["--plan", "/nowhere"], "--plan /nowhere: No such file or directory; allowed: a plan of proofs in YAML"),
    (["--only", "quire"], "--only quire: no proof has it in its name; allowed:"),
    (["--jobs", "0"], "--jobs 0: allowed: 1 or more"),
    (["--document", "/nowhere"], "--document /nowhere: No such file or directory; allowed: a document with"),
    (["--document", "/dev/null"], "--document /dev/null: without marks; allowed: a document with"),
    (["--document", "x", "--mutate"], "--document: of a part; allowed:"),
])
def test_wrong_arguments(prove, tmp_path, arguments, words):
    done = prove(*arguments)
    assert done.returncode == 2 and words in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_a_missing_tool_is_named_with_its_package(prove, tmp_path):
    done = prove("--plan", plan(tmp_path, QUICK), PATH=str(tmp_path))
    assert done.returncode == 2 and "yosys, yosys-abc: not found; allowed: after apt-get install yosys" in done.stderr


def test_the_document_has_a_verdict_for_every_proof_of_the_plan():
    proofs, _ = proof_plan.read(PLAN)
    _, between, _ = verdicts.marks_of(ROOT / "docs/formal.md")
    lines = between.partition("| engine |")[2].splitlines()[1:]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| ")]
    assert [tuple(row[:3]) for row in rows] == [(proof.name.removesuffix(proof.shape).strip(), proof.shape, proof.engine) for proof in proofs]
    assert all(row[3] == "proved" or row[3].startswith("no answer within ") for row in rows)


def test_every_description_serves_a_proof():
    proofs, _ = proof_plan.read(PLAN)
    assert {proof.check for proof in proofs} == {path.stem for path in (ROOT / "rtl/formal").glob("*_check.sv")}
