# SPDX-License-Identifier: Apache-2.0
"""Binade: bit-exact arithmetic of deep-learning accelerators, on NumPy arrays.

Values are floats, codes are unsigned integers; of flex, dfp and sdfp they travel with the exponent that they share (`Encoded`).
Results are to the bit those of `binade run`. Wrong input is a ValueError that says what, where and what is allowed.
"""
from ._arrays import Encoded, Events, Format
from ._numbers import Autoflex, Touch, add, convert, decode, div, encode, fma, formats, mul, operate, quantize, sqrt, sub
from ._products import conv2d, dot, matmul
from .program import MismatchError, Outcome, ProgramError, call, explore, run, train

__version__ = "0.1.0"
__all__ = ["Autoflex", "Encoded", "Events", "Format", "MismatchError", "Outcome", "ProgramError", "Touch", "add", "call", "conv2d",
           "convert", "decode", "div", "dot", "encode", "explore", "fma", "formats", "matmul", "mul", "operate", "quantize", "run", "sqrt",
           "sub", "train"]
