# SPDX-License-Identifier: Apache-2.0
"""Conversions between values and codes, operations on elements, Autoflex."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from . import _core
from ._arrays import (INT32, UINT32, Encoded, Events, Format, FormatLike, add_events, check_events, codes_of, empty_codes, format_of, integer,
                      is_codes, joined, split, value_type, values_of, word)


def _how(lsb_exponent: int | None, rounding: str | None, seed: int, tensor: int, add_shift: int, sdfp_bias: int | None) -> _core.Tensor:
    exponent = None if lsb_exponent is None else integer("exponent", lsb_exponent, *INT32)
    bias = None if sdfp_bias is None else integer("sdfp_bias", sdfp_bias, *INT32)
    return _core.Tensor(exponent, word("rounding", rounding), integer("seed", seed, *UINT32), integer("tensor", tensor, *UINT32),
                        integer("add_shift", add_shift, *INT32), bias)


def formats() -> dict[str, str]:
    """The named formats, word to meaning. Others follow the patterns of docs/formats.md."""
    return dict(_core.named_formats())


def encode(x: ArrayLike, fmt: FormatLike, *, rounding: str | None = None, seed: int = 0, tensor: int = 0, exponent: int | None = None,
           add_shift: int = 0, sdfp_bias: int | None = 0, events: Events | None = None) -> NDArray[np.unsignedinteger] | Encoded:
    """Codes of x, one rounding an element, in x's shape and the smallest unsigned type.

    Of flex, dfp and sdfp an Encoded (codes, exponent): `exponent`, or the one that follows from the data (`add_shift` bits of
    headroom in dfp and sdfp; `sdfp_bias`, None: chosen from the histogram of leading bits). `rounding`: rne rtz rhu rha sr rdn rup, by
    default the format's; sr draws from `seed`, `tensor` and the element's index. ValueError: an unknown format or word, NaN or
    infinities where the exponent is shared, an exponent outside -256..255.
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
    """
    fmt = format_of(fmt)
    array, exponent = split(codes, fmt, "codes")
    try:
        kind = np.dtype(dtype)
        np.zeros(0).astype(kind, casting="same_kind")
    except TypeError:
        raise ValueError(f"dtype is {dtype!r}; allowed: a type of floats") from None
    values: NDArray[Any] = np.empty(array.shape, np.float32 if kind == np.float32 else np.float64)
    _core.decode(fmt, array, exponent, values)
    return values if values.dtype == kind else values.astype(kind)


def quantize(x: ArrayLike, fmt: FormatLike, rounding: str | None = None, seed: int = 0, *, tensor: int = 0, exponent: int | None = None,
             add_shift: int = 0, sdfp_bias: int | None = 0, events: Events | None = None) -> NDArray[np.floating]:
    """x rounded to the format: decode(encode(x)), in x's shape; arguments as encode() has them.

    In x's type where that is float32 or float64 and holds every value of the format; float64 otherwise.
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


def operate(operation: str, *operands: Any, fmt: FormatLike, formats: list[FormatLike] | None = None, rounding: str | None = None,
            seed: int = 0, tensor: int = 0, events: Events | None = None) -> NDArray[Any]:
    """An operation on elements, rounded once to `fmt`: add sub mul div fma sqrt convert.

    Operands broadcast. Unsigned integers are codes, of `formats` or else of `fmt`; other arrays are values, which are rounded
    first. Codes where all operands are codes, values otherwise. Formats that state their exponent: posits, floats, fixed<W>.<F>.
    """
    check_events(events)
    out_format = format_of(fmt)
    own = [format_of(one) for one in formats] if formats is not None else [out_format] * len(operands)
    if len(own) != len(operands):
        raise ValueError(f"formats has {len(own)} elements; the operands are {len(operands)}")
    every_code = all(is_codes(x) for x in operands)
    codes: list[Any] = [codes_of(x, one, "operand") if is_codes(x) else encode(x, one, rounding=None) for x, one in zip(operands, own)]
    if any(isinstance(one, tuple) for one in codes):
        raise ValueError(f"{operation}: the codes of {own[0]} share an exponent, which they do not state; allowed: posits, floats, fixed<W>.<F>")
    codes = [np.ascontiguousarray(one) for one in np.broadcast_arrays(*codes)] if codes else []
    out = empty_codes(out_format, codes[0].shape if codes else ())
    add_events(events, _core.operate(operation, own, codes, out_format, word("rounding", rounding), integer("seed", seed, *UINT32),
                                   integer("tensor", tensor, *UINT32), out))
    return out if every_code else decode(out, out_format)


def add(a: Any, b: Any, fmt: FormatLike, **options: Any) -> NDArray[Any]:
    """a + b, rounded once; see operate()."""
    return operate("add", a, b, fmt=fmt, **options)


def sub(a: Any, b: Any, fmt: FormatLike, **options: Any) -> NDArray[Any]:
    """a - b, rounded once; see operate()."""
    return operate("sub", a, b, fmt=fmt, **options)


def mul(a: Any, b: Any, fmt: FormatLike, **options: Any) -> NDArray[Any]:
    """a b, rounded once; see operate()."""
    return operate("mul", a, b, fmt=fmt, **options)


def div(a: Any, b: Any, fmt: FormatLike, **options: Any) -> NDArray[Any]:
    """a / b, rounded once; see operate()."""
    return operate("div", a, b, fmt=fmt, **options)


def fma(a: Any, b: Any, c: Any, fmt: FormatLike, **options: Any) -> NDArray[Any]:
    """a b + c, rounded once; see operate()."""
    return operate("fma", a, b, c, fmt=fmt, **options)


def sqrt(a: Any, fmt: FormatLike, **options: Any) -> NDArray[Any]:
    """The square root of a, rounded once; see operate()."""
    return operate("sqrt", a, fmt=fmt, **options)


def convert(codes: Any, source: FormatLike, fmt: FormatLike, **options: Any) -> NDArray[np.unsignedinteger]:
    """Codes of `source` as codes of `fmt`, rounded once."""
    return operate("convert", codes_of(codes, format_of(source), "codes"), fmt=fmt, formats=[source], **options)


class Touch(NamedTuple):
    """What one maximum did to a Flexpoint tensor."""

    exponent: int  #: used for this touch
    max_mantissa: int
    overflow: bool
    next_exponent: int
    tries: list[tuple[int, int]]  #: of the initialisation: exponent, largest mantissa + 1


class Autoflex:
    """Exponents of one Flexpoint tensor, predicted from its maxima (Koster et al. 2017), as `binade eval FORMAT autoflex`.

    `preset`: paper or ngraph; `start`: the first exponent, with `initialise` that of Algorithm 1's first try.
    """

    def __init__(self, fmt: FormatLike = "flex16+5", preset: str = "paper", start: int = -8, initialise: bool = False) -> None:
        self.format = format_of(fmt)
        self._evaluator = _core.AutoflexEvaluator(self.format, word("preset", preset) or "paper", integer("start", start, *INT32), initialise)

    def touch(self, x: ArrayLike) -> Touch:
        """The next write of the tensor: its values, or their largest magnitude alone."""
        values = values_of(x, "x")
        return Touch(*self._evaluator.touch(float(np.abs(values).max()) if values.size else 0.0))
