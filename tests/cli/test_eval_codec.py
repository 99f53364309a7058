# SPDX-License-Identifier: Apache-2.0
"""`binade eval FORMAT decode` and `encode`: every code of small formats, decimals near ties, long numbers, padding."""

import math
import re
from fractions import Fraction

import pytest

from eval_reference import Posit, floor_log2, generator, hex_code, results, round_integer, run

POSIT8 = Posit(8)


def c_hexfloat(x):
    """x as C's %a prints it."""
    if math.copysign(1, x) < 0:
        return "-" + c_hexfloat(-x)
    if x == 0:
        return "0x0p+0"
    mantissa, exponent = math.frexp(x)
    digits = f"{int(mantissa * 2 ** 53) - 2 ** 52:013x}".rstrip("0")
    return f"0x1{'.' + digits if digits else ''}p{exponent - 1:+d}"


def check_decoded(line, value):
    """Hexfloat, one space, a decimal that reads back and is as short as Python's."""
    hexadecimal, decimal = line.split(" ")
    assert hexadecimal == c_hexfloat(value)
    assert float(decimal) == value
    assert len(decimal) <= len(repr(value).removesuffix(".0"))


def test_decode_every_posit8():
    output = results("posit8", "decode", [hex_code(c, 8) for c in range(256)])
    for code, line in enumerate(output):
        if code == 0x80:
            assert line == "NaR"
        else:
            check_decoded(line, float(POSIT8.value(code)))


def ieee_value(exponent_bits, fraction_bits, code):
    sign = -1.0 if code >> (exponent_bits + fraction_bits) else 1.0
    exponent = code >> fraction_bits & ((1 << exponent_bits) - 1)
    fraction = code & ((1 << fraction_bits) - 1)
    bias = (1 << (exponent_bits - 1)) - 1
    if exponent == 0:
        return sign * math.ldexp(fraction, 1 - bias - fraction_bits)
    return sign * math.ldexp(fraction + (1 << fraction_bits), exponent - bias - fraction_bits)


@pytest.mark.parametrize("word,e,m", [("fp16", 5, 10), ("bf16", 8, 7), ("fp8e5m2", 5, 2), ("fp8e4m3", 4, 3)])
def test_decode_every_ieee_code(word, e, m):
    count = 1 << (1 + e + m)
    output = results(word, "decode", [hex_code(c, 1 + e + m) for c in range(count)])
    for code, line in enumerate(output):
        exponent, fraction = code >> m & ((1 << e) - 1), code & ((1 << m) - 1)
        if word == "fp8e4m3":
            special = code & 0x7f == 0x7f
        else:
            special = exponent == (1 << e) - 1
        if not special:
            check_decoded(line, ieee_value(e, m, code))
        elif word != "fp8e4m3" and fraction == 0:
            assert line == ("-inf" if code >> (e + m) else "inf")
        else:
            assert line == "nan"


def test_decode_every_hill_code():
    for code, line in enumerate(results("e4m4", "decode", [hex_code(c, 9) for c in range(512)])):
        exponent = code >> 4 & 15
        if exponent == 0:
            assert line == "0x0p+0 0"
        else:
            check_decoded(line, (-1 if code >> 8 else 1) * math.ldexp(16 + code % 16, exponent - 7 - 4))


@pytest.mark.parametrize("word,standard", [("e4m3", "fp8e4m3"), ("e5m2", "fp8e5m2"), ("e5m10", "fp16"), ("e8m7", "bf16"),
                                           ("e8m23", "fp32"), ("e2m1", "OCP FP4")])
def test_a_hill_float_that_looks_like_a_standards_format_says_so(word, standard):
    code, output, errors = run(word, "encode", ["1"])
    assert (code, len(output)) == (0, 1)
    assert re.fullmatch(rf"binade: note: {word} is the float of Hill et al.*{re.escape(standard)}.*\n", errors), errors


def test_decode_every_fixed_code():
    for code, line in enumerate(results("fixed8.4", "decode", [hex_code(c, 8) for c in range(256)])):
        check_decoded(line, (code - 256 * (code >> 7)) / 16)


@pytest.mark.parametrize("word,code,line", [
    ("fp32", "0x00000000", "0x0p+0 0"), ("fp32", "0x80000000", "-0x0p+0 -0"), ("fp32", "0x7f800000", "inf"),
    ("fp32", "0xff800000", "-inf"), ("fp32", "0x7fc00000", "nan"), ("fp32", "0xffffffff", "nan"),
    ("posit8", "0x00", "0x0p+0 0"), ("posit8", "0x80", "NaR"), ("posit32", "0x80000000", "NaR"),
    ("posit8", "0x40", "0x1p+0 1"), ("posit8", "0x33", "0x1.6p-2 0.34375"), ("fixed8.4", "0x00", "0x0p+0 0"),
    ("fp16", "0x8000", "-0x0p+0 -0"), ("fp8e4m3", "0x7e", "0x1.cp+8 448"),
])
def test_decode_text(word, code, line):
    assert results(word, "decode", [code]) == [line]


@pytest.mark.parametrize("word,real,code", [
    # docs/fidelity.md 2.2, T-POS-2
    ("posit8", "1.03125", "0x40"), ("posit8", "0.1", "0x25"), ("posit8", "144", "0x6c"), ("posit8", "0x1p22", "0x7e"),
    ("posit8", "4194305", "0x7f"), ("posit8", "0x1p-30", "0x01"), ("posit8", "-0x1p-30", "0xff"), ("posit8", "1e300", "0x7f"),
    ("posit8", "nan", "0x80"), ("posit8", "inf", "0x80"), ("posit8", "-0", "0x00"),
    # T-HIL-1, T-HIL-2
    ("e6m7", "0.1", "0x0dcc"), ("e6m7", "1e-10", "0x0000"), ("e6m7", "-1e-10", "0x0000"), ("e6m7", "1e30", "0x1fff"),
    ("e6m7", "inf", "0x1fff"), ("e6m7", "-inf", "0x3fff"), ("e6m7", "nan", "0x0000"), ("e4m10", "511.75", "0x3fff"),
    # IEEE and OCP encodings: overflow and canonical NaN
    ("fp32", "nan", "0x7fc00000"), ("fp16", "nan", "0x7e00"), ("bf16", "nan", "0x7fc0"), ("fp8e4m3", "nan", "0x7f"),
    ("fp8e5m2", "nan", "0x7e"), ("fp8e4m3", "464", "0x7e"), ("fp8e4m3", "465", "0x7f"), ("fp8e5m2", "61439", "0x7b"),
    ("fp8e5m2", "61440", "0x7c"), ("fp8e5m2", "-61440", "0xfc"), ("fp16", "65519.99", "0x7bff"), ("fp16", "65520", "0x7c00"),
    ("fp32", "1e-46", "0x00000000"), ("fp32", "-1e-46", "0x80000000"), ("fp32", "-0.0", "0x80000000"),
    ("fp32", "0x1p-149", "0x00000001"), ("fp32", "1e400", "0x7f800000"),
    # 1 + 2^-24 + 2^-54 is a tie in binary64, and not as written
    ("fp32", "1.000000059604644830901", "0x3f800001"), ("posit32", "1e309", "0x7fffffff"), ("posit32", "1e-324", "0x00000001"),
    ("fp8e4m3sat", "1e30", "0x7e"), ("fp8e4m3sat", "-inf", "0xfe"), ("fp8e5m2sat", "61440", "0x7b"), ("fp8e5m2sat", "nan", "0x7e"),
    ("ieee4.3", "464", "0x78"), ("ieee4.3", "0x1p-9", "0x01"), ("ieee8.10", "1.00048828125", "0x1fc00"),
    ("fixed8.4", "100", "0x7f"), ("fixed8.4", "-100", "0x81"), ("fixed8.4", "0.03125", "0x00"), ("fixed8.4", "0.09375", "0x02"),
])
def test_encode(word, real, code):
    assert results(word, "encode", [real]) == [code]


def written(x, draw):
    """The rational x in full, in one of the ways people write numbers. Its denominator is a power of two, so that it ends."""
    negative, places = x < 0, x.denominator.bit_length() - 1
    digits = str(abs(x.numerator) * 5 ** places).rjust(places + 1, "0")
    whole, fraction = digits[:len(digits) - places], digits[len(digits) - places:]
    if draw.random() < 0.3:  # as an integer with an exponent
        text = f"{whole}{fraction}e{-places}"
    elif draw.random() < 0.3 and abs(x) >= 10:
        text = f"{whole[0]}.{whole[1:]}{fraction}E+{len(whole) - 1}"
    else:
        text = f"{whole}.{fraction}"
    return ("-" if negative else "") + text


@pytest.mark.parametrize("word,bits,es", [("posit8", 8, 2), ("posit10es1", 10, 1), ("posit12es0", 12, 0), ("posit14", 14, 2)])
def test_decimals_near_ties(word, bits, es):
    """Numbers on a boundary between two codes, and beside it by far less than binary64 resolves: the code follows the exact rational."""
    reference, draw = Posit(bits, es), generator(bits)
    numbers = []
    for _ in range(1500):
        index = draw.randrange(1, len(reference.turns))
        turn = reference.turns[index] if draw.random() < 0.7 else reference.values[index]
        off = draw.choice([-1, 0, 0, 1]) * turn * Fraction(draw.randrange(1, 1000), 1 << draw.choice([20, 60, 200, 900]))
        numbers.append((turn + off) * draw.choice([1, -1]))
    lines = [written(x, draw) for x in numbers]
    assert all(Fraction(line) == x for line, x in zip(lines, numbers))
    assert any(Fraction(float(x)) != x for x in numbers)
    assert results(word, "encode", lines) == [hex_code(reference.encode(x), bits) for x in numbers]


def float_code(exponent_bits, fraction_bits, x):
    """The IEEE layout, round to nearest even."""
    bias, sign = (1 << (exponent_bits - 1)) - 1, int(x < 0) << (exponent_bits + fraction_bits)
    magnitude = abs(x)
    scale = max(floor_log2(magnitude), 1 - bias)
    units = round_integer(magnitude / Fraction(2) ** (scale - fraction_bits), "rne")
    index = units + ((scale - 1 + bias) << fraction_bits)  # the hidden bit, or a carry, moves the exponent by itself
    return sign | min(index, ((1 << exponent_bits) - 1) << fraction_bits)


@pytest.mark.parametrize("word,e,m", [("fp32", 8, 23), ("fp16", 5, 10), ("bf16", 8, 7), ("fp8e5m2", 5, 2), ("ieee4.3", 4, 3),
                                      ("ieee8.10", 8, 10), ("ieee2.20", 2, 20)])
def test_decimals_near_ties_of_floats(word, e, m):
    draw, numbers = generator(100 * e + m), []
    bias = (1 << (e - 1)) - 1
    for _ in range(1500):
        unit = Fraction(2) ** (draw.randrange(1 - bias, bias + 1) - m)
        units = Fraction(draw.randrange(0 if draw.random() < 0.2 else 1 << m, 2 << m)) + draw.choice([0, Fraction(1, 2)])
        off = draw.choice([-1, 0, 1]) * Fraction(draw.randrange(1, 1000), 1 << draw.choice([20, 60, 200, 900]))
        x = (units + off) * unit * draw.choice([1, -1])
        if x:
            numbers.append(x)
    lines = [written(x, draw) for x in numbers]
    assert results(word, "encode", lines) == [hex_code(float_code(e, m, x), 1 + e + m) for x in numbers]


@pytest.mark.parametrize("text,code", [
    ("0." + "9" * 20000, "0x3f800000"), ("0." + "0" * 60 + "1" + "0" * 10000 + "e60", "0x3dcccccd"),
    ("1" + "0" * 9999 + "e-9999", "0x3f800000"), ("-1e-99999999999999999999", "0x80000000"), ("1e99999999999999999999", "0x7f800000"),
    ("0x" + "f" * 5000 + "p-20000", "0x3f800000"),
])
def test_long_and_far_numbers(text, code):
    assert results("fp32", "encode", [text]) == [code]


def test_too_long_a_number_is_refused():
    code, output, errors = run("fp32", "encode", ["1", "1" * 20001])
    assert (code, len(output)) == (2, 1)
    assert re.search(r"line 2: .*20001 digits; at most 20000", errors), errors


@pytest.mark.parametrize("word,bits", [("posit8", 8), ("posit16", 16), ("fp8e4m3", 8), ("fp8e5m2", 8), ("fp16", 16), ("fixed8.4", 8),
                                       ("ieee3.4", 8), ("e6m7", 14)])
def test_decode_pipes_into_encode(word, bits):
    """Two fields a line, NaR, nan and inf: every canonical code comes back."""
    unused = {1 << (bits - 1)} if word.startswith("fixed") else set()  # below the symmetric range
    codes = [hex_code(c, bits) for c in range(1 << bits) if c not in unused]
    values = results(word, "decode", codes)
    again = results(word, "encode", values)
    assert results(word, "decode", again) == values
    canonical = {value: code for code, value in reversed(list(zip(codes, values))) if value != "nan"}
    assert all(code == canonical[value] for code, value in zip(again, values) if value != "nan")


@pytest.mark.parametrize("mode,positive,negative", [
    ("rne", "0x02", "0xfe"), ("rtz", "0x01", "0xff"), ("rhu", "0x02", "0xff"), ("rha", "0x02", "0xfe")])
def test_encode_modes_at_a_tie(mode, positive, negative):
    assert results("fixed8.0", "encode", ["1.5", "-1.5"], "--round", mode) == [positive, negative]


def test_encode_decode_round_trip_of_printed_values():
    codes = [hex_code(c, 16) for c in range(1 << 16) if c != 0x8000]
    values = results("posit16", "decode", codes)
    assert results("posit16", "encode", [v.split(" ")[0] for v in values]) == codes
    assert results("posit16", "encode", [v.split(" ")[1] for v in values]) == codes


@pytest.mark.parametrize("text", ["0xc0", "0xC0", "0x0c0", "0x000000000000000000c0", "0x00C0"])
def test_hex_in_any_case_with_any_leading_zeros(text):
    assert results("posit8", "decode", [text]) == ["-0x1p+0 -1"]


def test_codes_are_padded_to_the_width():
    assert results("posit6", "encode", ["0"]) == ["0x00"]
    assert results("posit5", "add", ["0x1 0x0"]) == ["0x01"]
    assert results("posit12", "encode", ["-1"]) == ["0xc00"]
    assert results("e6m7", "encode", ["1"]) == ["0x0f80"]
