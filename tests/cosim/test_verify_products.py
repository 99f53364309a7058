# SPDX-License-Identifier: Apache-2.0
"""`binade verify --stimulus trace` with the operands of training steps: every step trace that ships, on its units, right and broken."""
import json
import os
import pathlib
import shlex
import shutil
import subprocess

import pytest

from core_config import config

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINADE = os.environ.get("BINADE", str(ROOT / "build/binade"))
FOREIGN = pathlib.Path(__file__).resolve().parent / "foreign"
PASSES = ["forward", "backward-data", "backward-weight"]
ELEMENT = {"positnn": "posit_pe", "flexpoint": "flex_pe", "dfp8": "dfp_pe", "sdfp8": "dfp_pe", "hill": "float_pe", "bf16": "float_pe",
           "fp16": "float_pe"}  # dfp16 adds in chains, which the element has as part of a core alone
CORE = [*ELEMENT, "dfp16"]


def trace(recipe):
    return ROOT / f"traces/step-{recipe}.npz"


def verify(directory, unit, recipe, *arguments):
    command = [BINADE, "verify", unit, "--stimulus", "trace", "--trace", trace(recipe), *arguments]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd=directory, timeout=900)


def report_of(done):
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["equal"] and report["complete"]
    return report


@pytest.mark.parametrize("stalls", ["none", "random"])
@pytest.mark.parametrize("phase", PASSES)
@pytest.mark.parametrize("recipe", ELEMENT)
def test_the_products_of_a_step_on_their_element(tmp_path, recipe, phase, stalls):
    product = {"forward": "act.conv2", "backward-data": "delta.conv2_in", "backward-weight": "grad.conv2.weight"}[phase]
    done = verify(tmp_path, ELEMENT[recipe], recipe, "--layer", "conv2", "--pass", phase, "--product", product, "--stalls", stalls,
                  "--jobs", 1, "--report-format", "json")
    report = report_of(done)
    m_n_k = {"forward": 4 * 36 * 8 * 36, "backward-data": 4 * 36 * 4 * 72, "backward-weight": 8 * 36 * 4 * 36}[phase]
    assert report["vectors"] == m_n_k
    assert report["classes"]["load"] > 0 and report["classes"]["a positive"] > 0 and report["classes"]["b positive"] > 0


@pytest.mark.parametrize("recipe, lane", [("positnn", "posit_lane"), ("flexpoint", "flex_lane"), ("hill", "float_lane"),
                                          ("dfp8", "dfp_float_lane"), ("bf16", "float_lane")])
def test_the_sums_of_a_step_on_their_lane(tmp_path, recipe, lane):
    for phase, biased in (("forward", True), ("backward-data", False)):
        report = report_of(verify(tmp_path, lane, recipe, "--layer", "conv2", "--pass", phase, "--stalls", "random", "--jobs", 1,
                                  "--report-format", "json"))
        assert report["vectors"] == 4 * 36 * (8 if biased else 4)
        assert (report["classes"]["bias"] > 0) == biased, report["classes"]


@pytest.mark.parametrize("recipe, dataflow", [*[(recipe, "os") for recipe in CORE], ("positnn", "ws"), ("flexpoint", "ws")])
def test_tiles_of_a_step_on_the_core(tmp_path, recipe, dataflow):
    """Forward, so that biases are there; the element in it is that of the other passes."""
    done = verify(tmp_path, "core", recipe, "--pass", "forward", "--layer", "conv2", "--set", f"core.dataflow={dataflow}",
                  "--stalls", "random", "--jobs", 1, "--report-format", "json")
    report = report_of(done)
    assert report["vectors"] == 18 and report["classes"]["bias"] > 0  # 144 x 8 in tiles of 8 x 8


@pytest.mark.parametrize("phase", PASSES[1:])
def test_every_product_of_a_pass_that_the_core_serves(tmp_path, phase):
    report = report_of(verify(tmp_path, "core", "positnn", "--pass", phase, "--count", 60, "--jobs", 1, "--report-format", "json"))
    names = report["stimulus"]
    assert all(f"{layer}" in names for layer in ("conv2", "fc1", "fc2"))


@pytest.mark.parametrize("fault, port", [(1, "next_o"), (4, "state_o")])
def test_a_planted_fault_is_found_and_replays(tmp_path, fault, port):
    done = verify(tmp_path, "posit_pe", "positnn", "--layer", "conv2", "--pass", "backward-data", "--rtl", FOREIGN, "--top", "second_posit_pe",
                  "--param", "WIDTH=8", "--param", f"FAULT={fault}", "--failures", 1, "--report-format", "json", "--jobs", 1)
    assert done.returncode == 1, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["mismatches"][0]["port"] == port
    again = subprocess.run([BINADE, *shlex.split(report["replay"])[1:]], capture_output=True, text=True, cwd=tmp_path, timeout=900)
    assert again.returncode == 1 and port in again.stdout, again.stdout + again.stderr


@pytest.mark.parametrize("recipe, parameters", [
    ("flexpoint", ["ABits=16", "BBits=16", "OutBits=16", "BlockBits=37"]),
    ("dfp8", ["ABits=8", "BBits=8", "AccBits=32"]),
    ("hill", [f"{side}{part}" for side in ("A", "B", "") for part in ("ExponentBits=6", "FractionBits=7")]),
])
def test_a_planted_fault_in_an_element_is_found(tmp_path, recipe, parameters):
    """A sum that does not begin anew: equal without the fault, which shows that the parameters are right."""
    unit = ELEMENT[recipe]
    shutil.copytree(ROOT / "rtl", tmp_path / "copy")
    arguments = [unit, recipe, "--layer", "conv2", "--pass", "forward", "--count", 2000, "--rtl", "copy", "--top", unit, "--failures", 1,
                 "--jobs", 1, *[f"--param={parameter}" for parameter in parameters]]
    assert verify(tmp_path, *arguments).returncode == 0
    element = next((tmp_path / "copy").rglob(f"{unit}.sv"))
    text = element.read_text()
    assert text.count("base = load_q ? state_i : state_q") == 1
    element.write_text(text.replace("base = load_q ? state_i : state_q", "base = state_q"))
    broken = verify(tmp_path, *arguments)
    assert broken.returncode == 1, broken.stdout + broken.stderr


def test_a_planted_fault_in_the_core_is_found(tmp_path):
    """Biases that are dropped: a forward product shows it, one of a backward pass has none."""
    shutil.copytree(ROOT / "rtl", tmp_path / "copy")
    lane = tmp_path / "copy/posit/posit_lane.sv"
    text = lane.read_text()
    assert text.count("bias_zero | ~bias_valid_i") == 1
    lane.write_text(text.replace("bias_zero | ~bias_valid_i", "1'b1"))
    word = config(a=dict(datapath=1, n=8), bias_blocks=4096, acc_bits=128)
    arguments = ["core", "positnn", "--layer", "conv2", "--count", 20, "--rtl", "copy", "--top", "core", f"--param=Config={word}",
                 "--failures", 1, "--jobs", 1]
    broken = verify(tmp_path, *arguments, "--pass", "forward")
    assert broken.returncode == 1 and "out_o" in broken.stdout, broken.stdout + broken.stderr
    assert verify(tmp_path, *arguments, "--pass", "backward-data").returncode == 0


def test_products_that_do_not_fit_are_listed(tmp_path):
    def refused(unit, recipe, *arguments):
        done = verify(tmp_path, unit, recipe, *arguments)
        assert done.returncode == 2 and done.stdout == "", done.stdout + done.stderr
        return done.stderr

    message = refused("posit_pe", "positnn", "--layer", "conv9")
    assert "conv9" in message and "--layer conv2 --pass backward-weight --product grad.conv2.weight --format posit8" in message
    assert "act.conv3" in refused("posit_pe", "positnn", "--product", "act.conv3", "--pass", "forward")
    message = refused("posit_pe", "positnn", "--format", "posit16", "--layer", "conv2")
    assert "none of these products is in posit16" in message and "--product act.conv2 --format posit8" in message
    message = refused("dfp_pe", "dfp8")
    assert "--format is missing" in message and "core.format_a=dfp8" in message
    assert "takes no operands" in refused("posit_decoder", "positnn", "--layer", "conv2")
    assert "flex_pe" in refused("posit_decoder", "positnn", "--layer", "conv2")
    assert "whose datapath is" in refused("flex_pe", "positnn", "--layer", "conv2")


def test_files_that_are_no_traces_of_a_step(tmp_path):
    def refused(*arguments):
        done = subprocess.run([BINADE, "verify", "posit_pe", "--stimulus", "trace", *map(str, arguments)], capture_output=True, text=True,
                              cwd=tmp_path, timeout=300)
        assert done.returncode == 2 and done.stdout == "", done.stdout + done.stderr
        return done.stderr

    message = refused("--trace", ROOT / "traces/lenet5-mnist.npz", "--format", "posit8")
    assert "lenet5-mnist.npz" in message and "binade trace --step" in message
    (tmp_path / "rows.csv").write_text("rst_ni\n1\n")
    assert "--layer" in refused("--trace", "rows.csv", "--layer", "conv2", "--format", "posit8")
    assert "--format is required" in refused("--trace", "rows.csv")
    cut = tmp_path / "cut.npz"
    cut.write_bytes(trace("positnn").read_bytes()[:5000])
    assert "cut.npz" in refused("--trace", cut, "--format", "posit8")
