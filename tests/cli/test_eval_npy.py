# SPDX-License-Identifier: Apache-2.0
"""`binade eval --npy IN OUT`: every operation gives what its lines give, in arrays; errors leave OUT as it was."""

import gzip
import subprocess

import numpy as np
import pytest

from eval_reference import PROGRAM, hex_code, run

RANDOM = np.random.default_rng(5)
VALUES = np.concatenate([RANDOM.normal(size=40) * 10.0 ** RANDOM.integers(-5, 6, 40), [0.0, -0.0, 1.0, -2.5, 448.0, 0.1, 3e4, -1e-4]]).reshape(4, 3, 4)
BITS = {"posit8": 8, "posit32": 32, "fp8e4m3": 8, "e6m7": 14, "bf16": 16, "fixed16.8": 16, "dfp8": 8, "sdfp8": 8, "dfp16": 16, "flex16+5": 16, "dfp24": 24}
OWN = ["posit8", "posit32", "fp8e4m3", "e6m7", "bf16", "fixed16.8"]


def evaluated(tmp_path, word, operation, array, *options):
    """The result array and what was printed."""
    np.save(tmp_path / "in.npy", array)
    done = subprocess.run([PROGRAM, "eval", word, operation, "--npy", tmp_path / "in.npy", tmp_path / "out.npy", *map(str, options)],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return np.load(tmp_path / "out.npy", allow_pickle=False), done.stdout


def lines_of(word, operation, lines, *options):
    code, output, errors = run(word, operation, lines, *options)
    assert code == 0, errors
    return output


def unsigned(bits):
    return np.uint8 if bits <= 8 else np.uint16 if bits <= 16 else np.uint32


def summed(event_words):
    """The counts of lines as those of their array."""
    total = {}
    for word in event_words:
        for part in word.split(",") if word != "-" else []:
            name, count = part.split("=")
            total[name] = total.get(name, 0) + int(count)
    order = ["saturation", "underflow", "overflow", "nar", "inexact"]
    return ",".join(f"{name}={total[name]}" for name in order if name in total) or "-"


@pytest.mark.parametrize("word", OWN)
@pytest.mark.parametrize("options", [(), ("--round", "rtz"), ("--round", "sr", "--seed", "9")])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int16])
def test_encode_is_its_lines(tmp_path, word, options, dtype):
    with np.errstate(over="ignore"):
        array = np.clip(VALUES, -3e4, 3e4).astype(dtype)
    codes, printed = evaluated(tmp_path, word, "encode", array, "--events", *options)
    pairs = [line.split() for line in lines_of(word, "encode", [float(x).hex() for x in array.ravel()], "--events", *options)]
    assert codes.dtype == unsigned(BITS[word]) and codes.shape == array.shape
    assert codes.ravel().tolist() == [int(code, 16) for code, _ in pairs]
    assert printed == summed(events for _, events in pairs) + "\n"


@pytest.mark.parametrize("word", OWN)
@pytest.mark.parametrize("operation, operands", [("add", 2), ("sub", 2), ("mul", 2), ("div", 2), ("fma", 3), ("sqrt", 1), ("dot", 6), ("decode", 1)])
@pytest.mark.parametrize("rounding", [(), ("--round", "sr", "--seed", "3")])
def test_codes_are_their_lines(tmp_path, word, operation, operands, rounding):
    if operation == "decode" and rounding:
        pytest.skip("decode rounds nothing")
    if operation == "dot" and word == "e6m7" and rounding:
        pytest.skip("sums of e6m7 round every step, and not at random")
    bits = BITS[word]
    codes = RANDOM.integers(0, 1 << bits, (5, 3, operands), dtype=np.uint64).astype(unsigned(bits))
    array = codes[..., 0] if operands == 1 else codes
    result, printed = evaluated(tmp_path, word, operation, array, *rounding)
    lines = lines_of(word, operation, [" ".join(hex_code(int(c), bits) for c in row) for row in codes.reshape(-1, operands)], *rounding)
    assert result.shape == (5, 3) and printed == ""
    if operation == "decode":
        expected = [float.fromhex(line.split()[0]) if line.split()[0] not in ("NaR",) else np.nan for line in lines]
        assert result.dtype == np.float64 and np.array_equal(result.ravel(), expected, equal_nan=True)
    else:
        assert result.dtype == unsigned(bits) and result.ravel().tolist() == [int(line, 16) for line in lines]


@pytest.mark.parametrize("word", list(BITS))
@pytest.mark.parametrize("options", [(), ("--round", "sr", "--seed", "4")])
def test_a_tensor_is_one_line(tmp_path, word, options):
    result, printed = evaluated(tmp_path, word, "quantize", VALUES, "--events", *options)
    *parts, events = lines_of(word, "quantize", [" ".join(repr(float(x)) for x in VALUES.ravel())], "--events", *options)[0].split()
    assert result.shape == VALUES.shape and printed.splitlines()[-1] == events
    if word.startswith(("dfp", "sdfp", "flex", "fixed")):
        assert printed.splitlines()[0] == parts[0] and result.ravel().tolist() == [int(m) for m in parts[1:]]
        assert result.dtype == {1: np.int8, 2: np.int16, 4: np.int32}[np.dtype(unsigned(BITS[word])).itemsize]
    else:
        assert len(printed.splitlines()) == 1 and result.ravel().tolist() == [int(code, 16) for code in parts]


def test_sums_of_shared_exponents_and_policies(tmp_path):
    codes = RANDOM.integers(0, 256, (7, 8), dtype=np.uint8)
    for options in [("--acc", "blocked", "--block", "2", "--shift", "3"), ("--acc", "exact", "--acc-bits", "10"), ("--acc", "chained", "--chain", "3")]:
        result, _ = evaluated(tmp_path, "dfp8", "dot", codes, *options)
        assert result.tolist() == [int(line, 16) for line in lines_of("dfp8", "dot", [" ".join(map(hex, row)) for row in codes], *options)]


def test_autoflex_is_its_lines(tmp_path):
    maxima = np.array([1.0, 2.0, 3.5, 100.0, 0.25, 7.0])
    result, printed = evaluated(tmp_path, "flex16+5", "autoflex", maxima, "--init")
    lines = lines_of("flex16+5", "autoflex", [repr(float(x)) for x in maxima], "--init")
    rows = [f"{e} {m} {'ovf' if o else '-'} {n}" for e, m, o, n in result.tolist()]
    assert result.dtype == np.int64 and printed.splitlines() + rows == lines


def test_layouts_of_arrays(tmp_path):
    expected = evaluated(tmp_path, "posit8", "encode", VALUES)[0]
    for array in (np.asfortranarray(VALUES), VALUES[::-1][::-1]):
        assert np.array_equal(evaluated(tmp_path, "posit8", "encode", array)[0], expected)
    assert evaluated(tmp_path, "posit8", "encode", np.array(0.1))[0] == 0x25
    assert evaluated(tmp_path, "posit8", "encode", np.empty((3, 0)))[0].shape == (3, 0)
    assert evaluated(tmp_path, "posit8", "add", np.empty((0, 2), np.uint8))[0].shape == (0,)
    assert evaluated(tmp_path, "posit8", "dot", np.empty((3, 0), np.uint8))[0].tolist() == [0, 0, 0]
    assert evaluated(tmp_path, "posit8", "decode", np.array([64, 128], np.int64))[0][0] == 1.0
    with gzip.open(tmp_path / "packed.npy.gz", "wb") as packed:
        np.save(packed, VALUES)
    subprocess.run([PROGRAM, "eval", "posit8", "encode", "--npy", tmp_path / "packed.npy.gz", tmp_path / "out.npy"], check=True)
    assert np.array_equal(np.load(tmp_path / "out.npy"), expected)


@pytest.mark.parametrize("word, operation, array, options, message", [
    ("posit8", "decode", np.array([0.5]), (), "no integers"),
    ("posit8", "decode", np.array([True]), (), "no integers"),
    ("posit8", "decode", np.array([3, 256]), (), "element 1 is 256; allowed: codes of posit8, 0..255"),
    ("posit8", "decode", np.array([-1]), (), "element 0 is -1"),
    ("posit8", "decode", np.array([2**64 - 1], np.uint64), (), "element 0 is 18446744073709551616"),
    ("posit8", "add", np.zeros((2, 3), np.uint8), (), "the 2 operands"),
    ("posit8", "fma", np.uint8(1), (), "no axis"),
    ("posit8", "dot", np.zeros((2, 3), np.uint8), (), "pairs"),
    ("posit8", "dot", np.uint8(1), (), "pairs"),
    ("dfp8", "quantize", np.array([1.0, np.nan]), (), "element 1: NaN"),
    ("posit8", "encode", np.array(["a", "b"]), (), "an array of strings"),
    ("posit8", "encode", np.array("a"), (), "text"),
    ("posit8", "encode", np.array([1j]), (), "'<c16'"),
    ("posit8", "encode", np.array([1.0]), ("--acc", "exact"), "--acc"),
    ("dfp8", "encode", np.array([1.0]), (), "lacks the operation"),
])
def test_wrong_arrays_leave_the_file(tmp_path, word, operation, array, options, message):
    np.save(tmp_path / "in.npy", array)
    (tmp_path / "out.npy").write_text("as it was")
    code, output, errors = run(word, operation, [], "--npy", tmp_path / "in.npy", tmp_path / "out.npy", *options)
    assert (code, output) == (2, []) and message in errors and len(errors.splitlines()) == 1, errors
    assert (tmp_path / "out.npy").read_text() == "as it was"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["in.npy", "out.npy"]


def test_wrong_files(tmp_path):
    np.save(tmp_path / "in.npy", VALUES)
    (tmp_path / "none.npy").write_text("no array")
    (tmp_path / "short.npy").write_bytes((tmp_path / "in.npy").read_bytes()[:-8])
    wrong = [(("absent.npy", "out.npy"), "absent.npy"), (("none.npy", "out.npy"), "not an npy array"), (("short.npy", "out.npy"), "its header announces 48"),
             (("in.npy", "in.npy"), "uses that file"), (("in.npy", "absent/out.npy"), "absent"), (("in.npy", "."), "directory"), ((".", "out.npy"), "Is a directory")]
    for (source, target), message in wrong:
        code, output, errors = run("posit8", "encode", [], "--npy", tmp_path / source, tmp_path / target)
        assert (code, output) == (2, []) and message in errors and len(errors.splitlines()) == 1, (source, target, errors)
    assert run("posit8", "encode", [], "--npy", tmp_path / "in.npy")[0] == 2
    assert not (tmp_path / "out.npy").exists()
