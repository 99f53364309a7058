# SPDX-License-Identifier: Apache-2.0
"""Macro-models of switching energy: of an operation stream the energy is a sum of coefficient x operand sum, no coefficient below zero and
an operation no less than a clock of idling; that of `nz_a` and `nz_b` has either sign, since whether a code is zero says as much. Fitted by
least squares of the relative error over the windows of the streams that it may know. Which sums a unit has, forms.yaml states."""
import math

import numpy

import streams

KINDS = ("timed", "zero_delay")
EITHER_SIGN = ("nz_a", "nz_b")


def working(rows, names):
    return [row for row in rows if row["stream"] in names and row["operations"]]


def fitted_windows(rows):
    """Those that a fit may know: of the fitted streams; of units that take no operands, and have no streams, all in which they work."""
    return working(rows, streams.FITTED) or [row for row in rows if row["operations"]]


def model(rows, terms):
    """What fit.json says of a shape's energy."""
    fitted, unseen = fitted_windows(rows), working(rows, streams.UNSEEN)
    found = {}
    for kind in KINDS:
        pj = solve(fitted, terms, kind, floor_pj(rows, kind))
        errors = matrix(fitted, terms) @ pj / values(fitted, kind) - 1
        found[kind] = {"terms": terms, "pj": [significant(x) for x in pj], "rms_percent": percent(math.sqrt(float(numpy.mean(errors ** 2))))}
        if unseen:
            of_streams = [abs(stream_error([row for row in unseen if row["stream"] == name], terms, pj, kind)) for name in
                          sorted({row["stream"] for row in unseen})]
            found[kind] |= {"unseen_mean_percent": percent(numpy.mean(of_streams)), "unseen_max_percent": percent(max(of_streams))}
    idle = idle_pj(rows, "timed")
    return found | ({"idle_pj": significant(idle)} if idle else {})


def floor_pj(rows, kind):
    """Of an operation: its share of a clock of idling."""
    work = [row for row in rows if row["operations"]]
    return idle_pj(rows, kind) * sum(row["clocks"] for row in work) / sum(row["operations"] for row in work)


def idle_pj(rows, kind):
    """Of a clock without an operation; 0 where it was not measured."""
    idle = [row for row in rows if row["idle"]]
    return sum(row[f"{kind}_pj"] for row in idle) / sum(row["clocks"] for row in idle) if idle else 0.0


def stream_error(rows, terms, pj, kind):
    """Of the energy of a whole stream, relative."""
    return float((matrix(rows, terms) @ pj).sum() / values(rows, kind).sum() - 1)


def matrix(rows, terms):
    return numpy.array([[row["sums"][term] for term in terms] for row in rows], float)


def values(rows, kind):
    return numpy.array([row[f"{kind}_pj"] for row in rows])


def solve(rows, terms, kind, floor):
    """The coefficients; that of `1` is `floor` or more, which is zero where the terms lack it. Of one that stands alone the mean."""
    if terms == ["1"]:
        return numpy.array([max(floor, values(rows, kind).sum() / matrix(rows, terms).sum())])
    least = numpy.array([floor if term == "1" else 0.0 for term in terms])
    known, energies = matrix(rows, terms), values(rows, kind)
    scaled = known / energies[:, None]
    size = numpy.abs(scaled).max(axis=0)
    size[size == 0] = 1
    either = [t for t, term in enumerate(terms) if term in EITHER_SIGN]
    columns = scaled / size
    x = least_squares(numpy.hstack([columns, -columns[:, either]]), 1 - known @ least / energies)
    found = x[:len(terms)]
    found[either] -= x[len(terms):]
    return least + found / size


def least_squares(a, b):
    """x >= 0 with the least |a x - b|: the active sets of Lawson and Hanson."""
    count = a.shape[1]
    free, x = numpy.zeros(count, bool), numpy.zeros(count)
    for _ in range(10 * count):
        slope = a.T @ (b - a @ x)
        if free.all() or slope[~free].max() <= 1e-10:
            break
        free[numpy.argmax(numpy.where(free, -numpy.inf, slope))] = True
        while True:
            best = numpy.zeros(count)
            best[free] = numpy.linalg.lstsq(a[:, free], b, rcond=None)[0]
            low = free & (best <= 0)
            if not low.any():
                x = best
                break
            x = x + min(x[low] / (x[low] - best[low])) * (best - x)
            free &= x > 1e-14
    return x


def percent(value):
    return round(100 * float(value), 2)


def significant(value):
    return float(f"{value:.6g}")
