# SPDX-License-Identifier: Apache-2.0
"""Matrix products, convolutions and dot products under every accumulate policy."""
from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from ._arrays import (INT32, UINT32, Encoded, Events, Format, FormatLike, add_events, check_events, empty_codes, flag, format_of, integer, is_codes,
                      joined, shown, split, word)
from ._numbers import decode, encode

# A product keeps its kernel, whose tables cost milliseconds, and serves one thread at a time.
_MOST_KEPT = 64
_kept: dict[tuple[Any, ...], list[_core.Product]] = {}
_kept_lock = threading.Lock()


@contextlib.contextmanager
def _product(key: tuple[Any, ...]) -> Iterator[_core.Product]:
    """key: the arguments of _core.Policy, then the threads."""
    with _kept_lock:
        free = _kept.get(key)
        product = free.pop() if free else None
    if product is None:
        product = _core.Product(_core.Policy(*key[:-1]), key[-1])
    try:
        yield product
    finally:
        with _kept_lock:
            if key not in _kept and len(_kept) >= _MOST_KEPT:
                _kept.pop(next(iter(_kept)))
            _kept.setdefault(key, []).append(product)


def _operand(x: Any, fmt: Format, name: str) -> tuple[NDArray[np.unsignedinteger], int]:
    return split(x if is_codes(x) or isinstance(x, tuple) else encode(x, fmt), fmt, name)


class _Arithmetic:
    """The formats and the policy of a product, and the result's exponent, as keywords say them."""

    def __init__(self, fmt: FormatLike, fmt_b: FormatLike | None, out: FormatLike | None, accumulate: str | None, acc_bits: int, block: int,
                 chain: int, rounding: str | None, bias_position: str, exponent: int | None, add_shift: int, sdfp_bias: int | None,
                 relu: bool, seed: int, tensor: int, threads: int, events: Events | None) -> None:
        self.a = format_of(fmt)
        self.b = self.a if fmt_b is None else format_of(fmt_b)
        self.out = self.a if out is None else format_of(out)
        check_events(events)
        numbers = [integer(name, value, *INT32) for name, value in (("acc_bits", acc_bits), ("block", block), ("chain", chain))]
        self.key = (self.a, self.b, self.out, word("accumulate", accumulate), *numbers, word("rounding", rounding),
                    word("bias_position", bias_position) or "last", integer("threads", threads, *INT32))
        self.result = (None if exponent is None else integer("exponent", exponent, *INT32), integer("add_shift", add_shift, *INT32),
                       None if sdfp_bias is None else integer("sdfp_bias", sdfp_bias, *INT32), flag("relu", relu), integer("seed", seed, *UINT32),
                       integer("tensor", tensor, *UINT32))
        self.events = events

    def bias_of(self, bias: Any, n: int) -> tuple[Any, int]:
        if bias is None:
            return None, 0
        codes, exponent = _operand(bias, self.out, "bias")
        if codes.shape != (n,):
            raise ValueError(f"bias has the shape {codes.shape}; allowed: ({n},)")
        return codes, exponent

    def run(self, m: int, n: int, k: int, a: tuple[Any, int, int, int], b: tuple[Any, int, int, int], bias: tuple[Any, int], out: Any,
            logical_cols: int = 0, parts: Sequence[tuple[int, int, int, int, int]] = ()) -> int:
        """Factors: codes, their steps from row to row and along k, their exponent. `parts` of one result: as lib/product.h has them."""
        with _product(self.key) as product:
            if out.size == 0:
                return 0
            exponent, counts = product.run(m, n, k, *a, *b, *bias, out, _core.Result(*self.result, logical_cols), parts)
        add_events(self.events, counts)
        return exponent


def check(fmt: FormatLike, fmt_b: FormatLike | None, out: FormatLike | None, accumulate: str | None, acc_bits: int, block: int, chain: int,
          rounding: str | None, exponent: int | None, threads: int) -> None:
    """ValueError where matmul() would have one, whatever the operands are."""
    how = _Arithmetic(fmt, fmt_b, out, accumulate, acc_bits, block, chain, rounding, "last", exponent, 0, 0, False, 0, 0, threads, None)
    with _product(how.key):
        pass


def _batch(a: tuple[int, ...], b: tuple[int, ...], m: int, n: int, k: int, shapes: str) -> tuple[tuple[int, ...], list[tuple[int, int, int, int, int]]]:
    """The leading dimensions of a product and its parts, whose rows lie one below another."""
    try:
        leading = np.broadcast_shapes(a, b)
    except ValueError:
        raise ValueError(f"{shapes}; allowed: leading dimensions that broadcast") from None
    a_first, b_first = (np.broadcast_to(np.arange(math.prod(own)).reshape(own) * step, leading).ravel().tolist() for own, step in ((a, m * k), (b, k * n)))
    return leading, [(i, j, 0, part * m, 0) for part, (i, j) in enumerate(zip(a_first, b_first))]


def matmul(a: Any, b: Any, fmt: FormatLike, out: FormatLike | None = None, accumulate: str | None = None, acc_bits: int = 0, block: int = 32, *,
           fmt_b: FormatLike | None = None, chain: int = 31, rounding: str | None = None, bias: Any = None, bias_position: str = "last",
           relu: bool = False, exponent: int | None = None, add_shift: int = 0, sdfp_bias: int | None = 0, seed: int = 0, tensor: int = 0,
           threads: int = 1, events: Events | None = None) -> NDArray[Any] | Encoded:
    """The matrix product of a (..., m, k) and b (..., k, n), each sum as a core of the accelerator adds it.

    Shapes as in np.matmul: leading dimensions broadcast, a one-dimensional factor is a row (a) or a column (b). The result is one
    tensor, so that an exponent which it shares is that of its largest sum; `bias` (n) joins every row.

    Values are rounded to `fmt` (b: `fmt_b`), codes are taken as they are; the result, in the format `out`, is codes where a and b
    are, else values. `accumulate`: exact blocked serial fp32 chained, by default the formats'; `acc_bits`, `block`, `chain` as in
    docs/formats.md. `exponent`: the result's, which flex needs; dfp's and sdfp's follows from the largest sum otherwise.
    ValueError: shapes that do not fit, formats or a policy that do not go together.

    >>> a, b = np.array([[1.0, 0.3], [100.0, 0.01]]), np.array([[1.0], [0.5]])
    >>> binade.matmul(a, b, "posit8")
    array([[ 1.125],
           [96.   ]])
    >>> binade.matmul(a, b, "fp8e4m3", out="bf16", accumulate="exact")
    array([[ 1.15625],
           [96.     ]])
    >>> binade.matmul(binade.encode(a, "dfp8"), binade.encode(b, "dfp8"), "dfp8").exponent
    0
    """
    how = _Arithmetic(fmt, fmt_b, out, accumulate, acc_bits, block, chain, rounding, bias_position, exponent, add_shift, sdfp_bias, relu, seed,
                      tensor, threads, events)
    a_codes, a_exponent = _operand(a, how.a, "a")
    b_codes, b_exponent = _operand(b, how.b, "b")
    shapes = f"a has the shape {a_codes.shape} and b {b_codes.shape}"
    if a_codes.ndim < 1 or b_codes.ndim < 1 or a_codes.shape[-1] != b_codes.shape[-min(b_codes.ndim, 2)]:
        raise ValueError(f"{shapes}; allowed: (..., k) and (k, n), or (..., m, k) and (..., k, n)")
    k, n = a_codes.shape[-1], 1 if b_codes.ndim == 1 else b_codes.shape[-1]
    if k == 0:
        raise ValueError(f"{shapes}: k is 0; allowed: 1 or more")
    parts: list[tuple[int, int, int, int, int]] = []
    if b_codes.ndim <= 2:  # rows of a are those of one matrix
        m, shape = a_codes.size // k, a_codes.shape[:-1]
    else:
        m = 1 if a_codes.ndim == 1 else a_codes.shape[-2]
        leading, parts = _batch(a_codes.shape[:-2], b_codes.shape[:-2], m, n, k, shapes)
        shape = leading if a_codes.ndim == 1 else (*leading, m)
    result = empty_codes(how.out, shape if b_codes.ndim == 1 else (*shape, n))
    bias_codes = how.bias_of(bias, n)
    found = how.run(m, n, k, (a_codes, k, 1, a_exponent), (b_codes, 1, n, b_exponent), bias_codes, result, parts=parts)
    encoded = joined(result, found, how.out)
    return encoded if is_codes(a) and is_codes(b) else decode(encoded, how.out)


def _pair(value: Any, name: str, least: int) -> tuple[int, int]:
    pair = value if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2 or any(not isinstance(one, (int, np.integer)) or not least <= one <= INT32[1] for one in pair):
        raise ValueError(f"{name} is {shown(value)}; allowed: one or two integers in {least}..{INT32[1]}")
    return int(pair[0]), int(pair[1])


def _windows(x: NDArray[Any], kernel: Sequence[int], stride: tuple[int, int], dilation: tuple[int, int]) -> NDArray[Any]:
    """(samples, channels, h, w) as (samples * p * q, channels * r * s)."""
    samples, channels, height, width = x.shape
    reach = [(size - 1) * step + 1 for size, step in zip(kernel, dilation)]
    if reach[0] > height or reach[1] > width:
        raise ValueError(f"a window reaches over {reach[0]} x {reach[1]} elements; the padded input has {height} x {width}")
    axes: Any = (2, 3)
    windows = np.lib.stride_tricks.sliding_window_view(x, reach, axis=axes)
    windows = windows[:, :, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]
    p, q = windows.shape[2:4]
    return np.ascontiguousarray(windows.transpose(0, 2, 3, 1, 4, 5)).reshape(samples * p * q, channels * kernel[0] * kernel[1])


def conv2d(x: Any, weight: Any, fmt: FormatLike, out: FormatLike | None = None, accumulate: str | None = None, acc_bits: int = 0, block: int = 32, *,
           stride: int | tuple[int, int] = 1, padding: int | tuple[int, int] = 0, dilation: int | tuple[int, int] = 1, groups: int = 1,
           fmt_b: FormatLike | None = None, chain: int = 31, rounding: str | None = None, bias: Any = None, bias_position: str = "last",
           relu: bool = False, exponent: int | None = None, add_shift: int = 0, sdfp_bias: int | None = 0, seed: int = 0, tensor: int = 0,
           threads: int = 1, events: Events | None = None) -> NDArray[Any] | Encoded:
    """The convolution of x (samples, channels, height, width) with weight (features, channels / groups, kernel height, kernel width).

    Products are added channel by channel, then row by row of the kernel, as the accelerator does. `stride`, `padding`, `dilation`: an
    integer or two. The result is (samples, features, height, width). Everything else as in matmul().

    >>> binade.conv2d(np.ones((1, 1, 3, 3)), np.full((1, 1, 3, 3), 0.1), "fp8e4m3", padding=1)[0, 0]
    array([[0.40625, 0.625  , 0.40625],
           [0.625  , 0.9375 , 0.625  ],
           [0.40625, 0.625  , 0.40625]])
    """
    how = _Arithmetic(fmt, fmt_b, out, accumulate, acc_bits, block, chain, rounding, bias_position, exponent, add_shift, sdfp_bias, relu, seed,
                      tensor, threads, events)
    groups = integer("groups", groups, 1, INT32[1])
    strides, pads, dilations = _pair(stride, "stride", 1), _pair(padding, "padding", 0), _pair(dilation, "dilation", 1)
    x_codes, x_exponent = _operand(x, how.a, "x")
    w_codes, w_exponent = _operand(weight, how.b, "weight")
    if x_codes.ndim != 4 or w_codes.ndim != 4:
        raise ValueError(f"x has the shape {x_codes.shape} and weight {w_codes.shape}; allowed: four dimensions each")
    features, channels, *kernel = w_codes.shape
    if x_codes.shape[1] != channels * groups or features % groups:
        raise ValueError(f"x has {x_codes.shape[1]} channels and weight {features} features of {channels}; allowed with {groups} groups: "
                         f"{channels * groups} channels, features that the groups divide")
    padded = np.pad(x_codes, ((0, 0), (0, 0), (pads[0], pads[0]), (pads[1], pads[1]))) if any(pads) else x_codes
    bias_codes, bias_exponent = how.bias_of(bias, features)
    size = [(padded.shape[2 + i] - (kernel[i] - 1) * dilations[i] - 1) // strides[i] + 1 for i in range(2)]
    each, k = features // groups, channels * kernel[0] * kernel[1]
    windows = _windows(padded, kernel, strides, dilations)
    codes = empty_codes(how.out, (groups, len(windows), each))
    # A group's windows are a run of columns, its weights a run of rows.
    parts = [(group * k, group * each * k, group * each, 0, group * each) for group in range(groups)]
    found = how.run(len(windows), each, k, (windows, groups * k, 1, x_exponent), (w_codes, k, 1, w_exponent), (bias_codes, bias_exponent), codes,
                    features, parts)
    result = np.ascontiguousarray(codes.reshape(groups, len(x_codes), *size, each).transpose(1, 0, 4, 2, 3)).reshape(len(x_codes), features, *size)
    encoded = joined(result, found, how.out)
    return encoded if is_codes(x) and is_codes(weight) else decode(encoded, how.out)


def dot(a: Any, b: Any, fmt: FormatLike, out: FormatLike | None = None, accumulate: str | None = None, acc_bits: int = 0, block: int = 32, *,
        fmt_b: FormatLike | None = None, chain: int = 31, rounding: str | None = None, exponent: int | None = None, seed: int = 0, tensor: int = 0,
        events: Events | None = None) -> NDArray[Any] | Encoded:
    """Dot products of the rows of a (..., k) and b (..., k), by the literal accumulator, which judges matmul(): slow.

    `exponent`: the result's where it shares one (flex, dfp, sdfp), which it needs. Everything else as in matmul().

    >>> binade.dot([[1.0, 2.0], [0.1, 0.2]], [[3.0, 4.0], [3.0, 4.0]], "posit8")
    array([11.   ,  1.125])
    """
    check_events(events)
    a_format = format_of(fmt)
    b_format = a_format if fmt_b is None else format_of(fmt_b)
    out_format = a_format if out is None else format_of(out)
    a_codes, a_exponent = _operand(a, a_format, "a")
    b_codes, b_exponent = _operand(b, b_format, "b")
    if a_codes.shape != b_codes.shape or a_codes.ndim < 1:
        raise ValueError(f"a has the shape {a_codes.shape} and b {b_codes.shape}; allowed: equal shapes of at least one dimension")
    if exponent is None and not out_format.states_exponent:
        raise ValueError(f"exponent is absent; {out_format} needs the exponent of the result beforehand")
    bits, products, length = (integer(name, value, *INT32) for name, value in (("acc_bits", acc_bits), ("block", block), ("chain", chain)))
    policy = _core.Policy(a_format, b_format, out_format, word("accumulate", accumulate), bits, products, length, word("rounding", rounding), "last")
    own_exponent = 0 if exponent is None else integer("exponent", exponent, *INT32)
    if exponent is not None and out_format.states_exponent:
        raise ValueError(f"exponent is {own_exponent}; {out_format} states its exponent; allowed: none")
    result = empty_codes(out_format, a_codes.shape[:-1])
    add_events(events, _core.dot(policy, a_codes.shape[-1], a_codes, a_exponent, b_codes, b_exponent, own_exponent, integer("seed", seed, *UINT32),
                                 integer("tensor", tensor, *UINT32), result))
    encoded = joined(result, own_exponent, out_format)
    return encoded if is_codes(a) and is_codes(b) else decode(encoded, out_format)
