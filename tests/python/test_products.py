# SPDX-License-Identifier: Apache-2.0
"""Matrix products and convolutions against the literal accumulator, which `binade eval FORMAT dot` runs too."""
import threading

import numpy as np
import pytest

import binade

from conftest import PROGRAM, evaluated

POLICIES = {"posit8": ["exact", "serial", "fp32"], "posit16": ["exact"], "fp8e4m3": ["exact", "serial", "fp32"], "e6m7": ["serial"],
            "flex16+5": ["exact", "blocked", "serial", "chained"], "dfp8": ["exact", "blocked", "serial", "fp32", "chained"],
            "sdfp8": ["exact"], "fixed16.8": ["exact", "blocked"]}
CASES = [(word, policy) for word, policies in POLICIES.items() for policy in policies]
RANDOM = np.random.default_rng(3)
A, B = RANDOM.normal(size=(6, 70)), RANDOM.normal(size=(70, 5))


def encoded(x, word):
    return binade.encode(x, word)


def rows_of(a, b):
    """Operands of a product as those of dot products: every row of a beside every column of b."""
    def parts(x):
        return (x.codes, x.exponent) if isinstance(x, binade.Encoded) else (x, None)
    (left, left_exponent), (right, right_exponent) = parts(a), parts(b)
    left, right = np.broadcast_arrays(left[:, None, :], right.T[None, :, :])
    joined = [np.ascontiguousarray(one) for one in (left, right)]
    return tuple(one if exponent is None else binade.Encoded(one, exponent) for one, exponent in zip(joined, (left_exponent, right_exponent)))


@pytest.mark.parametrize("word, policy", CASES)
@pytest.mark.parametrize("rounding", ["rne", "rtz", "sr"])
def test_matmul_is_the_literal_accumulator_s(word, policy, rounding):
    if policy == "serial" and rounding == "sr":
        pytest.skip("serial rounds every step and sr outputs only")
    exponent = None if binade.Format(word).states_exponent else -2 if word != "flex16+5" else -10
    a, b = encoded(A, word), encoded(B, word)
    options = dict(accumulate=policy, rounding=rounding, exponent=exponent, seed=4, tensor=2)
    events, expected_events = binade.Events(), binade.Events()
    product = binade.matmul(a, b, word, events=events, **options)
    expected = binade.dot(*rows_of(a, b), word, events=expected_events, **options)
    for got, want in zip(product if exponent is not None else [product], expected if exponent is not None else [expected]):
        assert np.array_equal(got, want)
    assert events == expected_events
    # Again, from the kernel that was kept.
    again = binade.matmul(a, b, word, **options)
    assert np.array_equal(again[0], product[0])


@pytest.mark.skipif(PROGRAM is None, reason="no program in BINADE")
def test_dot_is_the_program_s():
    a, b = encoded(A, "posit8"), encoded(B, "posit8").T[:1]
    lines = [" ".join(f"{x:#x} {y:#x}" for x, y in zip(row, b[0])) for row in a]
    for policy in POLICIES["posit8"]:
        said = [int(line, 16) for line in evaluated(["posit8", "dot", "--acc", policy], lines)]
        assert binade.dot(a, np.broadcast_to(b, a.shape), "posit8", accumulate=policy).tolist() == said


def test_the_exponent_follows_from_the_largest_sum():
    a, b = encoded(A, "dfp8"), encoded(B, "dfp8")
    product = binade.matmul(a, b, "dfp8")
    exact = binade.decode(a, "dfp8") @ binade.decode(b, "dfp8")
    assert product.exponent == int(np.floor(np.log2(np.abs(exact).max()))) - 6
    assert np.abs(binade.decode(product, "dfp8") - exact).max() <= 2.0 ** (product.exponent - 1)


@pytest.mark.parametrize("word", ["posit16", "dfp8", "fixed16.8"])
def test_values_in_values_out(word):
    product = binade.matmul(A, B, word)
    assert np.array_equal(product, binade.decode(binade.matmul(encoded(A, word), encoded(B, word), word), word))
    assert np.abs(product - A @ B).max() < 1


def test_formats_of_factors_and_result_may_differ():
    a, b = encoded(A, "fp8e4m3"), encoded(B, "fp8e5m2")
    product = binade.matmul(a, b, "fp8e4m3", fmt_b="fp8e5m2", out="bf16", accumulate="exact")
    exact = binade.decode(a, "fp8e4m3") @ binade.decode(b, "fp8e5m2")  # exact in float64: few bits, few terms
    assert np.array_equal(product, binade.encode(exact, "bf16"))


def test_bias_relu_and_leading_dimensions():
    bias = RANDOM.normal(size=5)
    product = binade.matmul(A.reshape(2, 3, 70), B, "posit16", bias=bias, relu=True)
    assert product.shape == (2, 3, 5) and product.min() >= 0
    exact = binade.quantize(A, "posit16") @ binade.quantize(B, "posit16") + binade.quantize(bias, "posit16")
    assert np.array_equal(product.reshape(6, 5) == 0, exact <= 0)


@pytest.mark.parametrize("word", ["posit16", "dfp8", "sdfp8", "flex16+5", "fp8e4m3"])
@pytest.mark.parametrize("left, right", [((2, 3, 4, 7), (2, 3, 7, 5)), ((2, 1, 4, 7), (3, 7, 5)), ((4, 7), (2, 3, 7, 5)), ((7,), (3, 7, 5)), ((3, 4, 7), (7,)),
                                         ((7,), (7,)), ((2, 3, 4, 7), (7, 5)), ((0, 4, 7), (1, 7, 5))])
@pytest.mark.parametrize("rounding", ["rne", "sr"])
def test_shapes_are_those_of_numpy(word, left, right, rounding):
    a, b, bias = RANDOM.normal(size=left), RANDOM.normal(size=right), RANDOM.normal(size=1 if len(right) == 1 else right[-1])
    options = dict(rounding=rounding, seed=7, tensor=3, **(dict(exponent=-10) if word == "flex16+5" else dict(bias=bias)))
    codes_a, codes_b = encoded(a, word), encoded(b, word)
    events = binade.Events()
    got = binade.matmul(codes_a, codes_b, word, events=events, **options)
    values = binade.decode(got, word)
    assert values.shape == np.matmul(a, b).shape
    if values.size == 0:
        return
    expected_events = binade.Events()
    if word == "flex16+5":
        rows, columns = (one.codes if one.codes.ndim > 1 else one.codes[axis] for one, axis in ((codes_a, np.s_[None, :]), (codes_b, np.s_[:, None])))
        pairs = np.broadcast_arrays(rows[..., :, None, :], columns.swapaxes(-1, -2)[..., None, :, :])
        operands = [binade.Encoded(np.ascontiguousarray(one), codes.exponent) for one, codes in zip(pairs, (codes_a, codes_b))]
        expected = binade.dot(*operands, word, rounding=rounding, seed=7, tensor=3, exponent=-10, events=expected_events)
    else:
        # One tensor: its exponent, its draws and its events are those of encoding the sums, which float64 holds exactly.
        exact = np.matmul(binade.decode(codes_a, word), binade.decode(codes_b, word)) + binade.quantize(bias, word)[0 if len(right) == 1 else slice(None)]
        expected = binade.encode(exact, word, rounding=rounding, seed=7, tensor=3, events=expected_events)
        assert getattr(got, "exponent", 0) == getattr(expected, "exponent", 0)
    assert np.array_equal(getattr(got, "codes", got).ravel(), getattr(expected, "codes", expected).ravel())
    assert events == expected_events


@pytest.mark.parametrize("word", ["posit8", "fp8e4m3", "dfp8"])
@pytest.mark.parametrize("geometry", [{}, {"stride": 2, "padding": 1}, {"padding": (2, 0), "dilation": (2, 1), "stride": (1, 3)}])
def test_conv2d_is_a_product_of_windows(word, geometry):
    x, w = RANDOM.normal(size=(2, 3, 9, 8)), RANDOM.normal(size=(4, 3, 3, 2))
    got = binade.conv2d(encoded(x, word), encoded(w, word), word, exponent=None if word != "dfp8" else -3, **geometry)
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(geometry.get(key, usual), 2) for key, usual in [("stride", 1), ("padding", 0), ("dilation", 1)])
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    p, q = (padded.shape[2] - 2 * dh - 1) // sh + 1, (padded.shape[3] - dw - 1) // sw + 1
    windows = np.array([[padded[n, :, i * sh:i * sh + 2 * dh + 1:dh, j * sw:j * sw + dw + 1:dw].reshape(-1) for i in range(p) for j in range(q)]
                        for n in range(2)]).reshape(2 * p * q, -1)
    left = binade.encode(windows, word) if word != "dfp8" else binade.encode(windows, word, exponent=binade.encode(x, word).exponent)
    right = encoded(w.reshape(4, -1).T, word)
    want = binade.matmul(left, right, word, exponent=None if word != "dfp8" else -3)
    codes, expected = (got.codes, want.codes) if word == "dfp8" else (got, want)
    assert np.array_equal(codes, expected.reshape(2, p, q, 4).transpose(0, 3, 1, 2))


def test_groups_are_convolutions_side_by_side():
    x, w, bias = RANDOM.normal(size=(2, 4, 5, 5)), RANDOM.normal(size=(6, 2, 3, 3)), RANDOM.normal(size=6)
    whole = binade.conv2d(x, w, "posit8", groups=2, bias=bias)
    parts = [binade.conv2d(x[:, 2 * g:2 * g + 2], w[3 * g:3 * g + 3], "posit8", bias=bias[3 * g:3 * g + 3]) for g in range(2)]
    assert np.array_equal(whole, np.concatenate(parts, axis=1))


@pytest.mark.parametrize("rounding", ["rne", "sr"])
@pytest.mark.parametrize("automatic", [0, None])
def test_groups_share_the_exponent_of_their_largest_sum(rounding, automatic):
    x, w, bias = RANDOM.normal(size=(2, 4, 5, 5)), RANDOM.normal(size=(6, 2, 3, 3)), RANDOM.normal(size=6)
    w[3:] *= 9  # the second group has the largest sum
    codes = [encoded(one, "sdfp8") for one in (x, w)]
    options = dict(bias=bias, rounding=rounding, seed=5, sdfp_bias=automatic)
    got = binade.conv2d(*codes, "sdfp8", groups=2, **options)
    # The same sums from one group whose weights are zero across.
    across = np.zeros((6, 4, 3, 3), np.uint8)
    across[:3, :2], across[3:, 2:] = codes[1].codes[:3], codes[1].codes[3:]
    want = binade.conv2d(codes[0], binade.Encoded(across, codes[1].exponent), "sdfp8", **options)
    assert got.exponent == want.exponent and np.array_equal(got.codes, want.codes)


def test_threads_share_what_is_kept():
    a, b = encoded(RANDOM.normal(size=(40, 40)), "posit8"), encoded(RANDOM.normal(size=(40, 40)), "posit8")
    expected, wrong = binade.matmul(a, b, "posit8"), []

    def work():
        for _ in range(20):
            if not np.array_equal(binade.matmul(a, b, "posit8"), expected):
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("wrong, message", [
    (lambda: binade.matmul(A, A, "posit8"), "(..., k) and (k, n)"),
    (lambda: binade.matmul(A, 2.0, "posit8"), "(..., k) and (k, n)"),
    (lambda: binade.matmul(np.zeros((2, 4, 7)), np.zeros((3, 7, 5)), "posit8"), "dimensions that broadcast"),
    (lambda: binade.matmul(np.zeros((2, 4, 7)), np.zeros((2, 5, 5)), "posit8"), "(..., m, k) and (..., k, n)"),
    (lambda: binade.matmul(np.empty((2, 0)), np.empty((0, 3)), "posit8"), "k is 0"),
    (lambda: binade.matmul(A, B, "flex16+5"), "needs the exponent"),
    (lambda: binade.matmul(A, B, "posit8", fmt_b="posit8es1"), "posit8es1"),
    (lambda: binade.matmul(A, B, "posit8", accumulate="blocked"), "blocked"),
    (lambda: binade.matmul(A, B, "posit8", accumulate="most"), "exact"),
    (lambda: binade.matmul(A, B, "posit8", acc_bits=1), "acc_bits"),
    (lambda: binade.matmul(A, B, "dfp8", accumulate="serial"), "lsb_exponent"),
    (lambda: binade.matmul(A, B, "posit8", threads=0), "threads is 0"),
    (lambda: binade.matmul(A, B, "posit8", threads="2"), "threads is '2'"),
    (lambda: binade.matmul(A, B, "posit8", acc_bits=10**12), "acc_bits is 1000000000000"),
    (lambda: binade.matmul(A, B, "posit8", events={}), "events is {}"),
    (lambda: binade.conv2d(np.zeros((1, 2, 4, 4)), np.zeros((2, 2, 3, 3)), "posit8", groups=0), "groups is 0"),
    (lambda: binade.conv2d(np.zeros((1, 2, 4, 4)), np.zeros((2, 2, 3, 3)), "posit8", groups=1.5), "groups is 1.5"),
    (lambda: binade.dot(A, A, "posit8", seed="a"), "seed is 'a'"),
    (lambda: binade.matmul(A, B, "posit8", bias=[1.0]), "allowed: (5,)"),
    (lambda: binade.matmul(A, B, "posit8", rounding="up"), "rne"),
    (lambda: binade.conv2d(A, B, "posit8"), "four dimensions"),
    (lambda: binade.conv2d(np.zeros((1, 3, 4, 4)), np.zeros((2, 2, 3, 3)), "posit8"), "3 channels"),
    (lambda: binade.conv2d(np.zeros((1, 2, 4, 4)), np.zeros((2, 2, 5, 3)), "posit8"), "reaches over 5 x 3"),
    (lambda: binade.conv2d(np.zeros((1, 2, 4, 4)), np.zeros((2, 2, 3, 3)), "posit8", stride=0), "stride is 0"),
    (lambda: binade.matmul(A, B, "posit8", exponent=0), "lsb_exponent is 0; posit8 states its exponent"),
    (lambda: binade.matmul(A, B, "posit8", add_shift=1), "no headroom"),
    (lambda: binade.matmul(np.empty((0, 70)), B, "posit8", accumulate="blocked"), "blocked"),
    (lambda: binade.conv2d(np.zeros((1, 2, 4, 4)), np.zeros((2, 2, 3, 3)), "dfp8", out="fp32", exponent=0), "fp32 states its exponent"),
    (lambda: binade.dot(A, A, "posit8", exponent=0), "exponent is 0; posit8 states its exponent"),
    (lambda: binade.dot(A, B, "posit8"), "equal shapes"),
    (lambda: binade.dot(A, A, "dfp8"), "needs the exponent"),
])
def test_wrong_input_is_a_value_error(wrong, message):
    with pytest.raises(ValueError) as error:
        wrong()
    assert message in str(error.value)
