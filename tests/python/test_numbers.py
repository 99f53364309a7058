# SPDX-License-Identifier: Apache-2.0
"""Conversions and operations against the program, one line at a time, and against ml_dtypes."""
import pickle

import numpy as np
import pytest

import binade

from conftest import PROGRAM, evaluated

ml_dtypes = pytest.importorskip("ml_dtypes")

OWN_EXPONENT = ["posit8", "posit16", "posit32", "posit8es1u", "fp8e4m3", "fp8e5m2sat", "bf16", "fp16", "fp32", "e6m7", "fixed16.8"]
SHARED = ["dfp8", "sdfp8", "flex16+5", "dfp16"]
VALUES = np.concatenate([np.random.default_rng(7).normal(size=60) * 10.0 ** np.random.default_rng(8).integers(-6, 6, 60),
                         [0.0, -0.0, 1.0, -1.0, 0.1, 448.0, 464.0, 1e30, -1e-30, 3.0]])
needs_program = pytest.mark.skipif(PROGRAM is None, reason="no program in BINADE")


@needs_program
@pytest.mark.parametrize("word", OWN_EXPONENT)
@pytest.mark.parametrize("rounding", ["rne", "rtz", "rhu", "sr"])
def test_encode_is_the_program_s(word, rounding):
    seed = 5 if rounding == "sr" else 0
    options = ["--round", rounding] + (["--seed", "5"] if seed else [])
    lines = evaluated([word, "encode", *options], [repr(float(x)) for x in VALUES])
    codes = binade.encode(VALUES, word, rounding=rounding, seed=seed)
    assert codes.tolist() == [int(line, 16) for line in lines]
    assert codes.dtype.itemsize == binade.Format(word).code_bytes
    single = VALUES.astype(np.float32)
    assert np.array_equal(binade.encode(single, word, rounding=rounding, seed=seed),
                          binade.encode(single.astype(np.float64), word, rounding=rounding, seed=seed))


@needs_program
@pytest.mark.parametrize("word", SHARED)
def test_a_tensor_is_the_program_s(word):
    line = evaluated([word, "quantize"], [" ".join(repr(float(x)) for x in VALUES)])[0].split()
    codes, exponent = binade.encode(VALUES, word)
    bits = binade.Format(word).bits
    assert exponent == int(line[0])
    assert codes.tolist() == [int(mantissa) % (1 << bits) for mantissa in line[1:]]
    assert np.array_equal(binade.decode((codes, exponent), word), np.array([float(m) for m in line[1:]]) * 2.0**exponent)


@needs_program
@pytest.mark.parametrize("word", ["posit8", "fp8e4m3", "e4m3", "fixed8.4"])
def test_operations_are_the_program_s(word):
    a, b, c = (np.random.default_rng(seed).integers(0, 256, 40).astype(np.uint8) & (1 << binade.Format(word).bits) - 1 for seed in range(3))
    for operation, operands in [("add", 2), ("sub", 2), ("mul", 2), ("div", 2), ("fma", 3), ("sqrt", 1)]:
        taken = [a, b, c][:operands]
        lines = evaluated([word, operation], [" ".join(hex(x) for x in row) for row in zip(*taken)])
        assert getattr(binade, operation)(*taken, word).tolist() == [int(line, 16) for line in lines], operation


@pytest.mark.parametrize("name, word", [("bfloat16", "bf16"), ("float8_e4m3fn", "fp8e4m3"), ("float8_e5m2", "fp8e5m2")])
def test_ml_dtypes_agree(name, word):
    dtype = np.dtype(getattr(ml_dtypes, name))
    inside = VALUES[np.abs(VALUES) < 400]
    theirs = inside.astype(np.float32).astype(dtype)
    ours = binade.encode(inside.astype(np.float32), dtype)
    assert np.array_equal(ours, theirs.view(ours.dtype))
    assert np.array_equal(binade.decode(theirs, word), theirs.astype(np.float64))
    assert np.array_equal(binade.quantize(theirs, "fp32"), theirs.astype(np.float64))


@pytest.mark.parametrize("word", OWN_EXPONENT + SHARED)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_quantize_is_encode_and_decode(word, dtype):
    x = (VALUES[np.abs(VALUES) < 1e6][:60] / 7).astype(dtype).reshape(-1, 3)
    events, more = binade.Events(), binade.Events()
    rounded = binade.quantize(x, word, events=events)
    assert rounded.shape == x.shape
    assert np.array_equal(rounded, binade.decode(binade.encode(x, word, events=more), word), equal_nan=True)
    assert events == more and (events.inexact > 0) != (word == "fp32" and dtype == np.float32)
    if word in ("posit8", "bf16", "dfp8"):
        assert rounded.dtype == dtype


def test_arrays_without_elements_and_without_dimensions():
    assert binade.encode(np.empty((0, 3)), "posit8").shape == (0, 3)
    assert binade.encode(0.1, "posit8") == 0x25
    assert binade.quantize([], "dfp8").shape == (0,)
    assert binade.decode([], "posit8").shape == (0,)
    strided = np.arange(12.0).reshape(3, 4)[:, ::2]
    assert np.array_equal(binade.quantize(strided, "fp32"), strided)


def test_byte_orders_and_read_only_arrays():
    x = np.array([0.1, 1 + 2.0**-40, -3.0])
    expected = binade.encode(x, "fixed32.30")
    for one in (x.astype(">f8"), x.astype("<f8"), np.frombuffer(x.tobytes()), x[::-1][::-1], np.stack([x, x], 1)[:, 0]):
        assert np.array_equal(binade.encode(one, "fixed32.30"), expected)
    assert np.array_equal(binade.decode(expected.astype(">u4"), "fixed32.30"), binade.decode(expected, "fixed32.30"))


def test_single_codes_are_codes():
    codes = binade.encode([1.0, 3.0], "posit8")
    total = binade.add(codes[0], codes[1], "posit8")
    assert total.shape == () and total.dtype == np.uint8 and binade.decode(total, "posit8") == 4.0
    assert binade.add(1.0, 3.0, "posit8").shape == ()


def test_operands_may_be_values_and_of_several_formats():
    assert np.array_equal(binade.add([1.0, 2.0], 0.5, "posit16"), [1.5, 2.5])
    codes = binade.encode([0.1, 3.0], "posit8")
    assert np.array_equal(binade.convert(codes, "posit8", "fp8e4m3"), [0x1d, 0x44])
    product = binade.operate("mul", codes, binade.encode(2.0, "fp16"), fmt="bf16", formats=["posit8", "fp16"])
    assert np.array_equal(binade.decode(product, "bf16"), [0.203125, 6.0])


def test_the_extension_checks_the_memory_that_it_is_given():
    """Beneath the functions, which make their own arrays: overlaps, strides, types, memory that is not to be written."""
    posit, core = binade.Format("posit8"), binade._core
    memory = np.zeros(64, np.uint8)
    values, codes = np.zeros(4), np.zeros(4, np.uint8)
    constant = np.zeros(4)
    constant.flags.writeable = False
    how = core.Tensor(None, None, 0, 0, 0, 0)
    for call, message in [
        (lambda: core.decode(posit, memory[:4], 0, memory[:32].view(np.float64)), "overlap in memory"),
        (lambda: core.quantise(posit, memory[:32].view(np.float64), memory[31:35], how), "overlap in memory"),
        (lambda: core.decode(posit, memory[:8:2], 0, values), "codes: not a contiguous array"),
        (lambda: core.decode(posit, codes, 0, constant), "values: not a contiguous, writable array"),
        (lambda: core.decode(posit, codes.view(np.int8), 0, values), "codes of another type"),
        (lambda: core.decode(posit, codes, 0, values.view(np.int64)), "values of another type"),
        (lambda: core.decode(posit, codes, 0, values[:3]), "codes has 4 elements and values 3"),
        (lambda: core.decode(posit, [1, 2, 3, 4], 0, values), "codes: not a contiguous array"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()


def test_draws_depend_on_seed_and_tensor():
    x = np.full(200, 0.3)
    first = binade.encode(x, "posit8", rounding="sr", seed=1)
    assert np.array_equal(first, binade.encode(x, "posit8", rounding="sr", seed=1))
    assert not np.array_equal(first, binade.encode(x, "posit8", rounding="sr", seed=2))
    assert not np.array_equal(first, binade.encode(x, "posit8", rounding="sr", seed=1, tensor=1))


@needs_program
def test_autoflex_is_the_program_s():
    maxima = [1.0, 2.0, 3.5, 100.0, 0.25, 7.0]
    lines = evaluated(["flex16+5", "autoflex", "--init"], [repr(x) for x in maxima])
    tensor = binade.Autoflex("flex16+5", initialise=True)
    touches = [tensor.touch(x) for x in maxima]
    said = [" ".join(map(str, pair)) for pair in touches[0].tries]
    said += [f"{t.exponent} {t.max_mantissa} {'ovf' if t.overflow else '-'} {t.next_exponent}" for t in touches]
    assert said == lines


def test_formats_are_values():
    assert binade.Format("posit8es2") == binade.Format("posit8") and str(binade.Format("posit8es2")) == "posit8"
    assert pickle.loads(pickle.dumps(binade.Format("flex16+5"))) == binade.Format("flex16+5")
    assert len({binade.Format("posit8"), binade.Format("posit8es2"), binade.Format("dfp8")}) == 2
    assert "posit16" in binade.formats()


@pytest.mark.parametrize("wrong, message", [
    (lambda: binade.Format("posit99"), "nearest valid one"),
    (lambda: binade.Format(3), "<class 'int'> is no word"),
    (lambda: binade.Format(None), "is no word; allowed: text"),
    (lambda: binade.encode([1.0], "posit8", exponent=-3), "lsb_exponent is -3; posit8 states its exponent; allowed: none"),
    (lambda: binade.encode([1.0], "fixed16.8", exponent=-8), "fixed16.8 states its exponent"),
    (lambda: binade.quantize(np.float32([1.0]), "fp8e4m3", exponent=0), "fp8e4m3 states its exponent"),
    (lambda: binade.encode([1.0], "flex16+5", add_shift=1), "no headroom"),
    (lambda: binade.encode([1.0], "dfp8", sdfp_bias=None), "sdfp_bias is automatic"),
    (lambda: binade.encode([1.0], "nothing"), "nearest valid one"),
    (lambda: binade.encode([1.0], np.int8), "the type int8 is no format"),
    (lambda: binade.encode([1.0], 5), "5 is no format"),
    (lambda: binade.encode([1.0], "posit8", rounding="up"), "rne"),
    (lambda: binade.encode([1.0, np.nan], "dfp8"), "element 1: NaN"),
    (lambda: binade.encode([np.inf], "fixed16.8"), "an infinity"),
    (lambda: binade.encode([1.0], "dfp8", exponent=300), "-256..255"),
    (lambda: binade.encode([1.0], "dfp8", add_shift=31), "0..30"),
    (lambda: binade.encode(["a"], "posit8"), "is not real"),
    (lambda: binade.encode([1j], "posit8"), "is not real"),
    (lambda: binade.encode(np.array([2**60 + 1]), "posit8"), "not exact"),
    (lambda: binade.encode([1.0], None), "None is no format"),
    (lambda: binade.encode([1.0], "posit8", seed=-1), "seed is -1; allowed: an integer in 0..4294967295"),
    (lambda: binade.encode([1.0], "posit8", tensor=2**32), "tensor is 4294967296"),
    (lambda: binade.encode([1.0], "posit8", seed=1.5), "seed is 1.5"),
    (lambda: binade.encode([1.0], "posit8", rounding=3), "rounding is 3; allowed: a word"),
    (lambda: binade.encode([1.0], "dfp8", exponent=0.5), "exponent is 0.5"),
    (lambda: binade.encode([1.0], "dfp8", exponent=10**30), "allowed: an integer"),
    (lambda: binade.encode([1.0], "posit8", events=[]), "events is []"),
    (lambda: binade.encode(np.ma.array([1.0, 2.0], mask=[0, 1]), "posit8"), "a masked array"),
    (lambda: binade.encode(np.array([1.0], np.longdouble), "posit8"), "is not real"),
    (lambda: binade.decode([64], "posit8", dtype=int), "allowed: a type of floats"),
    (lambda: binade.decode(([1], 0.5), "dfp8"), "codes: exponent is 0.5"),
    (lambda: binade.decode([256], "posit8"), "0..255"),
    (lambda: binade.decode(np.array([256], np.uint16), "posit8"), "codes[0] is 0x100"),
    (lambda: binade.decode([1.5], "posit8"), "unsigned integers"),
    (lambda: binade.decode([1], "dfp8"), "without their exponent"),
    (lambda: binade.decode(([1], 0), "posit8"), "states its exponent"),
    (lambda: binade.decode(([1], 300), "dfp8"), "lsb_exponent is 300"),
    (lambda: binade.add([1.0], [1.0], "dfp8"), "share an exponent"),
    (lambda: binade.operate("power", [1.0], fmt="posit8"), "allowed: add"),
    (lambda: binade.operate("add", [1.0], fmt="posit8"), "1 operands; allowed: 2"),
    (lambda: binade.operate("add", [1.0], [2.0], fmt="posit8", formats=["posit8"]), "the operands are 2"),
    (lambda: binade.add([1.0, 2.0], [1.0, 2.0, 3.0], "posit8"), "broadcast"),
    (lambda: binade.Autoflex("posit8"), "flex<N>+<M>"),
    (lambda: binade.Autoflex("flex16+5", preset="none"), "ngraph"),
    (lambda: binade.Autoflex("flex16+5").touch(np.inf), "finite"),
])
def test_wrong_input_is_a_value_error(wrong, message):
    with pytest.raises(ValueError) as error:
        wrong()
    assert message in str(error.value)
