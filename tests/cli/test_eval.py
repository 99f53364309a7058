# SPDX-License-Identifier: Apache-2.0
"""`binade eval`: arithmetic, sums, tensors and exponents, its text and its errors, driven through the program; codes are
test_eval_codec.py's."""

import math
import pathlib
import re
import subprocess
from fractions import Fraction

import pytest

from eval_reference import (PROGRAM, Autoflex, Posit, blocked_dot, exact_dot, generator, hex_code, limits, quantize, results, run)

POSIT8 = Posit(8)


# ---- arithmetic


@pytest.mark.parametrize("operation", ["add", "sub", "mul", "div", "fma"])
def test_arithmetic_against_rationals(operation):
    draw = generator(7)
    count = 3 if operation == "fma" else 2
    operands = [[draw.randrange(256) for _ in range(count)] for _ in range(3000)]
    output = results("posit8", operation, [" ".join(hex_code(c, 8) for c in line) for line in operands])
    for line, result in zip(operands, output):
        values = [POSIT8.value(c) for c in line]
        if None in values or (operation == "div" and values[1] == 0):
            expected = 0x80
        else:
            expected = POSIT8.encode({"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b,
                                      "div": lambda a, b: a / b, "fma": lambda a, b, c: a * b + c}[operation](*values))
        assert result == hex_code(expected, 8), line


@pytest.mark.parametrize("word, operation, line, arguments, expected", [
    ("fp32", "add", "0x3f800000 0x33800000", ["--round", "rup", "--flags"], "0x3f800001 NX"),
    ("fp32", "add", "0x3f800000 0x33800000", ["--round", "rdn", "--flags"], "0x3f800000 NX"),
    ("fp32", "sub", "0x3f800000 0x3f800000", ["--round", "rdn", "--flags"], "0x80000000 -"),
    ("fp32", "mul", "0x7f000000 0x7f000000", ["--round", "rdn", "--flags"], "0x7f7fffff OF|NX"),
    ("fp32", "mul", "0x7f000000 0x7f000000", ["--round", "rup", "--flags"], "0x7f800000 OF|NX"),
    ("fp32", "mul", "0x3f7fffff 0x00800000", ["--flags"], "0x00800000 UF|NX"),
    ("fp32", "mul", "0x3f800001 0x007fffff", ["--flags", "--tininess", "before"], "0x00800000 UF|NX"),
    ("fp32", "mul", "0x3f800001 0x007fffff", ["--flags", "--tininess", "after"], "0x00800000 NX"),
    ("fp32", "div", "0xbf800000 0x00000000", ["--flags"], "0xff800000 DZ"),
    ("fp32", "add", "0x7fa00000 0x00000000", ["--flags", "--events"], "0x7fc00000 NV nar=1"),
    ("posit8", "div", "0x40 0x00", ["--flags"], "0x80 DZ"),
    ("posit8", "sqrt", "0xc0", ["--flags"], "0x80 NV"),
    ("fp32", "convert", "0x3f8ccccd", ["--to", "posit8", "--flags"], "0x41 NX"),
    ("fp16", "convert", "0x7c00", ["--to", "fixed8.4", "--flags"], "0x7f NV"),
    ("fp16", "compare", "0x3c00 0x4000", ["--flags"], "lt -"),
    ("fp16", "compare", "0x7e00 0x4000", [], "unordered"),
    ("fp16", "compare", "0x8000 0x0000", [], "eq"),
    ("posit8", "compare", "0x7f 0x80", [], "gt"),
])
def test_flags_and_directed_roundings(word, operation, line, arguments, expected):
    assert results(word, operation, [line], *arguments) == [expected]


def test_square_root():
    output = results("posit8", "sqrt", [hex_code(c, 8) for c in range(256)])
    for code, result in enumerate(output):
        value = POSIT8.value(code)
        if value is None or value < 0:
            assert result == "0x80"
            continue
        # the rounded root c is right iff the value lies between the squares of c's two boundaries
        root = int(result, 16)
        if value == 0:
            assert root == 0
            continue
        assert POSIT8.turns[root - 1] ** 2 <= value <= POSIT8.turns[root] ** 2


@pytest.mark.parametrize("word,operation,line,result", [
    ("posit8", "sub", "0x48 0x40", "0x40"), ("posit8", "div", "0x40 0x48", "0x38"), ("posit8", "fma", "0x48 0x48 0x40", "0x52"),
    ("posit8", "div", "0x40 0x00", "0x80"), ("posit8", "mul", "0x80 0x00", "0x80"), ("posit8", "sqrt", "0xc0", "0x80"),
    ("e6m7", "div", "0x0f80 0x0000", "0x1fff"), ("e6m7", "div", "0x2f80 0x0000", "0x3fff"), ("e6m7", "div", "0x0000 0x0000", "0x0000"),
    ("e6m7", "sqrt", "0x2f80", "0x0000"), ("e6m7", "mul", "0x0080 0x0080", "0x0000"), ("e6m7", "mul", "0x2080 0x0080", "0x0000"),
    ("fp32", "add", "0x3f800000 0x33800000", "0x3f800000"), ("fp32", "sub", "0x3f800000 0x3f800000", "0x00000000"),
    ("fp32", "add", "0x80000000 0x80000000", "0x80000000"), ("fp32", "mul", "0x80000000 0x3f800000", "0x80000000"),
    ("fp32", "div", "0x3f800000 0x80000000", "0xff800000"), ("fp32", "div", "0x00000000 0x00000000", "0x7fc00000"),
    ("fp32", "sqrt", "0x80000000", "0x80000000"), ("fp32", "sqrt", "0xbf800000", "0x7fc00000"),
    ("fp32", "fma", "0x3f800001 0x3f800001 0xbf800002", "0x28800000"),
    ("fp8e4m3", "mul", "0x7e 0x7e", "0x7f"), ("fp8e5m2", "mul", "0x7b 0xfb", "0xfc"),
    ("fixed8.4", "mul", "0x18 0x18", "0x24"), ("fixed8.4", "add", "0x7f 0x7f", "0x7f"), ("fixed8.4", "sub", "0x81 0x7f", "0x81"),
])
def test_arithmetic_corner_cases(word, operation, line, result):
    assert results(word, operation, [line]) == [result]


# ---- dot


def codes(values, bits):
    return [hex_code(v % (1 << bits), bits) for v in values]


def pairs(a, b, bits):
    return " ".join(f"{x} {y}" for x, y in zip(codes(a, bits), codes(b, bits)))


def test_dot_posit_quire_and_serial():  # T-POS-3
    two, ten = results("posit8es0", "encode", ["2", "10"])
    line = f"{two} {ten} {two} {ten} {ten} {two} {two} {two}"
    thirty_two, sixty_four = results("posit8es0", "encode", ["32", "64"])
    assert results("posit8es0", "dot", [line]) == [sixty_four]
    assert results("posit8es0", "dot", [line], "--acc", "serial") == [thirty_two]


def test_dot_hill_serial_stalls():  # T-HIL-3
    line = " ".join(["0x0f80 0x0f80"] * 1000)
    stalled, thousand = results("e6m7", "encode", ["256", "1000"])
    assert results("e6m7", "dot", [line]) == [stalled]
    assert results("e6m7", "dot", [line], "--acc", "exact") == [thousand]


def test_dot_truncation():  # T-FLX-5
    three_blocks = pairs(([3] + [0] * 31) * 3, [1] * 96, 16)
    assert results("flex16+5", "dot", [three_blocks], "--shift", 2) == ["0x0003"]
    assert results("flex16+5", "dot", [three_blocks], "--shift", 2, "--block", 96) == ["0x0002"]
    singles = [pairs([p], [1], 16) for p in (2, -2, 6)]
    assert results("flex16+5", "dot", singles, "--shift", 2) == ["0x0001", "0x0000", "0x0002"]


@pytest.mark.parametrize("word,bits", [("flex16+5", 16), ("flex8+5", 8)])
@pytest.mark.parametrize("shift", [0, 3, 12, 17, -2])
@pytest.mark.parametrize("options", [{}, {"block": 8}, {"acc_bits": 20}])
def test_dot_blocked(word, bits, shift, options):
    draw = generator(shift)
    vectors = []
    for length in [1, 2, 7, 8, 9, 31, 32, 33, 64, 65, 100, 200] * 3:
        scale = draw.choice([3, bits - 3, bits - 1])
        vectors.append([[draw.randrange(-(1 << scale), 1 << scale) for _ in range(length)] for _ in range(2)])
    arguments = ["--shift", shift]
    for name, value in options.items():
        arguments += ["--" + name.replace("_", "-"), value]
    output = results(word, "dot", [pairs(a, b, bits) for a, b in vectors], *arguments)
    for (a, b), result in zip(vectors, output):
        assert result == codes([blocked_dot(bits, a, b, shift, **options)], bits)[0]


@pytest.mark.parametrize("word,bits", [("dfp8", 8), ("dfp16", 16), ("sdfp8", 8), ("flex16+5", 16)])
@pytest.mark.parametrize("mode", ["rne", "rtz", "rhu", "rha"])
def test_dot_exact(word, bits, mode):
    draw = generator(bits)
    low, high = limits(word, bits)
    for acc_bits in (None, 2 * bits - 1, bits + 3):
        for shift in (0, 5, bits, -1):
            vectors = [[[draw.randrange(low, high + 1) for _ in range(length)] for _ in range(2)] for length in (1, 2, 5, 32, 90)]
            arguments = ["--acc", "exact", "--round", mode, "--shift", shift] + (["--acc-bits", acc_bits] if acc_bits else [])
            output = results(word, "dot", [pairs(a, b, bits) for a, b in vectors], *arguments)
            for (a, b), result in zip(vectors, output):
                assert result == codes([exact_dot(word, bits, a, b, shift, mode, acc_bits)], bits)[0], (acc_bits, shift)


def test_dot_shift_defaults_to_zero():
    assert results("dfp16", "dot", [pairs([3, 5], [7, -2], 16)]) == codes([11], 16)


def test_dot_fp32_policy_rounds_each_sum():
    # 2^24 + 1 + 1 is 2^24 in running binary32, 2^24 + 2 exactly.
    line = "0x45800000 0x45800000 " + " ".join(["0x3f800000 0x3f800000"] * 2)
    assert results("fp32", "dot", [line]) == ["0x4b800000"]
    assert results("fp32", "dot", [line], "--acc", "exact") == ["0x4b800001"]


def test_posits_underflow_where_told():
    tiny = ["0x1p-28", "-0x1p-28", "0x1.0000000000000000001p-28", "0x1p-27", "0x1p-24", "1e-300"]
    standard, to_zero = ["0x01", "0xff", "0x01", "0x01", "0x01", "0x01"], ["0x00", "0x00", "0x01", "0x01", "0x01", "0x00"]
    assert results("posit8", "encode", tiny) == results("posit8", "encode", tiny, "--underflow", "standard") == standard
    assert results("posit8u", "encode", tiny) == results("posit8", "encode", tiny, "--underflow", "round") == to_zero
    assert results("posit8u", "encode", tiny, "--underflow", "standard", "--round", "rtz") == to_zero  # the word says it
    assert results("posit8", "mul", ["0x01 0x01"], "--underflow", "round") == ["0x00"]
    assert results("posit8", "dot", ["0x01 0x01"], "--underflow", "round", "--acc", "serial") == ["0x00"]


def test_dot_of_narrow_quire_saturates():
    minpos = " ".join(["0x01 0x01"] * 40)
    wide, narrow = (results("posit16es0", "dot", [minpos.replace("0x01", "0x4000")], *o)[0] for o in ([], ["--acc-bits", 30]))
    value = {code: results("posit16es0", "decode", [code])[0].split()[1] for code in (wide, narrow)}
    assert float(value[wide]) == 40
    assert float(value[narrow]) == 2  # 2^29 - 1 LSBs of minpos^2 = 2^-28, rounded


def test_dot_nar_is_sticky():
    for policy in ("exact", "serial", "fp32"):
        assert results("posit8", "dot", ["0x40 0x40 0x80 0x00 0x40 0x40"], "--acc", policy) == ["0x80"]


# ---- quantize


def test_quantize_published_vectors():  # T-DFP-1, T-DFP-2
    line = "1 -.5 .3 .01 .004 -.003"
    assert results("dfp8", "quantize", [line]) == ["-6 64 -32 19 1 0 0"]
    assert results("dfp16", "quantize", [line]) == ["-14 16384 -8192 4915 164 66 -49"]
    assert results("sdfp8", "quantize", [line]) == ["-6 64 -32 19 1 0 0"]
    assert results("sdfp8", "quantize", [line], "--bias", -1) == ["-7 127 -64 38 1 1 0"]


def test_quantize_edges():
    assert results("dfp8", "quantize", ["0 0 -0", "1.999 -1.999"]) == ["0 0 0 0", "-6 127 -127"]
    assert results("flex8+5", "quantize", ["1.999 -1.999"]) == ["-6 127 -128"]
    assert results("flex16+5", "quantize", ["1e30", "1e-30", "0"]) == ["0 32767", "-32 0", "0 0"]
    assert results("flex16+5", "quantize", ["10.1", "-10.1"], "--round", "rtz") == ["-11 20684", "-11 -20684"]


@pytest.mark.parametrize("word,bits", [("flex16+5", 16), ("flex8+5", 8), ("dfp8", 8), ("dfp16", 16), ("sdfp8", 8)])
@pytest.mark.parametrize("mode", ["rne", "rtz", "rhu", "rha"])
def test_quantize_random_tensors(word, bits, mode):
    draw = generator(bits)
    tensors = [[draw.gauss(0, 1) * 2.0 ** centre for _ in range(20)] for centre in range(-40, 30, 3)]
    tensors += [[draw.randrange(-64, 64) / 2.0 for _ in range(10)] + [64.0] for _ in range(20)]  # ties
    biases = (0, -1, -3, 2) if word.startswith("sdfp") else (0,)
    for bias in biases:
        options = ["--round", mode] + (["--bias", bias] if word.startswith("sdfp") else [])
        output = results(word, "quantize", [" ".join(map(repr, t)) for t in tensors], *options)
        assert output == [quantize(word, bits, t, mode, bias) for t in tensors]


def test_quantize_of_other_families_gives_codes():
    assert results("posit8", "quantize", ["0.1 3 nan", "-0.5"]) == ["0x25 0x4c 0x80", "0xc8"]
    assert results("fp8e4m3", "quantize", ["1 448 1e9"], "--events") == ["0x38 0x7e 0x7f overflow=1,nar=1,inexact=1"]


def test_events_follow_their_line():
    assert results("posit8", "encode", ["0.1", "0.5", "1e30", "1e-30"], "--events") == ["0x25 inexact=1", "0x38 -", "0x7f saturation=1,inexact=1",
                                                                                       "0x01 underflow=1,inexact=1"]
    assert results("e6m7", "mul", ["0x1fff 0x1fff"], "--events") == ["0x1fff saturation=1,inexact=1"]
    assert results("fp8e4m3", "div", ["0x38 0x00"], "--events") == ["0x7f nar=1"]
    assert results("dfp8", "quantize", ["1 -0.5 0.3 0.001"], "--events") == ["-6 64 -32 19 0 underflow=1,inexact=2"]
    # Of each sum alone, though one accumulator adds them.
    assert results("posit8", "dot", ["0x40 0x25 0x40 0x01", "0x40 0x40", "0x40 0x25 0x40 0x01"], "--events")[1:] == ["0x40 -", "0x25 inexact=1"]
    for operation in ("decode", "autoflex"):
        word = "posit8" if operation == "decode" else "flex16+5"
        code, _, errors = run(word, operation, ["1"], "--events")
        assert code == 2 and "--events" in errors


def test_quantize_automatic_bias_is_one_of_the_four():
    draw = generator(3)
    tensor = [draw.gauss(0, 1) for _ in range(400)] + [40.0]
    line = " ".join(map(repr, tensor))
    automatic = results("sdfp8", "quantize", [line], "--bias", "auto")[0]
    candidates = [results("sdfp8", "quantize", [line], "--bias", b)[0] for b in (0, -1, -2, -3)]
    assert automatic in candidates

    def error(text):
        exponent, *mantissas = map(int, text.split())
        return sum((x - math.ldexp(m, exponent)) ** 2 for x, m in zip(tensor, mantissas))
    assert error(automatic) <= error(candidates[0])


# ---- autoflex


def test_autoflex_published_table():  # T-FLX-2
    output = results("flex16+5", "autoflex", ["0.5", "0.6", "0.7", "0.9", "1.0", "1.3", "2.0", "4.5"], "--preset", "paper", "--start", -14)
    assert output == ["-14 8192 - -14", "-14 9830 - -14", "-14 11469 - -14", "-14 14746 - -13", "-13 8192 - -13",
                      "-13 10650 - -12", "-12 8192 - -12", "-12 18432 - -10"]


def test_autoflex_defaults_are_paper_and_minus_eight():
    assert results("flex16+5", "autoflex", ["1"]) == results("flex16+5", "autoflex", ["1"], "--preset", "paper", "--start", -8)
    assert results("flex16+5", "autoflex", ["1"])[0].startswith("-8 256 - ")


@pytest.mark.parametrize("word,bits", [("flex16+5", 16), ("flex12+5", 12), ("flex8+5", 8)])
@pytest.mark.parametrize("preset", ["paper", "ngraph"])
def test_autoflex_histories(word, bits, preset):
    for seed in range(6):
        draw = generator(seed)
        level, maxima = 1.0, []
        for _ in range(300):
            level *= 2.0 ** draw.uniform(-1, 1) if draw.random() < 0.9 else 2.0 ** draw.uniform(-8, 8)
            level = min(max(level, 1e-9), 1e6)
            maxima.append(0.0 if draw.random() < 0.03 else level)
        reference = Autoflex(bits, preset, -8)
        output = results(word, "autoflex", list(map(repr, maxima)), "--preset", preset)
        assert output == [reference.touch(x) for x in maxima]


def test_autoflex_initialisation():  # T-FLX-3
    code, output, _ = run("flex16+5", "autoflex", ["1", "1"], "--init")
    assert code == 0 and output[0] == "-8 257" and output[1].startswith("-14 16384 - ") and len(output) == 3
    assert run("flex16+5", "autoflex", ["300"], "--init")[1][:2] == ["-8 32768", "-1 601"]
    zero = run("flex16+5", "autoflex", ["0"], "--init")[1]
    assert len(zero) == 12 and zero[11].startswith("0 0 - ")


@pytest.mark.parametrize("start", [-8, 0, -20])
def test_autoflex_initialisation_traces(start):
    for x in ("1", "5", "32768", "1e-6", "300", "0.4", "127.99", "128", "1e12", "0"):
        reference = Autoflex(16, "paper", start)
        expected = reference.initialise(float(x))
        expected.append(reference.touch(float(x)))
        code, output, errors = run("flex16+5", "autoflex", [x], "--init", "--start", start)
        assert code == 0, errors
        assert output == expected


# ---- stochastic rounding


@pytest.mark.parametrize("seed", ["-1", "4294967296", "x"])
def test_a_seed_beyond_32_bits_is_refused(seed):
    done = subprocess.run([PROGRAM, "eval", "fixed16.0", "encode", "--round", "sr", "--seed", seed], input="1\n", capture_output=True, text=True)
    assert done.returncode == 2 and "--seed" in done.stderr and "4294967295" in done.stderr and not done.stdout


def test_stochastic_rounding_is_a_function_of_seed_and_line():
    lines = ["0.3"] * 4000
    first = results("fixed16.0", "encode", lines, "--round", "sr")
    assert first == results("fixed16.0", "encode", lines, "--round", "sr", "--seed", 0)
    assert first != results("fixed16.0", "encode", lines, "--round", "sr", "--seed", 1)
    ups = sum(int(c, 16) for c in first)
    assert abs(ups / 4000 - 0.3) < 5 * math.sqrt(0.21 / 4000)
    # what the earlier lines were makes no difference
    changed = results("fixed16.0", "encode", ["0.9"] * 100 + lines[100:], "--round", "sr")
    assert changed[100:] == first[100:]


def test_stochastic_rounding_keeps_exact_values():
    for word in ("posit8", "fp16", "e6m7", "fixed8.4"):
        assert set(results(word, "encode", ["1.5"] * 300, "--round", "sr")) == set(results(word, "encode", ["1.5"]))


# ---- errors


GOOD = {"encode": "1", "decode": "0x40", "add": "0x40 0x40", "sqrt": "0x40", "fma": "0x40 0x40 0x40", "dot": "0x40 0x40"}


@pytest.mark.parametrize("operation,bad", [
    ("encode", ""), ("encode", " "), ("encode", "one"), ("encode", "1 2"), ("encode", "1x"), ("encode", "0x"), ("encode", "1 1 1"),
    ("decode", ""), ("decode", "0x100"), ("decode", "0xg"), ("decode", "0x"), ("decode", "-0x1"), ("decode", "0x40 0x40"),
    ("decode", "0x00000000000000000000140"),
    ("add", "0x40"), ("add", "0x40 0x40 0x40"), ("add", ""), ("add", "0x40 0x140"), ("add", "0x40 zz"),
    ("sqrt", "0x40 0x40"), ("fma", "0x40 0x40"), ("fma", "0x40 0x40 0x40 0x40"),
    ("dot", "0x40"), ("dot", "0x40 0x40 0x40"), ("dot", ""), ("dot", "0x40 0x1ff"),
])
def test_bad_line_stops_with_its_number(operation, bad):
    good = GOOD[operation]
    expected = results("posit8", operation, [good])
    for position in (0, 3):
        code, output, errors = run("posit8", operation, [good] * position + [bad, good])
        assert code == 2
        assert output == expected * position
        assert re.search(rf"\bline {position + 1}\b", errors), errors
        assert len(errors.strip().split("\n")) == 1


def test_a_nul_byte_is_shown():
    done = subprocess.run([PROGRAM, "eval", "posit8", "decode"], input=b"0x40\n0x41\0 1\n", capture_output=True)
    assert done.returncode == 2 and done.stdout.count(b"\n") == 1
    assert done.stderr == b"binade: error: eval: line 2: '0x41\\x00': a NUL byte; allowed: text\n"


@pytest.mark.parametrize("word,operation,bad", [
    ("dfp8", "quantize", "1 nan"), ("dfp8", "quantize", "inf"), ("dfp8", "quantize", ""), ("flex16+5", "quantize", "1 -inf 2"),
    ("dfp8", "quantize", "1 two"), ("flex16+5", "autoflex", "nan"), ("flex16+5", "autoflex", "inf"), ("flex16+5", "autoflex", ""),
    ("flex16+5", "autoflex", "1 2"), ("dfp8", "dot", "0x1 0x2 0x3"), ("dfp8", "dot", "0x1 0x100"),
])
def test_bad_line_of_shared_exponent_formats(word, operation, bad):
    good = "0x1 0x2" if operation == "dot" else "1"
    code, output, errors = run(word, operation, [good, good, bad])
    assert code == 2
    assert len(output) == 2
    assert re.search(r"\bline 3\b", errors), errors


@pytest.mark.parametrize("arguments", [
    ("posit8", "autoflex"), ("dfp8", "autoflex"), ("posit8", "multiply"), ("posit99", "add"), ("nonsense", "add"),
    ("posit8", "add", "--round", "up"), ("posit8", "add", "--underflow", "zero"), ("fp32", "add", "--underflow", "round"),
    ("posit8", "decode", "--underflow", "round"), ("posit8", "dot", "--acc", "kulisch"), ("posit8", "dot", "--acc", "blocked"),
    ("dfp8", "dot", "--acc-bits", "-4"), ("flex16+5", "dot", "--block", "0"), ("flex16+5", "autoflex", "--preset", "neon"),
    ("sdfp8", "quantize", "--bias", "much"), ("posit8", "add", "--no-such-option"),
])
def test_wrong_command_is_refused_before_reading(arguments):
    code, output, errors = run(arguments[0], arguments[1], ["0x40 0x40"], *arguments[2:])
    assert code == 2
    assert output == []
    assert errors.strip() != ""
    assert "line 1" not in errors


def test_wrong_format_names_the_nearest_word():
    assert "posit16" in run("posti16", "add", [])[2]
    assert "fp8e4m3" in run("fp8e4m2", "add", [])[2]


@pytest.mark.parametrize("word,nearest", [("mxfp8", "fp8e4m3"), ("nvfp4", "dfp4"), ("int8", "dfp8"), ("tf32", "ieee8.10"),
                                          ("takum8", "posit8"), ("MXFP4", "dfp4")])
def test_known_and_absent_formats_are_said_to_be(word, nearest):
    code, output, errors = run(word, "encode", ["1"])
    assert (code, output) == (2, [])
    assert "is known and not available here" in errors and nearest in errors


def test_the_page_has_every_operation_and_option():
    help_text = subprocess.run([PROGRAM, "eval", "--help"], capture_output=True, text=True, check=True).stdout
    page = (pathlib.Path(__file__).resolve().parents[2] / "docs/eval.md").read_text()
    operations = run("posit8", "?", [])[2].split("allowed: ")[1].split()
    assert re.findall(r"^\| `(\w+)` \|", page.split("## Options")[0], re.MULTILINE) == operations
    for operation in operations:
        assert re.search(rf"^  [a-z ]*\b{operation}\b", help_text, re.MULTILINE), operation
    options = set(re.findall(r"--[a-z-]+", help_text)) - {"--help"}
    assert set(re.findall(r"^\| `(--[a-z-]+)` \|", page, re.MULTILINE)) == options


def test_the_pages_examples_are_right():
    page = (pathlib.Path(__file__).resolve().parents[2] / "docs/eval.md").read_text()
    shown = re.findall(r"^(echo .*?) +# (.*)$", page, re.MULTILINE)
    assert len(shown) == 6
    for command, output in shown:
        done = subprocess.run(command.replace("binade", PROGRAM), shell=True, capture_output=True, text=True)
        assert (done.stdout, done.stderr) == (output + "\n", ""), command


def test_empty_input_is_empty_output():
    assert run("posit8", "add", []) == (0, [], "")


def test_many_lines():
    lines = ["0x40 0x48", "0x33 0x25"] * 100_000
    output = results("posit8", "add", lines)
    assert output[:2] * 100_000 == output
    assert output[0] == hex_code(POSIT8.encode(Fraction(3)), 8)
