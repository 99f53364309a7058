# SPDX-License-Identifier: Apache-2.0
"""What callers pass as the arrays and formats that the extension takes, and back."""
from __future__ import annotations

import dataclasses
import functools
import operator
from typing import Any, NamedTuple, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from ._core import Format as Format

FormatLike = Union[Format, str, np.dtype, type]

INT32, UINT32 = (-(2**31), 2**31 - 1), (0, 2**32 - 1)

CODE_TYPES = {1: np.uint8, 2: np.uint16, 4: np.uint32}

# NumPy's and ml_dtypes' types by name, as the formats that they are.
_TYPE_WORDS = {"float32": "fp32", "float16": "fp16", "bfloat16": "bf16", "float8_e4m3fn": "fp8e4m3", "float8_e5m2": "fp8e5m2"}


class Encoded(NamedTuple):
    """Codes of a format that shares an exponent: the value of a code's integer is integer * 2**exponent.

    >>> codes, exponent = binade.encode([1, -0.5, 0.3], "dfp8")
    >>> codes.view(np.int8) * 2.0**exponent
    array([ 1.      , -0.5     ,  0.296875])
    """

    codes: NDArray[np.unsignedinteger]
    exponent: int


@dataclasses.dataclass
class Events:
    """Counted exceptional results (docs/formats.md); functions add to the one that they are given.

    >>> events = binade.Events()
    >>> codes = binade.encode([1.0, 0.1, 1e30], "fp8e4m3sat", events=events)
    >>> events
    Events(saturation=1, underflow=0, overflow=0, nar=0, inexact=2)
    """

    saturation: int = 0
    underflow: int = 0
    overflow: int = 0
    nar: int = 0
    inexact: int = 0

    def _add(self, counts: tuple[int, int, int, int, int]) -> None:
        for field, count in zip(dataclasses.fields(self), counts):
            setattr(self, field.name, getattr(self, field.name) + count)


def shown(value: Any) -> str:
    """What a message says of a value: its repr on one line, cut."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:57] + "..."


def integer(name: str, value: Any, low: int, high: int) -> int:
    try:
        found = operator.index(value)
    except TypeError:
        found = low - 1
    if not low <= found <= high:
        raise ValueError(f"{name} is {shown(value)}; allowed: an integer in {low}..{high}")
    return found


def word(name: str, value: Any) -> str | None:
    if value is None or isinstance(value, str) and value.isprintable():
        return value
    raise ValueError(f"{name} is {shown(value)}; allowed: a word, None")


def flag(name: str, value: Any) -> bool:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise ValueError(f"{name} is {shown(value)}; allowed: True, False")


def add_events(events: Events | None, counts: tuple[int, int, int, int, int]) -> None:
    if events is not None:
        events._add(counts)


def check_events(events: Any) -> None:
    if events is not None and not isinstance(events, Events):
        raise ValueError(f"events is {shown(events)}; allowed: an Events, None")


@functools.lru_cache(maxsize=256)
def _parsed(word: str) -> Format:
    return Format(word)


def format_of(fmt: FormatLike) -> Format:
    """A Format, its word, or a NumPy or ml_dtypes type that is one."""
    if isinstance(fmt, Format):
        return fmt
    if isinstance(fmt, str):
        return _parsed(fmt)
    try:
        if not isinstance(fmt, (np.dtype, type)):  # NumPy makes a type of much else
            raise TypeError
        name = np.dtype(fmt).name
    except TypeError:
        raise ValueError(f"{shown(fmt)} is no format; allowed: a Format, a word such as 'posit8', or one of the types {' '.join(_TYPE_WORDS)}") from None
    if name not in _TYPE_WORDS:
        raise ValueError(f"the type {name} is no format; allowed: {' '.join(_TYPE_WORDS)}")
    return _parsed(_TYPE_WORDS[name])


def _array_of(x: Any, name: str) -> NDArray[Any]:
    """x as an array in this machine's byte order."""
    if isinstance(x, np.ma.MaskedArray) and np.ma.is_masked(x):
        raise ValueError(f"{name}: a masked array, some of which is no value; allowed: what filled() or compressed() gives")
    try:
        array = np.asarray(x)
    except (TypeError, ValueError, RuntimeError) as error:  # of whatever x's own type makes it
        raise ValueError(f"{name}: no array: {' '.join(str(error).split())}") from None
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def values_of(x: ArrayLike, name: str) -> NDArray[np.floating]:
    """x as contiguous float32 or float64: itself where it is that, otherwise an exact copy."""
    array = _array_of(x, name)
    if array.dtype == np.float32 or array.dtype == np.float64:
        return np.ascontiguousarray(array) if array.ndim else array
    if array.dtype.kind == "f" and array.dtype.itemsize <= 2 or array.dtype.name in _TYPE_WORDS or array.dtype.name.startswith(("float8_", "float4_", "float6_")):
        return array.astype(np.float32)
    if array.dtype.kind in "iub":
        if array.dtype.itemsize == 8 and array.size and np.abs(array.astype(np.float64)).max() > 2.0**53:
            raise ValueError(f"{name}: integers beyond 2**53 are not exact in float64")
        return array.astype(np.float64)
    raise ValueError(f"{name}: the type {array.dtype} is not real; allowed: floats of at most 64 bits, integers")


def codes_of(codes: ArrayLike, fmt: Format, name: str) -> NDArray[np.unsignedinteger]:
    """codes as a contiguous array of uint8, uint16 or uint32; arrays of a type that is the format are viewed as codes."""
    array = _array_of(codes, name)
    if array.size == 0 and not isinstance(codes, np.ndarray):
        return array.astype(np.uint32)
    word = _TYPE_WORDS.get(array.dtype.name)
    if word is not None and _parsed(word) == fmt:
        array = array.view(CODE_TYPES[array.dtype.itemsize])
    if array.dtype.kind == "u" and array.dtype.itemsize <= 4:
        return np.ascontiguousarray(array) if array.ndim else array
    if array.dtype.kind in "iu":
        if array.size and (array.min() < 0 or array.max() >= 1 << fmt.bits):
            raise ValueError(f"{name}: codes of {fmt} are 0..{(1 << fmt.bits) - 1}; these are {array.min()}..{array.max()}")
        return array.astype(np.uint32)
    raise ValueError(f"{name}: codes of the type {array.dtype}; allowed: unsigned integers of at most 32 bits")


def is_codes(x: Any) -> bool:
    """NumPy's unsigned integers and Encoded are codes, everything else is values."""
    return isinstance(x, Encoded) or (isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind == "u")


def split(x: Any, fmt: Format, name: str) -> tuple[NDArray[np.unsignedinteger], int]:
    """Codes and exponent; 0 where the format states it."""
    if isinstance(x, tuple):
        if len(x) != 2:
            raise ValueError(f"{name}: a tuple of {len(x)}; allowed: (codes, exponent)")
        if fmt.states_exponent:
            raise ValueError(f"{name}: (codes, exponent) of {fmt}, which states its exponent; allowed: codes")
        return codes_of(x[0], fmt, name), integer(f"{name}: exponent", x[1], *INT32)
    if not fmt.states_exponent:
        raise ValueError(f"{name}: codes of {fmt} without their exponent; allowed: (codes, exponent)")
    return codes_of(x, fmt, name), 0


def empty_codes(fmt: Format, shape: tuple[int, ...]) -> NDArray[np.unsignedinteger]:
    return np.empty(shape, CODE_TYPES[fmt.code_bytes])


def joined(codes: NDArray[np.unsignedinteger], exponent: int, fmt: Format) -> NDArray[np.unsignedinteger] | Encoded:
    return codes if fmt.states_exponent else Encoded(codes, exponent)


def value_type(fmt: Format, exponent: int) -> type:
    return np.float32 if _core.values_fit_binary32(fmt, exponent) else np.float64
