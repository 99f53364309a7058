# SPDX-License-Identifier: Apache-2.0
"""What a layer computes does not depend on where and when: dataflow, array, overlap, tiles, memory and, where no tensor has a
history or an exponent of its own, how samples are split into passes."""
import random
import shlex

import pytest

import points
import reports
from timing_table import gemm_cycles, off_the_table

SEED = 21
VARIANTS = 12 if points.FULL else 1 if points.FEW else 2
BASE = {"flow": "os-none", "edge": "ragged", "pe_latency": 1, "array": "8x8", "tiles": "ample", "memory": "normal"}
WITHOUT_HISTORY = tuple(f for f in points.AXES["format"] if not f.startswith("flex") and f not in points.SUMS_BEFORE_EXPONENT)


def arithmetics():
    """A drawn way to compute for every format, policy and rounding that go together."""
    rng = random.Random(SEED)
    whole = (points.complete({"format": f, "policy": p, "rounding": r, **BASE}, rng)
             for f in points.AXES["format"] for p in points.AXES["policy"] for r in points.AXES["rounding"])
    return points.part([point for point in whole if point], "format", "policy", "rounding", "workload")


def same_numbers(point, one, two, commands):
    lines = reports.differences(reports.numbers(one), reports.numbers(two))
    events = [{name: count for name, count in report["counters"].items() if name.startswith("event.")} for report in (one, two)]
    lines += reports.differences(*events, ".counters")
    if lines:
        raise reports.Failure("\n".join(["", *lines[:8], *("  " + shlex.join(words) for words in commands)]))


def test_where_and_when_do_not_matter():
    def check(point):
        rng = random.Random(f"{SEED} {point}")
        base = reports.run(point)
        arithmetic = {axis: point[axis] for axis in points.SEMANTIC}
        for _ in range(VARIANTS):
            other = points.complete(arithmetic, rng)
            same_numbers(point, base, reports.run(other), [reports.command(p) for p in (point, other)])

    reports.in_parallel(check, arithmetics())


def test_passes_do_not_matter_without_history():
    def check(point):
        whole, *parts = ({"samples": 4, "batch": batch} for batch in (4, 3, 1))
        base = reports.run(point, **whole)
        for part in parts:
            same = reports.run(point, **part)
            commands = [reports.command(point, **passes) for passes in (whole, part)]
            lines = reports.differences([layer["digest"] for layer in base["layers"]], [layer["digest"] for layer in same["layers"]])
            if lines:
                raise reports.Failure("\n".join(["", *lines[:8], *("  " + shlex.join(words) for words in commands)]))

    reports.in_parallel(check, [point for point in arithmetics() if point["format"] in WITHOUT_HISTORY])


def test_threads_do_not_matter():
    """Ideal memory gives the core whole layers, which threads divide."""
    def check(point):
        one, *others = (reports.run(point, more=("--threads", threads)) for threads in (1, 2, 3))
        for threads, other in zip((2, 3), others):
            lines = reports.between_cores(one, other)
            if lines:
                replay = reports.command(point, more=("--threads", threads))
                raise reports.Failure("\n".join(["", *lines[:8], "  " + shlex.join(replay)]))

    reports.in_parallel(check, [{**point, "workload": "lenet5", "memory": "ideal"} for point in arithmetics()])


@pytest.mark.parametrize("flow", points.AXES["flow"])
def test_ideal_memory_gives_the_timing_table(flow):
    cases = [{"format": "dfp8", "policy": "exact", "rounding": "auto", "sum": "full", "block": 32, "chain": 31,
              "bias": "last", "add_shift": 0, "init": "golden", "workload": workload, "flow": flow, "edge": edge, "pe_latency": pe_latency, "array": array, "tiles": "ample",
              "memory": "ideal"}
             for workload in points.AXES["workload"] for edge in ("ragged", "full") for pe_latency in (1, 3) for array in points.ARRAYS]

    def check(point):
        wrong = off_the_table(point, reports.run(point))
        if wrong:
            raise reports.Failure("\n".join(["", *wrong, "  " + shlex.join(reports.command(point))]))

    reports.in_parallel(check, cases)


def test_the_table_of_scale_sim():
    """core.edge full: os drain K + R + C - 2 and ws none M + 2R + C - 2 a fold."""
    for m, n, k in ((7, 11, 13), (1, 1, 1), (40, 17, 5)):
        assert gemm_cycles(m, n, k, 8, 4, "os-drain", "full", 1) == -(-m // 8) * -(-n // 4) * (k + 8 + 4 - 2) + 8
        assert gemm_cycles(m, n, k, 8, 4, "ws-none", "full", 1) == -(-k // 8) * -(-n // 4) * (m + 2 * 8 + 4 - 2)
