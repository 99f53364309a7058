# SPDX-License-Identifier: Apache-2.0
"""What the macro-models know of an operand stream: the sums over its MACs of f(a) g(b), f and g each one of

  1   one
  hd  bits in which the code differs from the one before it
  wt  bits of the code that are one
  nz  whether the code is not zero

S[f][g], `f_a*g_b`; of a term whose other factor is 1 only the one: `hd_a`, `wt_b`, and `1` for their number."""
import numpy

FUNCTIONS = ("1", "hd", "wt", "nz")


def term(f, g):
    named = [f"{name}_{side}" for name, side in ((f, "a"), (g, "b")) if name != "1"]
    return "*".join(named) or "1"


TERMS = tuple(term(f, g) for f in FUNCTIONS for g in FUNCTIONS)


def of_codes(codes, before):
    """{function: array} of one operand; `before` is the code before the first."""
    codes = numpy.asarray(codes, dtype=numpy.uint64)
    previous = numpy.concatenate([[numpy.uint64(before)], codes[:-1]])
    return {"1": numpy.ones(len(codes), int), "hd": ones(codes ^ previous), "wt": ones(codes), "nz": (codes != 0).astype(int)}


def ones(codes):
    return numpy.array([int(code).bit_count() for code in codes])


def sums(a, b, before=(0, 0)):
    """{term: sum} of a stream of pairs."""
    of_a, of_b = of_codes(a, before[0]), of_codes(b, before[1])
    return {term(f, g): int((of_a[f] * of_b[g]).sum()) for f in FUNCTIONS for g in FUNCTIONS}
