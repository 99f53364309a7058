# SPDX-License-Identifier: Apache-2.0
"""Conversions between values and codes, operations on elements, Autoflex."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from . import _core
from ._arrays import (INT32, UINT32, Encoded, Events, Format, FormatLike, add_events, check_events, codes_of, empty_codes, format_of, integer,
                      flag, is_codes, joined, shown, split, value_type, values_of, word)


def _how(lsb_exponent: int | None, rounding: str | None, seed: int, tensor: int, add_shift: int, sdfp_bias: int | None) -> _core.Tensor:
    exponent = None if lsb_exponent is None else integer("exponent", lsb_exponent, *INT32)
    bias = None if sdfp_bias is None else integer("sdfp_bias", sdfp_bias, *INT32)
    return _core.Tensor(exponent, word("rounding", rounding), integer("seed", seed, *UINT32), integer("tensor", tensor, *UINT32),
                        integer("add_shift", add_shift, *INT32), bias)


def formats() -> dict[str, str]:
    """The named formats, word to meaning. Others follow the patterns of docs/formats.md.

    >>> "posit16" in binade.formats()
    True
    """
    return dict(_core.named_formats())


def encode(x: ArrayLike, fmt: FormatLike, *, rounding: str | None = None, seed: int = 0, tensor: int = 0, exponent: int | None = None,
           add_shift: int = 0, sdfp_bias: int | None = 0, events: Events | None = None) -> NDArray[np.unsignedinteger] | Encoded:
    """Codes of x, one rounding an element, in x's shape and the smallest unsigned type.

    Of flex, dfp and sdfp an Encoded (codes, exponent): `exponent`, or the one that follows from the data (`add_shift` bits of
    headroom in dfp and sdfp; `sdfp_bias`, None: chosen from the histogram of leading bits). `rounding`: rne rtz rhu rha sr rdn rup, by
    default the format's; sr draws from `seed`, `tensor` and the element's index. ValueError: an unknown format or word, NaN or
    infinities where the exponent is shared, an exponent outside -256..255 or of a format that states its own.

    >>> binade.encode([0.1, 3.0], "posit8")
    array([37, 76], dtype=uint8)
    >>> binade.encode([1, -0.5, 0.3], "dfp8", exponent=-4)
    Encoded(codes=array([ 16, 248,   5], dtype=uint8), exponent=-4)
    """
    fmt = format_of(fmt)
    check_events(events)
    values = values_of(x, "x")
    codes = empty_codes(fmt, values.shape)
    found, counts = _core.quantise(fmt, values, codes, _how(exponent, rounding, seed, tensor, add_shift, sdfp_bias))
    add_events(events, counts)
    return joined(codes, found, fmt)


def decode(codes: ArrayLike | Encoded, fmt: FormatLike, *, dtype: DTypeLike = np.float64) -> NDArray[np.floating]:
    """The values of codes, exact in float64; in another `dtype` rounded to nearest. NaR is NaN.

    `codes`: unsigned integers, or (codes, exponent) of flex, dfp and sdfp. ValueError: codes with bits above the width.

    >>> binade.decode([0x25, 0x80], "posit8")
    array([0.1015625,       nan])
    >>> binade.decode(([16, 248], -4), "dfp8")
    array([ 1. , -0.5])
    """
    fmt = format_of(fmt)
    array, exponent = split(codes, fmt, "codes")
    try:
        if not isinstance(dtype, (np.dtype, type, str)):
            raise TypeError
        kind = np.dtype(dtype)
        if kind.kind == "c":
            raise TypeError
        np.zeros(0).astype(kind, casting="same_kind")
    except TypeError:
        raise ValueError(f"dtype is {shown(dtype)}; allowed: a type of floats") from None
    values: NDArray[Any] = np.empty(array.shape, np.float32 if kind == np.float32 else np.float64)
    _core.decode(fmt, array, exponent, values)
    result: Any = values if values.dtype == kind else values.astype(kind)
    return result


def quantize(x: ArrayLike, fmt: FormatLike, rounding: str | None = None, seed: int = 0, *, tensor: int = 0, exponent: int | None = None,
             add_shift: int = 0, sdfp_bias: int | None = 0, events: Events | None = None) -> NDArray[np.floating]:
    """x rounded to the format: decode(encode(x)), in x's shape; arguments as encode() has them.

    In x's type where that is float32 or float64 and holds every value of the format; float64 otherwise.

    >>> binade.quantize(np.float32([0.1, 3.0]), "fp8e4m3")
    array([0.1015625, 3.       ], dtype=float32)
    """
    fmt = format_of(fmt)
    check_events(events)
    values: NDArray[Any] = values_of(x, "x")
    how = _how(exponent, rounding, seed, tensor, add_shift, sdfp_bias)
    dtype: Any = values.dtype
    if dtype == np.float32:
        if not fmt.states_exponent:
            found = _core.exponent_of(fmt, values, how)
            how = _how(found, rounding, seed, tensor, add_shift, sdfp_bias)
            dtype = value_type(fmt, found)
        else:
            dtype = value_type(fmt, 0)
    rounded = np.empty(values.shape, dtype)
    _, counts = _core.round_to_format(fmt, values, rounded, how)
    add_events(events, counts)
    return rounded


def operate(operation: str, *operands: Any, fmt: FormatLike, formats: Sequence[FormatLike] | None = None, rounding: str | None = None,
            seed: int = 0, tensor: int = 0, events: Events | None = None) -> NDArray[Any]:
    """An operation on elements, rounded once to `fmt`: add sub mul div fma sqrt convert.

    Operands broadcast. Unsigned integers are codes, of `formats` or else of `fmt`; other arrays are values, which are rounded
    first. Codes where all operands are codes, values otherwise. Formats that state their exponent: posits, floats, fixed<W>.<F>.
    ValueError: shapes that do not broadcast, an unknown operation, too many or too few operands.

    >>> a, b = binade.encode(3.0, "posit8"), binade.encode(0.1, "fp16")
    >>> binade.decode(binade.operate("mul", a, b, fmt="bf16", formats=["posit8", "fp16"]), "bf16")
    array(0.30078125)
    """
    check_events(events)
    if not isinstance(operation, str) or not operation.isprintable():
        raise ValueError(f"operation is {shown(operation)}; allowed: {_core.operation_words()}")
    if formats is not None and not isinstance(formats, (list, tuple)):
        raise ValueError(f"formats is {shown(formats)}; allowed: a list of formats, one an operand")
    out_format = format_of(fmt)
    own = [format_of(one) for one in formats] if formats is not None else [out_format] * len(operands)
    if len(own) != len(operands):
        raise ValueError(f"formats has {len(own)} elements; the operands are {len(operands)}")
    every_code = all(is_codes(x) for x in operands)
    codes: list[Any] = [codes_of(x, one, "operand") if is_codes(x) else encode(x, one, rounding=None) for x, one in zip(operands, own)]
    if any(isinstance(one, tuple) for one in codes):
        raise ValueError(f"{operation}: the codes of {own[0]} share an exponent, which they do not state; allowed: posits, floats, fixed<W>.<F>")
    codes = [np.ascontiguousarray(one).reshape(one.shape) for one in np.broadcast_arrays(*codes)] if codes else []
    out = empty_codes(out_format, codes[0].shape if codes else ())
    add_events(events, _core.operate(operation, own, codes, out_format, word("rounding", rounding), integer("seed", seed, *UINT32),
                                   integer("tensor", tensor, *UINT32), out))
    return out if every_code else decode(out, out_format)


def add(a: Any, b: Any, fmt: FormatLike, **options: Any) -> NDArray[Any]:
    """a + b, rounded once; see operate().

    >>> binade.add([1.0, 2.0], 0.3, "posit8")
    array([1.25, 2.25])
    """
    return operate("add", a, b, fmt=fmt, **options)


def sub(a: Any, b: Any, fmt: FormatLike, **options: Any) -> NDArray[Any]:
    """a - b, rounded once; see operate().

    >>> binade.sub([1.0, 2.0], 0.3, "fp8e4m3", rounding="rtz")
    array([0.6875, 1.625 ])
    """
    return operate("sub", a, b, fmt=fmt, **options)


def mul(a: Any, b: Any, fmt: FormatLike, **options: Any) -> NDArray[Any]:
    """a b, rounded once; see operate().

    >>> binade.mul(np.uint8([0x40, 0x4c]), np.uint8(0x4c), "posit8")  # codes of 1, 3 and 3
    array([76, 89], dtype=uint8)
    """
    return operate("mul", a, b, fmt=fmt, **options)


def div(a: Any, b: Any, fmt: FormatLike, **options: Any) -> NDArray[Any]:
    """a / b, rounded once; see operate().

    >>> binade.div(1.0, [3.0, 0.0], "fp8e5m2")
    array([0.3125,    inf])
    """
    return operate("div", a, b, fmt=fmt, **options)


def fma(a: Any, b: Any, c: Any, fmt: FormatLike, **options: Any) -> NDArray[Any]:
    """a b + c, rounded once; see operate().

    >>> binade.fma(1.5, 1.5, [-2.25, 0.25], "bf16")
    array([0. , 2.5])
    """
    return operate("fma", a, b, c, fmt=fmt, **options)


def sqrt(a: Any, fmt: FormatLike, **options: Any) -> NDArray[Any]:
    """The square root of a, rounded once; see operate().

    >>> binade.sqrt([2.0, 4.0, -1.0], "posit16")
    array([1.4140625, 2.       ,       nan])
    """
    return operate("sqrt", a, fmt=fmt, **options)


def convert(codes: Any, source: FormatLike, fmt: FormatLike, **options: Any) -> NDArray[np.unsignedinteger]:
    """Codes of `source` as codes of `fmt`, rounded once; see operate().

    >>> binade.convert([0x25, 0x4c], "posit8", "fp8e4m3")
    array([29, 68], dtype=uint8)
    """
    return operate("convert", codes_of(codes, format_of(source), "codes"), fmt=fmt, formats=[source], **options)


class Touch(NamedTuple):
    """What one maximum did to a Flexpoint tensor; see Autoflex."""

    exponent: int  #: used for this touch
    max_mantissa: int
    overflow: bool
    next_exponent: int
    tries: list[tuple[int, int]]  #: of the initialisation: exponent, largest mantissa + 1


class Autoflex:
    """Exponents of one Flexpoint tensor, predicted from its maxima (Koster et al. 2017), as `binade eval FORMAT autoflex`.

    `preset`: paper or ngraph; `start`: the first exponent, with `initialise` that of Algorithm 1's first try. ValueError: a format
    other than flex, another preset, a start outside -512..512.

    >>> tensor = binade.Autoflex("flex16+5", start=-14)
    >>> [tensor.touch(x).next_exponent for x in (1.0, 0.9, 4.0)]
    [-13, -13, -10]
    """

    def __init__(self, fmt: FormatLike = "flex16+5", preset: str = "paper", start: int = -8, initialise: bool = False) -> None:
        self.format = format_of(fmt)
        self._evaluator = _core.AutoflexEvaluator(self.format, word("preset", preset) or "paper", integer("start", start, *INT32),
                                                 flag("initialise", initialise))

    def touch(self, x: ArrayLike) -> Touch:
        """The next write of the tensor: its values, or their largest magnitude alone. ValueError: NaN, infinities.

        >>> binade.Autoflex("flex16+5", start=-14).touch([0.5, -1.0]).max_mantissa
        16384
        """
        values = values_of(x, "x")
        return Touch(*self._evaluator.touch(float(np.abs(values).max()) if values.size else 0.0))
