# SPDX-License-Identifier: Apache-2.0
"""Elements that people have: `binade verify mac`, `ws_mac`, sums that saturate or wrap around; right ones and planted faults."""
import json
import os
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOREIGN = pathlib.Path(__file__).resolve().parent / "foreign"
MAC = ["mac", "--format", "dfp8", "--report-format", "json", "--rtl", str(FOREIGN), "--top", "plain_mac", "--map=clk_i=clk", "--map=rst_ni=!rst",
       "--map=clear_i=clear", "--map=valid_i=en", "--map=a_i=x", "--map=b_i=y", "--map=sum_o=acc"]
WEIGHT = ["ws_mac", "--format", "dfp8", "--report-format", "json", "--set", "core.acc_bits=20", "--rtl", FOREIGN, "--top", "plain_ws_mac",
          "--map=clk_i=clk", "--map=rst_ni=rst_n", "--map=load_i=load", "--map=weight_i=weight_in", "--map=a_i=x_in", "--map=sum_i=psum_in",
          "--map=sum_o=psum_out", "--map=a_o=x_out", "--map=weight_o=weight_out"]
FEW = ["--failures", "1"]


def fault(number):
    return f"--drive=fault={number}"


@pytest.mark.parametrize("overflow, width, latency", [("wrap", 32, 1), ("saturate", 18, 2)])
def test_an_int8_multiply_accumulate(verify, overflow, width, latency):
    own = [*MAC, "--overflow", overflow, "--set", f"core.acc_bits={width}", "--set", f"core.pe_latency={latency}", "--param",
           f"Width={width}", "--param", f"Latency={latency}", "--param", f"Saturates=1'b{int(overflow == 'saturate')}", "--count", "400000"]
    sound = verify(*own, fault(0))
    assert sound.returncode == 0, sound.stdout + sound.stderr
    report = json.loads(sound.stdout)
    # Both ends of the register are reached, also of 32 bits; what the module lacks is no gap of the run.
    assert report["equal"] and report["not_hit"] == [] and report["never_run"] == ["load", "frozen"], report
    assert report["events"]["overflow" if overflow == "wrap" else "saturation"] >= 2, report
    if width == 18:
        for stimulus in ("corner", "exhaustive"):
            assert verify(*own, fault(0), "--stimulus", stimulus).returncode == 0
    for number in (1, 2, 3):
        assert verify(*own, fault(number), *FEW).returncode == 1, number
    # The other choice, and a product that is one clock late, are seen.
    other = {"wrap": "saturate", "saturate": "wrap"}[overflow]
    assert verify(*[other if word == overflow else word for word in own], fault(0), *FEW).returncode == 1
    assert verify(*own, fault(0), "--set", f"core.pe_latency={3 - latency}", *FEW).returncode == 1


def test_a_systolic_element_whose_weight_stays(verify):
    for stimulus in ("random", "corner", "exhaustive"):
        sound = verify(*WEIGHT, "--overflow", "wrap", fault(0), "--stimulus", stimulus, "--count", "65536")
        assert sound.returncode == 0, sound.stdout + sound.stderr
    assert json.loads(sound.stdout)["never_run"] == ["frozen"]
    for number in (1, 2, 3):
        broken = verify(*WEIGHT, "--overflow", "wrap", fault(number), "--stimulus", "exhaustive", *FEW)
        assert broken.returncode == 1, number
        assert json.loads(broken.stdout)["mismatches"][0]["port"] == ("weight_o" if number == 1 else "sum_o")
    assert verify(*WEIGHT, fault(0), *FEW).returncode == 1


@pytest.mark.skipif(not os.environ.get("BINADE_FULL"), reason="one module more to build: make test-full")
def test_posit_elements_begin_with_a_load(verify):
    """Ours, whose state comes back from outside, as an element that has a load alone."""
    own = ["mac", "--format", "posit8", "--report-format", "json", "--rtl", ROOT / "rtl", "--top", "posit_pe", "--map=sum_o=state_o",
           "--drive=state_i=0", "--drive=rst_ni=1", "--param", "ABits=8", "--param", "BBits=8", "--param", "Es=2", "--count", "100000"]
    sound = verify(*own)
    assert sound.returncode == 0, sound.stdout + sound.stderr
    assert json.loads(sound.stdout)["never_run"] == ["clear", "reset"] and json.loads(sound.stdout)["not_hit"] == []


def test_an_element_without_a_load_starts_each_step_from_outside(verify, tmp_path):
    (tmp_path / "step.sv").write_text("""module step(input logic clk_i, rst_ni, fault, input logic signed [7:0] a_i, b_i,
        input logic signed [31:0] state_i, output logic signed [31:0] state_o);
      logic signed [32:0] sum;
      assign sum = state_i + a_i * b_i + $signed({1'b0, fault && a_i == -128 && b_i == 1});
      always_ff @(posedge clk_i) state_o <= sum[32] == sum[31] ? sum[31:0] : {sum[32], {31{!sum[32]}}};
    endmodule""")
    for planted in (0, 1):
        done = verify("dfp_pe", "--format", "dfp8", "--rtl", "step.sv", "--top", "step", "--stimulus", "exhaustive", fault(planted))
        assert done.returncode == planted, done.stdout + done.stderr


def test_a_dot_product_that_wraps_around(verify, tmp_path):
    (tmp_path / "dot.sv").write_text("""module dot(input logic [31:0] a_i, b_i, output logic signed [15:0] result_o);
      always_comb begin
        result_o = 0;
        for (int i = 0; i < 4; ++i) result_o += 16'(signed'(a_i[8*i+:8])) * 16'(signed'(b_i[8*i+:8]));
      end
    endmodule""")
    own = ["dot", "--format", "dfp8", "--set", "core.format_out=dfp16", "--rtl", "dot.sv", "--top", "dot", "--count", "100000"]
    wraps = verify(*own, "--overflow", "wrap")
    assert wraps.returncode == 0 and "overflow 0" not in wraps.stdout, wraps.stdout + wraps.stderr
    assert verify(*own, "--overflow", "saturate", *FEW).returncode == 1


@pytest.mark.parametrize("arguments, words", [
    (["mac", "--format", "fp16", "--overflow", "wrap"], ["--overflow", "mac in fp16", "integers"]),
    (["add", "--format", "fixed8.4", "--overflow", "wrap"], ["--overflow", "add", "dot of integers"]),
    (["mac", "--format", "dfp8", "--overflow", "clamp"], ["--overflow clamp", "saturate wrap"]),
    (["mac", "--format", "fp16", "--set", "accumulate=exact"], ["mac", "exact", "accumulate=fp32"]),
    (["dot", "--format", "fixed8.4", "--overflow", "wrap"], ["--overflow wrap", "last place"]),
    (["mac", "--format", "dfp8"], ["mac", "--rtl"]),
    ([word for word in MAC if "clear" not in word and "rst" not in word] + ["--ignore=clear", "--ignore=rst", "--drive=fault=0"],
     ["when a sum begins", "clear_i=PORT"]),
])
def test_wrong_calls(verify, arguments, words):
    done = verify(*arguments)
    assert done.returncode == 2 and done.stderr.splitlines()[-1].count("allowed"), done.stdout + done.stderr
    for word in words:
        assert word in done.stderr, done.stderr
