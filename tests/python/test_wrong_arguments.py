# SPDX-License-Identifier: Apache-2.0
"""Every argument of every function as something that it is not: either the call is right, or it raises a ValueError of one line."""
import inspect
import warnings

import numpy as np
import pytest

import binade

try:
    import binade.torch as bt
    import torch
except ImportError:
    bt = None

X, W = np.ones((1, 2, 4, 4)), np.ones((2, 2, 3, 3))
A, B = np.ones((3, 4)), np.ones((4, 2))
CALLS = {
    "Format": (binade.Format, ["posit8"]),
    "encode": (binade.encode, [A, "dfp8"]),
    "decode": (binade.decode, [binade.encode(A, "dfp8"), "dfp8"]),
    "quantize": (binade.quantize, [A, "posit8"]),
    "operate": (binade.operate, ["add", A, A]),
    "add": (binade.add, [A, A, "posit8"]),
    "sub": (binade.sub, [A, A, "posit8"]),
    "mul": (binade.mul, [A, A, "posit8"]),
    "div": (binade.div, [A, A, "posit8"]),
    "fma": (binade.fma, [A, A, A, "posit8"]),
    "sqrt": (binade.sqrt, [A, "posit8"]),
    "convert": (binade.convert, [binade.encode(A, "posit8"), "posit8", "fp8e4m3"]),
    "matmul": (binade.matmul, [A, B, "dfp8"]),
    "conv2d": (binade.conv2d, [X, W, "dfp8"]),
    "dot": (binade.dot, [A, A, "posit8"]),
    "Autoflex": (binade.Autoflex, ["flex16+5"]),
    "Autoflex.touch": (binade.Autoflex("flex16+5").touch, [A]),
}
MORE = {"operate": {"fmt": "posit8"}}  # keywords that a call needs
OPTIONS = ["rounding", "seed", "tensor", "events"]  # of elementwise operations, which take them as **options
WRONG = [None, True, 3, -1, 2**40, 10**400, 1.5, float("nan"), float("inf"), 1j, "word", "posit8\0", "\ud800", b"bytes", [], {}, (1, 2, 3), ([1],),
         ("a", "b"), [[1], [1, 2]], [10**400], object(), object, np.float32, len, np.int64(3), np.uint8(3), np.array(None), np.array(["a"]),
         np.array([1j]), np.array([np.nan]), np.zeros((2, 0)), np.zeros(3, np.uint16), np.array([2**63], np.uint64), np.zeros(2, [("a", "f4")]),
         np.array([1, 2], "M8[s]"), np.ones((2, 2, 2, 2, 2)), binade.Events(), binade.Format("dfp8")]
if bt:
    T, U = torch.ones(2, 3), torch.ones(4, 3)
    CALLS.update({
        "torch.quantize": (bt.quantize, [T, "posit8", "posit8"]),
        "torch.matmul": (bt.matmul, [T, U.T, "posit8"]),
        "torch.linear": (bt.linear, [T, U, torch.ones(4), "posit8"]),
        "torch.conv2d": (bt.conv2d, [torch.ones(1, 2, 4, 4), torch.ones(2, 2, 3, 3), torch.ones(2), 1, 0, 1, 1, "posit8"]),
        "torch.Pass": (bt.Pass, ["posit8", "posit8", "posit8", "exact", 0, 32, 31, "rne", None, 1]),
        "torch.Recipe": (bt.Recipe, ["posit8", "posit8", "posit8", "samples-innermost"]),
        "torch.convert": (bt.convert, [torch.nn.Sequential(torch.nn.Linear(3, 4)), "posit8"]),
    })
    WRONG += [torch.ones(2, 2, 2), torch.ones(0, 3), torch.ones(2, 3, dtype=torch.int32), torch.ones(2, 3, dtype=torch.complex64),
              torch.ones(2, 3, dtype=torch.bfloat16), torch.ones(2, 3).to_sparse(), torch.ones(2, 3, device="meta")]


def variants(name):
    """The arguments of a call with one of them replaced."""
    function, arguments = CALLS[name]
    keywords = MORE.get(name, {})
    for place in range(len(arguments)):
        for wrong in WRONG:
            yield [*arguments[:place], wrong, *arguments[place + 1:]], keywords
    parameters = [] if name == "Format" else list(inspect.signature(function).parameters.values())[len(arguments):]
    names = [one.name for one in parameters if one.kind in (one.KEYWORD_ONLY, one.POSITIONAL_OR_KEYWORD)]
    if any(one.name == "options" for one in parameters) and not name.startswith("torch"):
        names += OPTIONS
    for option in names:
        for wrong in WRONG:
            yield arguments, {**keywords, option: wrong}


def check(call):
    """Whether the call refuses; fails on any other exception than a ValueError of one line."""
    try:
        call()
    except ValueError as error:
        assert str(error) and "\n" not in str(error), str(error)
        return True
    return False


@pytest.mark.parametrize("name", CALLS)
def test_an_argument_of_another_kind(name):
    function, arguments = CALLS[name]
    function(*arguments, **MORE.get(name, {}))
    refused = tried = 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for wrong, keywords in variants(name):
            refused += check(lambda: function(*wrong, **keywords))
            tried += 1
    assert refused > tried / 3, f"{refused} of {tried}"


def test_the_rule_sees_other_exceptions():
    for wrong in (lambda: len(3), lambda: [][1], lambda: (_ for _ in ()).throw(ValueError("two\nlines"))):
        with pytest.raises((TypeError, IndexError, AssertionError)):
            check(wrong)
