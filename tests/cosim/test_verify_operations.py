# SPDX-License-Identifier: Apache-2.0
"""Arithmetic units: `binade verify add ... dot` on modules written for it, right and with planted faults; `binade vectors`."""
import bisect
import collections
import itertools
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
from fractions import Fraction

import jsonschema
import numpy
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINADE = os.environ.get("BINADE", str(ROOT / "build/binade"))
HERE = pathlib.Path(__file__).resolve().parent


def binade(directory, *arguments):
    return subprocess.run([BINADE, *map(str, arguments)], capture_output=True, text=True, cwd=directory, timeout=600)


def sources(directory, *names):
    (directory / "mine").mkdir()
    for name in names:
        shutil.copy(HERE / "foreign" / name, directory / "mine")


def report(done):
    return json.loads(done.stdout)


ADDER = ["verify", "add", "--rtl", "mine", "--top", "plain_float_adder", "--rounding", "rne,rtz,rha,rdn,rup", "--report-format", "json"]


def test_an_ieee_adder_over_every_pair_of_codes(tmp_path):
    sources(tmp_path, "plain_float_adder.sv")
    every = [*ADDER, "--format", "fp8e5m2", "--param", "E=5", "--param", "M=2", "--stimulus", "exhaustive", "--latency", "0"]
    sound = binade(tmp_path, *every, "--drive", "fault_i=0")
    assert sound.returncode == 0, sound.stdout + sound.stderr
    assert report(sound)["equal"] and report(sound)["vectors"] == 5 * 65536
    assert report(sound)["accumulate"] is None and report(sound)["rounding"] == "rne,rtz,rha,rdn,rup"
    # Nothing is missing of the modes that the module has.
    assert report(sound)["not_hit"] == [] and report(sound)["failing"] is None
    assert {name.split()[0] for name in report(sound)["never_run"]} == {"rhu", "sr"}
    for fault, port in [(1, "result_o"), (2, "result_o"), (3, "result_o"), (4, "flags_o"), (5, "flags_o")]:
        broken = binade(tmp_path, *every, "--drive", f"fault_i={fault}", "--failures", "1")
        assert broken.returncode == 1, (fault, broken.stdout + broken.stderr)
        assert report(broken)["mismatches"][0]["port"] == port, fault


def value_of_e5m2(code):
    """None for Inf and NaN."""
    exponent, fraction = code >> 2 & 31, code & 3
    magnitude = Fraction(4 * (exponent > 0) + fraction, 4) * Fraction(2) ** (max(exponent, 1) - 15)
    return None if exponent == 31 else -magnitude if code & 128 else magnitude


def test_a_report_says_where_the_result_was_cut_and_what_failing_vectors_share(tmp_path):
    sources(tmp_path, "plain_float_adder.sv")
    every = [*ADDER, "--format", "fp8e5m2", "--param", "E=5", "--param", "M=2", "--stimulus", "exhaustive", "--latency", "0"]
    # Fault 1: of ties to even, those go up that should go down. They are counted here another way.
    positive = sorted({value_of_e5m2(code) for code in range(124)})
    ties = set()
    for a, b in itertools.product(range(256), repeat=2):
        terms = value_of_e5m2(a), value_of_e5m2(b)
        if None not in terms and (total := abs(sum(terms))) < positive[-1]:
            low = bisect.bisect_right(positive, total) - 1
            if low % 2 == 0 and 2 * total == positive[low] + positive[low + 1]:
                ties.add((a, b))
    broken = report(binade(tmp_path, *every, "--drive", "fault_i=1"))
    schema = json.loads((ROOT / "docs/verify-report.schema.json").read_text())
    jsonschema.validate(broken, schema)
    failing = broken["failing"]
    assert failing["vectors"] == len(ties) and broken["failing_blocks"] > 5 == len(broken["mismatches"])
    assert failing["classes"] == ["rne tie"] and failing["shared_bits"] == [{"port": "rounding_i", "lowest_bit": 0, "mask": "0x7", "value": "0x0"}]
    assert failing["vectors_with_them"] == 65536
    counts = {one["port"]: dict(one["codes"]) for one in failing["ports"]}
    assert counts["rounding_i"] == {"rne": len(ties)}
    for port, which in (("a_i", 0), ("b_i", 1)):
        assert counts[port] == {hex(code): count for code, count in collections.Counter(pair[which] for pair in ties).items()}, port
    cut = re.compile(r"exact (-?)([01])(?:\.([01]*))?\|([01]) sticky ([01]) x 2\^(-?\d+), (\w+): rounds (up|down)")
    for number in (1, 2):
        for mismatch in report(binade(tmp_path, *every, "--drive", f"fault_i={number}"))["mismatches"]:
            words = mismatch["operands"].split()
            exact = value_of_e5m2(int(words[words.index("a_i") + 1], 16)) + value_of_e5m2(int(words[words.index("b_i") + 1], 16))
            sign, one, fraction, guard, sticky, scale, mode, way = cut.fullmatch(mismatch["exact"]).groups()
            place = Fraction(2) ** (int(scale) - len(fraction or ""))
            kept = int(one + (fraction or ""), 2) * place
            assert (exact < 0) == (sign == "-") and mode in mismatch["operands"], mismatch
            rest = abs(exact) - kept - int(guard) * place / 2
            assert 0 < rest < place / 2 if sticky == "1" else rest == 0, mismatch
            assert abs(value_of_e5m2(int(mismatch["expected"].split()[0], 16))) == kept + (place if way == "up" else 0), mismatch


def test_what_hills_floats_flush_to_zero_is_said_with_its_value(tmp_path):
    """Every result of a constant is wrong, so each block tells of a vector: of many products some are near or below the smallest value."""
    (tmp_path / "constant.sv").write_text("module constant(input [7:0] a_i, b_i, input [2:0] rounding_i, output [7:0] result_o);\n"
                                          "  assign result_o = 8'h81;\nendmodule\n")
    done = report(binade(tmp_path, "verify", "mul", "--format", "e3m4", "--rtl", "constant.sv", "--top", "constant", "--rounding", "rne,rtz,rup",
                         "--count", "4000000", "--failures", "4000000", "--report-format", "json"))
    smallest = Fraction(2) ** -2
    below = re.compile(r"exact (-?)1\.([01]{4})\|([01]) sticky ([01]) x 2\^(-?\d+), (\w+): (flushed to zero, below|rounds up to) the smallest value "
                       r"1b x 2\^-2 \(0\.25\)")

    def value(code):
        exponent = code >> 4 & 7
        return Fraction(16 + (code & 15), 16) * Fraction(2) ** (exponent - 3) * (-1 if code & 128 else 1) if exponent else Fraction(0)
    ways = collections.Counter()
    for one in done["mismatches"]:
        words = one["operands"].replace(",", "").split()
        exact = value(int(words[words.index("a_i") + 1], 16)) * value(int(words[words.index("b_i") + 1], 16))
        if exact == 0 or abs(exact) >= smallest:
            assert exact != 0 or one["exact"] is None
            assert exact == 0 or "smallest" not in one["exact"], one
            continue
        sign, fraction, guard, sticky, scale, _, way = below.fullmatch(one["exact"]).groups()
        place = Fraction(2) ** (int(scale) - 4)
        rest = abs(exact) - (16 + int(fraction, 2)) * place - int(guard) * place / 2
        assert (exact < 0) == (sign == "-") and (0 < rest < place / 2 if sticky == "1" else rest == 0), one
        assert way.startswith("flushed") == (value(int(one["expected"].split()[0], 16)) == 0), one
        ways[way] += 1
    assert len(done["mismatches"]) == done["blocks"] and len(ways) == 2, ways


def test_the_schema_of_reports_is_what_the_program_prints():
    file = ROOT / "docs/verify-report.schema.json"
    printed = subprocess.run([BINADE, "verify", "--print-report-schema"], capture_output=True, text=True, check=True).stdout
    if os.environ.get("BINADE_WRITE_DOCUMENTS"):
        file.write_text(printed)
    assert file.read_text() == printed
    jsonschema.Draft202012Validator.check_schema(json.loads(printed))


def test_a_pipelined_adder_and_one_clock_too_many(tmp_path):
    sources(tmp_path, "plain_float_adder.sv")
    piped = [*ADDER, "--format", "fp16", "--param", "E=5", "--param", "M=10", "--param", "Latency=3", "--drive", "fault_i=0", "--count",
             "60000"]
    for stimulus in ("corner", "random"):
        sound = binade(tmp_path, *piped, "--latency", "3", "--stimulus", stimulus)
        assert sound.returncode == 0 and report(sound)["equal"], sound.stdout + sound.stderr
    assert binade(tmp_path, *piped, "--latency", "2", "--failures", "1").returncode == 1


@pytest.mark.parametrize("form, parameters", [("fp8e5m2", ("E=5", "M=2")), ("fp8e4m3", ("E=4", "M=3", "Ocp=1'b1"))])
def test_a_fused_multiply_add_with_flags(tmp_path, form, parameters):
    """All triples of both formats are the tests cosim.triples of `make test-full`."""
    sources(tmp_path, "plain_float_fma.sv")
    own = ["verify", "fma", "--format", form, "--rtl", "mine", "--top", "plain_float_fma", "--rounding", "rne,rtz,rha,rdn,rup",
           "--report-format", "json", "--count", "60000", *(word for value in parameters for word in ("--param", value))]
    sound = binade(tmp_path, *own, "--drive", "fault_i=0")
    assert sound.returncode == 0, sound.stdout + sound.stderr
    assert report(sound)["equal"] and report(sound)["not_hit"] == []
    for fault, ports in ((1, {"result_o"}), (2, {"result_o", "flags_o"}), (3, {"flags_o"})):
        broken = binade(tmp_path, *own, "--drive", f"fault_i={fault}", "--failures", "1")
        assert broken.returncode == 1 and {one["port"] for one in report(broken)["mismatches"]} <= ports, (fault, broken.stdout)


def test_a_posit_multiplier_of_our_own_parts_under_its_own_names(tmp_path):
    shutil.copytree(ROOT / "rtl", tmp_path / "mine")
    shutil.copy(HERE / "foreign/plain_posit_multiplier.sv", tmp_path / "mine/plain_posit_multiplier.sv")
    (tmp_path / "mine/sources.f").write_text((tmp_path / "mine/sources.f").read_text() + "\nplain_posit_multiplier.sv\n")
    arguments = ["verify", "mul", "--format", "posit8", "--rtl", "mine", "--top", "plain_posit_multiplier", "--map", "a_i=x", "--map",
                 "b_i=y", "--map", "result_o=product", "--rounding", "rne,rtz,rhu,rha,sr", "--stimulus", "exhaustive", "--report-format",
                 "json"]
    sound = binade(tmp_path, *arguments, "--drive", "fault_i=0")
    assert sound.returncode == 0 and report(sound)["equal"], sound.stdout + sound.stderr
    for fault in (1, 2):
        broken = binade(tmp_path, *arguments, "--drive", f"fault_i={fault}")
        assert broken.returncode == 1 and 0 < report(broken)["failing"]["vectors"] < report(broken)["vectors"], fault
        # Near the ends of the range codes are not one last place apart.
        assert all(re.fullmatch(r"exact .*(\|[01] sticky [01] x 2\^-?\d+|between .*\)|b x .*\)), \w+: .*", one["exact"])
                   for one in report(broken)["mismatches"] if one["exact"]), broken.stdout


@pytest.mark.parametrize("arguments, vectors", [
    (["mul", "--format", "fixed4.0", "--map", "a_i=a", "--map", "b_i=b"], 256),
    (["dot", "--format", "fixed4.0", "--set", "dot.length=1", "--map", "a_i=a", "--map", "b_i=b"], 256),
])
def test_without_rounding_i_each_vector_runs_once(tmp_path, arguments, vectors):
    """A product that is wrong for one pair of operands; fixed4.0 saturates at -7 and 7."""
    (tmp_path / "wrong.sv").write_text("""module wrong (input logic signed [3:0] a, b, output logic [3:0] result_o);
  logic signed [7:0] whole;
  assign whole = 8'(a) * 8'(b);
  assign result_o = a == 3 && b == 2 ? 4'd1 : whole > 7 ? 4'd7 : whole < -7 ? 4'd9 : whole[3:0];
endmodule
""")
    done = binade(tmp_path, "verify", *arguments, "--rtl", "wrong.sv", "--top", "wrong", "--stimulus", "exhaustive", "--report-format", "json")
    assert done.returncode == 1, done.stdout + done.stderr
    assert (report(done)["vectors"], report(done)["failing"]["vectors"]) == (vectors, 1)
    named = binade(tmp_path, "verify", *arguments, "--rtl", "wrong.sv", "--top", "wrong", "--stimulus", "exhaustive", "--rounding", "rtz")
    assert f"failing: 1 of {vectors} vectors\n" in named.stdout, named.stdout + named.stderr


def test_a_dot_product_of_integers(tmp_path):
    sources(tmp_path, "plain_dot.sv")
    arguments = ["verify", "dot", "--format", "dfp8", "--set", "dot.length=4", "--rtl", "mine", "--top", "plain_dot", "--count", "50000"]
    sound = binade(tmp_path, *arguments, "--drive", "fault_i=0")
    assert sound.returncode == 0 and "equal" in sound.stdout, sound.stdout + sound.stderr
    assert binade(tmp_path, *arguments, "--drive", "fault_i=1", "--failures", "1").returncode == 1


@pytest.mark.parametrize("arguments, words", [
    (["add", "--format", "fp16"], ["add", "--rtl"]),
    (["add", "--format", "dfp8", "--rtl", "mine", "--top", "x"], ["dfp8", "fixed<W>.<F>"]),
    (["add", "--format", "fp16", "--to", "fp32"], ["--to", "convert"]),
    (["convert", "--format", "fp16"], ["convert", "--to"]),
    (["convert", "--format", "fp16", "--to", "fp17"], ["--to", "fp17"]),
    (["dot", "--format", "fp16", "--set", "dot.length=0"], ["dot.length", "1..1024"]),
    (["add", "--format", "fp16", "--set", "dot.length=8"], ["dot.length", "dot"]),
    (["add", "--format", "fp16", "--tininess", "never"], ["never", "before after"]),
    (["compare", "--format", "fp16", "--tininess", "after"], ["--tininess", "compare"]),
    (["posit_encoder", "--format", "posit8", "--to", "fp16"], ["--to", "convert"]),
    (["posit_pe", "--format", "posit8", "--set", "rounding=rup"], ["rup", "rne rtz rhu rha sr"]),
])
def test_wrong_calls(tmp_path, arguments, words):
    done = binade(tmp_path, "verify", *arguments)
    assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stdout + done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="no Icarus Verilog here (Debian: iverilog)")
def test_vectors_in_icarus(tmp_path):
    made = binade(tmp_path, "vectors", "mul", "--format", "fixed8.4", "--layout", "readmemh", "--count", "20000", "--level", "2", "--out", ".")
    assert made.returncode == 0, made.stderr
    for fault in (0, 1, 2):
        subprocess.run(["iverilog", "-g2005-sv", "-I", ".", f"-Pvectors_bench.FAULT={fault}", "-o", "bench", HERE / "vectors_bench.v",
                        HERE / "foreign/plain_fixed_multiplier.v"], check=True, cwd=tmp_path)
        said = subprocess.run(["./bench"], capture_output=True, text=True, check=True, cwd=tmp_path).stdout
        vectors, differ = (int(word) for word in said.split() if word.isdigit())
        assert vectors == 20000 and (differ == 0) == (fault == 0), said


def test_vectors_for_testfloat_are_what_numpy_computes(tmp_path):
    for op, function in (("add", numpy.add), ("mul", numpy.multiply), ("div", numpy.divide)):
        made = binade(tmp_path, "vectors", op, "--format", "fp32", "--layout", "testfloat", "--rounding", "rne", "--count", "4000", "--level",
                      "2", "--out", "tv")
        assert made.returncode == 0, made.stderr
        lines = [line.split() for line in (tmp_path / f"tv/{op}_rne.txt").read_text().splitlines()]
        assert len(lines) == 4000
        a, b, result = (numpy.array([int(line[i], 16) for line in lines], numpy.uint32).view(numpy.float32) for i in range(3))
        flags = numpy.array([int(line[3], 16) for line in lines])
        with numpy.errstate(all="ignore"):
            expected = function(a, b)
        same = (expected.view(numpy.uint32) == result.view(numpy.uint32)) | (numpy.isnan(expected) & numpy.isnan(result))
        assert same.all(), [lines[i] for i in numpy.flatnonzero(~same)[:5]]
        exact = function(a.astype(numpy.float64), b.astype(numpy.float64)) if op != "div" else None
        if op == "mul":  # binary64 holds every product
            assert ((flags & 1) == (numpy.isfinite(exact) & (exact != result))).all()
        assert len(set(flags)) > 3
    # Nobody could check results of sr without its draws, which the layout does not have.
    assert binade(tmp_path, "vectors", "add", "--format", "fp16", "--layout", "testfloat", "--count", "700", "--out", "all").returncode == 0
    assert {file.name for file in (tmp_path / "all").iterdir()} == {f"add_{mode}.txt" for mode in ("rne", "rtz", "rhu", "rha", "rdn", "rup")}
    assert binade(tmp_path, "vectors", "compare", "--format", "fp16", "--layout", "testfloat", "--count", "70", "--out", "one").returncode == 0
    assert [file.name for file in (tmp_path / "one").iterdir()] == ["compare.txt"]


def test_vectors_are_the_same_again_and_follow_the_level(tmp_path):
    def text(name, *more):
        made = binade(tmp_path, "vectors", "fma", "--format", "posit16", "--out", name, *more)
        assert made.returncode == 0, made.stderr
        return (tmp_path / name / "vectors.csv").read_text()
    first = text("a")
    assert first == text("b") and first != text("c", "--seed", "1") and first != text("d", "--level", "2")
    assert first.splitlines()[1] == "a_i,b_i,c_i,rounding_i,random_i,result_o,events_o,flags_o"
    assert len(first.splitlines()) == 10002
    # The first line is the command that writes the same file.
    few = binade(tmp_path, "vectors", "dot", "--format", "dfp8", "--set", "dot.length=3", "--rounding", "rtz,rne", "--count", "50", "--seed", "3",
                 "--level", "2", "--out", "f")
    text = (tmp_path / "f/vectors.csv").read_text()
    command = text.splitlines()[0].removeprefix("# binade ")
    assert few.returncode == 0 and "dot.length=3" in command and len(text.splitlines()) == 52, text
    assert binade(tmp_path, *shlex.split(command), "--out", "g").returncode == 0
    assert (tmp_path / "g/vectors.csv").read_text() == text
    every = binade(tmp_path, "vectors", "compare", "--format", "fp8e4m3", "--count", "65536", "--out", "e")
    assert "65536 vectors, all there are" in every.stdout


@pytest.mark.parametrize("arguments, words", [
    (["power", "--format", "fp16"], ["power", "add sub mul"]),
    (["add", "--format", "fp16", "--rounding", "rne,up"], ["up", "rne rtz rhu rha sr rdn rup"]),
    (["compare", "--format", "fp16", "--rounding", "rne"], ["compare", "none"]),
    (["dot", "--format", "fp16", "--layout", "testfloat"], ["dot", "readmemh csv"]),
    (["add", "--format", "fp16", "--layout", "testfloat", "--rounding", "rne,sr"], ["--rounding sr", "draw", "--layout readmemh csv"]),
    (["add", "--format", "fp16", "--out", "taken/x"], ["taken/x"]),
])
def test_wrong_calls_of_vectors(tmp_path, arguments, words):
    (tmp_path / "taken").write_text("")
    done = binade(tmp_path, "vectors", *arguments)
    assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stdout + done.stderr
    for word in words:
        assert word in done.stderr, done.stderr
