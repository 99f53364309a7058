# SPDX-License-Identifier: Apache-2.0
"""Modules with ports, clocks and values of their own: what is mapped, left out, timed; each checker sees a planted fault."""
import json
import pathlib
import re
import shlex
import xml.etree.ElementTree

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOREIGN = pathlib.Path(__file__).resolve().parent / "foreign"
FORMAT = ["posit_decoder", "--format", "posit8", "--jobs", "1", "--rtl", FOREIGN]
NAMES = [f"--map={ours}_o={ours}" for ours in ("zero", "nar", "scale", "significand")]
PIPE = [*FORMAT, "--top", "pipe_posit_decoder", *NAMES, "--map=clk_i=clk", "--map=code_i=codes[1]", "--ignore=codes[0]",
        "--map=negative_o=!positive"]
SLOT = [*FORMAT, "--top", "slot_posit_decoder", "--map=clk_i=clk", "--map=rst_ni=!reset", "--map=valid_i=push", "--map=ready_o=ready",
        "--map=code_i=request[7:0]", "--drive=request[10:8]=5", "--map=valid_o=valid", "--map=ready_i=pop", "--map=zero_o=value[12]",
        "--map=nar_o=value[11]", "--map=negative_o=value[10]", "--map=scale_o=value[9:4]", "--map=significand_o=value[3:0]"]


def fault(number):
    return f"--drive=fault={number}"


def test_a_pipeline_of_a_known_length(verify, tmp_path):
    done = verify(*PIPE, fault(0), "--latency", "3", "--stimulus", "exhaustive")
    assert done.returncode == 0 and "equal" in done.stdout, done.stdout + done.stderr
    for latency in (1, 2, 4):
        assert verify(*PIPE, fault(0), "--latency", latency, "--count", "500").returncode == 1
    planted = verify(*PIPE, fault(1), "--latency", "3", "--stimulus", "exhaustive", "--junit", "junit.xml")
    assert "failing: 1 of 256 vectors\n" in planted.stdout and "  code_i: 1 code: 0x93\n" in planted.stdout, planted.stdout
    # The operands of that result, not those of its clock.
    assert "  of code_i 0x93 = -1.01b x 2^" in planted.stdout, planted.stdout
    suite = xml.etree.ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert {case.get("name") for case in suite if case.find("failure") is not None} == {"negative_o"}
    assert int(suite.get("failures")) == 1 and int(suite.get("tests")) == len(suite.findall("testcase")) > 5
    # No case of what the module lacks.
    assert {case.get("name") for case in suite} - {"assertions", "all vectors", None} == {
        "zero_o", "nar_o", "negative_o", "scale_o", "significand_o"}
    assert planted.returncode == 1 and "negative_o: expected 0x1, got 0x0" in planted.stdout, planted.stdout + planted.stderr
    line = next(line for line in planted.stdout.splitlines() if line.startswith("replay: "))
    again = verify(*shlex.split(line)[3:])
    assert again.returncode == 1 and "negative_o: expected 0x1, got 0x0" in again.stdout, again.stdout + again.stderr
    assert "equal" in verify(*PIPE, fault(0), "--latency", "3", "--stimulus", "trace", "--trace", "mismatch.csv").stdout


@pytest.mark.parametrize("stalls", ["none", "random"])
def test_valid_and_ready_say_when(verify, stalls):
    done = verify(*SLOT, fault(0), "--count", "5000", "--stalls", stalls)
    assert done.returncode == 0 and "equal" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("number, words", [
    (1, "valid_o: expected 0x1, got 0x0: a result that waits for ready_i has gone"),
    (2, "valid_o: expected 0x0, got 0x1: a result without operands"),
    (3, "valid_o: expected 0x1, got 0x0: no result for 50 clocks (time-out)"),
    (4, "ready_o: expected 0x1, got 0x0: operands not accepted for 50 clocks (time-out)"),
])
def test_each_fault_of_the_handshake_is_named(verify, number, words):
    done = verify(*SLOT, fault(number), "--count", "5000", "--timeout", "50")
    assert done.returncode == 1 and words in done.stdout, done.stdout + done.stderr


ENCODER = """module mine(input logic zero, input logic sign, input logic signed [15:0] exp, input logic [62:0] frac, input logic sticky,
    input logic [1:0] mode, output logic [7:0] code);
  logic [4:0] events;
  // 3: to nearest even, 1: towards zero.
  posit_encoder #(.N(8), .Es(2), .ScaleBits(16), .FractionBits(63)) u(.zero_i(zero), .nar_i(1'b0), .negative_i(sign), .scale_i(exp),
    .fraction_i(frac), .sticky_i(sticky), .rounding_i(mode == 3 ? rounding_pkg::Rne : rounding_pkg::Rtz), .random_i('0),
    .code_o(code), .events_o(events));
endmodule
"""


@pytest.fixture
def encoder(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/mine.sv").write_text(ENCODER)
    listed = [str(ROOT / "rtl" / line) for line in (ROOT / "rtl/sources.f").read_text().split()]
    (tmp_path / "mine/sources.f").write_text("\n".join([*listed, "mine.sv"]) + "\n")
    pairs = ("zero_i=zero", "negative_i=sign", "scale_i=exp", "fraction_i=frac", "sticky_i=sticky", "code_o=code")
    return ["posit_encoder", "--format", "posit8", "--rtl", "mine", "--top", "mine", *(f"--map={pair}" for pair in pairs)]


def test_modes_with_numbers_of_their_own(verify, encoder):
    mode = [*encoder, "--map=rounding_i=mode[1:0]"]
    narrow = verify(*mode, "--count", "100")
    assert narrow.returncode == 2 and "port mode: an input of 2 bits; allowed: an input of 3" in narrow.stderr, narrow.stderr
    mode = [*encoder, "--map=rounding_i[1:0]=mode", "--map-value=rounding_i:rne=3", "--map-value=rounding_i:rtz=1"]
    assert "equal" in verify(*mode).stdout
    assert verify(*encoder, "--map=rounding_i[1:0]=mode", "--map-value=rounding_i:rne=1", "--map-value=rounding_i:rtz=3").returncode == 1
    # One mode that the module does without being told.
    for word, number in (("rne", 3), ("rtz", 1)):
        assert "equal" in verify(*encoder, f"--drive=mode={number}", "--rounding", word).stdout
        other = verify(*encoder, f"--drive=mode={4 - number}", "--rounding", word)
        assert other.returncode == 1 and "code_o: expected 0x" in other.stdout and "b x 2^" in other.stdout, other.stdout


@pytest.mark.parametrize("more, words", [
    (["--map=rounding=mode"], ["--map rounding: posit_encoder has no such port", "rounding_i"]),
    (["--map=rounding_i=mood"], ["--map rounding_i=mood", "no port mood, an input of 3 bits", "mode (in 2)"]),
    (["--map=rounding_i"], ["--map rounding_i", "OURS=THEIRS"]),
    (["--map=events_o=mode"], ["port mode: an input of 2 bits", "an output of 5"]),
    (["--map=random_i=zero"], ["port zero", "an input of 32"]),
    (["--map-value=rounding_i:up=1"], ["--map-value up: no value of rounding_i", "rne rtz"]),
    (["--map-value=rounding_i=1"], ["--map-value", "rounding_i:rne=1"]),
    (["--map-value=mode:rne=1"], ["--map-value mode: no input", "rounding_i"]),
    (["--map=rounding_i[1:0]=mode", "--map-value=rounding_i:rne=7"], ["rne=7: too wide", "2 bits"]),
    (["--drive=mode=4"], ["0x4 is too wide", "2 bits"]),
    ([], ["port mode: an input that is not of posit_encoder", "--drive mode=VALUE"]),
    (["--drive=mode=1", "--rounding=rne,rtz"], ["--rounding: the module has no rounding_i"]),
    (["--drive=mode=1", "--rounding=up"], ["up", "rne"]),
    (["--drive=mode=1", "--latency=2"], ["--latency 2: the module has no clock clk_i"]),
    (["--drive=mode=1", "--map=clk_i=clock"], ["--map clk_i=clock"]),
    (["--drive=mode=1", "--map=zero_i=zero"], ["bit 0 twice"]),
    (["--drive=mode=1", "--drive=mode=1"], ["--drive mode: twice; allowed: one value of each port"]),
])
def test_an_adapter_that_does_not_fit_is_one_clear_message(verify, encoder, more, words):
    done = verify(*encoder, *more)
    assert done.returncode == 2 and done.stdout == "", done.stdout + done.stderr
    ports = re.findall(r"error: port (\w+)", done.stderr)
    assert len(set(ports)) == len(ports), done.stderr  # nothing else is said of a port that does not fit
    for word in words:
        assert word in done.stderr, done.stderr


def test_a_missing_port_is_named_with_what_is_there(verify, encoder):
    done = verify(*[word for word in encoder if "scale_i" not in word], "--drive=mode=1", "--ignore=exp")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "port scale_i: missing, an input of 16 bits; allowed: --map scale_i=PORT; the module has zero (in 1)" in done.stderr
    assert "exp (in 16)" in done.stderr


def test_a_clock_without_a_time_is_asked_for(verify):
    done = verify(*PIPE, fault(0))
    assert done.returncode == 2 and "a clock and no valid_o" in done.stderr and "--latency N" in done.stderr, done.stderr
    done = verify("posit_pe", "--format", "posit8", "--latency", "2", "--rtl", FOREIGN, "--top", "second_posit_pe", "--param", "WIDTH=8")
    assert done.returncode == 2 and "posit_pe has clocks of its own" in done.stderr, done.stderr


STRUCT = ["mac", "--format", "dfp8", "--overflow", "wrap", "--rtl", FOREIGN, "--top", "struct_mac", "--map=clk_i=clk", "--map=rst_ni=!rst",
          "--map=clear_i=request.control.bits.clear", "--map=valid_i=request.control.bits.add", "--map=a_i=request.factors[0].value",
          "--map=sum_o=answers[1].sum", "--count=400000", "--failures=1"]
SECOND = "--map=b_i=request.factors[1].value"
REST = ["--ignore=request.tags", "--drive=request.factors[0].spare=1", "--ignore=request.factors[1]"]


def test_members_of_structures_by_name(verify):
    done = verify(*STRUCT, SECOND, *REST, fault(0))
    assert done.returncode == 0 and "equal" in done.stdout, done.stdout + done.stderr
    assert verify(*STRUCT, SECOND, *REST, fault(3)).returncode == 1
    # The same bits by number; other bits are another module.
    for bits, code in (("22:15", 0), ("23:16", 1)):
        done = verify(*STRUCT, f"--map=b_i=request[{bits}]", "--ignore=request", fault(0))
        assert done.returncode == code, done.stdout + done.stderr


ARRAYS = """
module arrays (input logic [7:0] a[2][3:2], output logic [7:0] y[5:4]);
  assign y[5] = a[1][2] == 8'h80 ? 8'h81 : a[1][2];
  assign y[4] = ~a[0][3];
endmodule
"""


@pytest.mark.parametrize("a, y, code", [("a[1][0]", "y[1]", 0), ("a[1][1]", "y[1]", 1), ("a[0][1]", "y[0]", 1)])
def test_elements_of_unpacked_arrays_by_index(verify, tmp_path, a, y, code):
    """Counted from the lowest index of each dimension."""
    (tmp_path / "arrays.sv").write_text(ARRAYS)
    rest = [f"--ignore={name}" for name in ("a[0][0]", "a[0][1]", "a[1][0]", "a[1][1]", "y[0]", "y[1]") if name not in (a, y)]
    done = verify("convert", "--format", "fixed8.0", "--to", "fixed8.0", "--rtl", "arrays.sv", "--top", "arrays", f"--map=a_i={a}",
                  f"--map=result_o={y}", *rest, "--rounding", "rne", "--stimulus", "exhaustive")
    assert done.returncode == code, done.stdout + done.stderr


PACKED = """
module packed_words (input logic [1:0][7:0] x, input logic [1:0][3:0] ctl, output logic [1:0][7:0] y);
  assign y = {x[0], ctl != 8'h20 ? ~x[1] : x[1] == 8'h80 ? 8'h81 : x[1]};
endmodule
"""


@pytest.mark.parametrize("more, words", [
    (["--map=a_i=x[2]", "--ignore=x"], "--map a_i=x[2]: the module has no port x[2], an input of 8 bits; allowed: x[0] to x[1]"),
    (["--map=a_i=x[1]", "--map=result_o[0]=y[2]"], "y[2], an output of 1 bits; allowed: y[0] to y[1]"),
    (["--map=a_i=x[1]", "--drive=ctl[5]=1"], "--drive ctl[5]: the module has no such port; allowed: ctl[0] to ctl[1]"),
    (["--map=a_i=x[1]", "--drive=ctl=32", "--ignore=ctl[5]"], "--ignore ctl[5]: no element of the module's; allowed: ctl[0] to ctl[1]"),
])
def test_an_index_beyond_a_packed_array_is_no_bit_of_it(verify, tmp_path, more, words):
    (tmp_path / "packed.sv").write_text(PACKED)
    own = ["convert", "--format", "fixed8.0", "--to", "fixed8.0", "--rtl", "packed.sv", "--top", "packed_words", "--rounding", "rne",
           "--stimulus", "exhaustive"]
    done = verify(*own, *more)
    assert done.returncode == 2 and words in done.stderr, done.stdout + done.stderr
    # Elements, a bit of one, and bits of the whole are there.
    for ctl in (["--drive=ctl[1]=2", "--drive=ctl[0]=0"], ["--drive=ctl[1][1]=1", "--drive=ctl[7:6]=0", "--drive=ctl[4:0]=0"]):
        done = verify(*own, "--map=a_i=x[1]", "--map=result_o=y[0]", "--ignore=x[0]", *ctl)
        assert done.returncode == 0 and "equal" in done.stdout, done.stdout + done.stderr


def test_the_command_line_drives_in_the_place_of_an_adapter(verify, tmp_path):
    (tmp_path / "packed.sv").write_text(PACKED)
    (tmp_path / "a.yaml").write_text("""schema_version: 1
unit: convert
format: fixed8.0
to: fixed8.0
rtl: packed.sv
top: packed_words
map: {a_i: "x[1]", result_o: "y[0]"}
ignore: "x[0]"
drive: {ctl: 0}
rounding: rne
""")
    assert verify("--adapter", "a.yaml").returncode == 1
    assert verify("--adapter", "a.yaml", "--drive", "ctl=32").returncode == 0


@pytest.mark.parametrize("more, words", [
    ([], ["port b_i: missing, an input of 8 bits; allowed: --map b_i=PORT; the module has clk (in 1) rst (in 1) fault (in 3) request (in 26)",
          "request.control.bits.add (in 1)", "request.factors[1].value (in 8) request.tags (in 6) answers[0] (out 33)",
          "answers[1] (out 33) answers[1].spare (out 1) answers[1].sum (out 32)"]),
    ([SECOND, *REST[1:]], ["port request.tags: an input that is not of mac; allowed: --drive request.tags=VALUE, --ignore request.tags"]),
    ([SECOND, REST[0], REST[2]], ["port request.factors[0].spare: an input"]),
    ([SECOND, *REST, "--drive=request.tags[0]=4"], ["--drive request.tags[0]: 0x4 is too wide; allowed: 2 bits"]),
    ([SECOND, *REST, "--drive=request.control.named=1"], ["--drive request.control.named: the stimulus drives this input"]),
    (["--map=b_i=request.factors[1]", *REST], ["port request.factors[1]: an input of 9 bits; allowed: an input of 8"]),
    (["--map=b_i=request.factors[0].value", *REST], ["port request.factors[0].value: driven twice"]),
    (["--map=b_i=request.factors[2]", *REST], ["no port request.factors[2], an input of 8 bits; allowed: request.factors[0] to request.factors[1]"]),
    (["--map=b_i=request.factor", *REST], ["no port request.factor, an input of 8 bits", "request.factors (in 18)"]),
])
def test_a_member_that_does_not_fit_is_one_clear_message(verify, more, words):
    done = verify(*STRUCT, *more, fault(0))
    assert done.returncode == 2 and done.stdout == "", done.stdout + done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


@pytest.mark.parametrize("unit, form, stimulus", [("posit_encoder", "posit8", "exhaustive"), ("float_encoder", "fp8e4m3", "corner"),
                                                  ("posit_lane", "posit8", "exhaustive"), ("float_lane", "e6m7", "random")])
def test_vectors_go_through_the_modes_that_are_named(verify, unit, form, stimulus):
    own = [unit, "--format", form, "--stimulus", stimulus, "--report-format", "json"]
    if stimulus == "random":
        own += ["--count", "20000"]
    report = {modes: json.loads(verify(*own, *modes).stdout) for modes in ((), ("--rounding", "rtz,rha"))}
    few, many = report[("--rounding", "rtz,rha")], report[()]
    assert few["equal"] and many["equal"] and many["never_run"] == []
    if stimulus != "random":
        assert few["vectors"] * 5 == many["vectors"] * 2
    assert {name.split()[-2 if "encoder" in unit else -1] for name in few["never_run"]} >= {"rne", "rhu"}
    assert not any(mode in name for name in few["never_run"] + few["not_hit"] for mode in ("rtz", "rha")), few


@pytest.mark.parametrize("own, words", [
    (["posit_lane", "--format", "posit8", "--rounding", "rup"], ["--rounding rup: no value of rounding_i", "rne rtz rhu rha sr"]),
    (["float_lane", "--format", "e6m7", "--rounding", "sr"], ["--rounding sr: no value of rounding_i", "rne rtz rhu rha"]),
    (["float_pe", "--format", "e6m7", "--rounding", "sr"], ["--rounding sr: no value of rounding_i", "rne rtz rhu rha"]),
    (["posit_pe", "--format", "posit8", "--rounding", "rne"], ["--rounding: posit_pe has no rounding_i", "--set rounding=WORD"]),
    (["posit_encoder", "--format", "posit8", "--rounding", "up"], ["unknown mode 'up'"]),
])
def test_modes_that_a_unit_lacks_are_refused(verify, own, words):
    done = verify(*own)
    assert done.returncode == 2 and done.stdout == "", done.stdout + done.stderr
    for word in words:
        assert word in done.stderr, done.stderr
