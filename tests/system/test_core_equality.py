# SPDX-License-Identifier: Apache-2.0
"""The promise: output bits, cycles, every stall and every event are the same on every core, over the whole product.

The default suite samples the product so that every two values meet, and gives the RTL the cores that the build makes ahead
(rtl/sets.txt); BINADE_FULL=1 runs all of the product, and the whole sample on the RTL where the RTL covers it."""
import copy
import itertools
import shlex

import pytest

import points
import reports
from timing_table import off_the_table

SEED = 20


def check(point, cores=None):
    """Every core's report of a point: equal, conserved and, with ideal memory, as long as the table says. Returns its counters."""
    cores = cores or reports.cores(point)
    first, *others = ((core, reports.run(point, core)) for core in cores)
    problems = reports.conservation(first[1]) + off_the_table(point, first[1])
    for core, report in others:
        problems += [f"{first[0]} and {core}: {line}" for line in reports.between_cores(first[1], report)]
    if problems:
        replay = "\n".join("  " + shlex.join(reports.command(point, core)) for core in cores)
        raise reports.Failure("\n".join(["", *problems[:8], replay]))
    return first[1]["counters"]


def test_every_core_gives_the_same_report():
    chosen = list(points.whole_product(SEED)) if points.FULL else [p for i in range(1 if points.FEW else 2) for p in points.pairwise(SEED + i)]
    counters = reports.in_parallel(check, chosen)
    silent = {name for name in counters[0] if not any(c[name] for c in counters)}
    assert not silent, f"never counted, so never compared: {silent}"


@pytest.mark.parametrize("rtl_set", points.rtl_sets(), ids=lambda rtl_set: "-".join(map(str, rtl_set)))
def test_the_rtl_gives_the_same_report(rtl_set):
    chosen = points.part(points.points_of_set(SEED, rtl_set), "workload", "flow", "tiles", "memory")
    assert {point["workload"] for point in chosen} == set(points.AXES["workload"])
    assert all(reports.cores(point) == reports.CORES for point in chosen)
    reports.in_parallel(check, chosen)


@pytest.mark.skipif(not points.FULL, reason="builds a core for nearly every point: BINADE_FULL=1")
def test_the_rtl_gives_the_same_report_wherever_it_is_covered():
    chosen = [point for point in points.pairwise(SEED) if points.rtl_covers(point)]
    assert len(chosen) > 20
    reports.in_parallel(lambda point: check(point, reports.CORES), chosen)


def test_the_sample_covers_every_pair():
    covered = set().union(*map(points.pairs, points.pairwise(SEED)))
    assert {item for pair in covered for item in pair} == {(axis, value) for axis in points.AXES for value in points.AXES[axis]}
    for one, two in itertools.combinations(sorted(points.AXES), 2):
        for pair in itertools.product([(one, v) for v in points.AXES[one]], [(two, v) for v in points.AXES[two]]):
            forbidden = any(set(names) == {one, two} and not rule(*(dict(pair)[axis] for axis in names)) for names, rule in points.RULES)
            # Two rules that share an axis can forbid a pair together: what allows a narrow sum, a block or device init.
            assert pair in covered or forbidden or not any(map(points.allowed, witnesses(dict(pair)))), pair


def witnesses(partial):
    """Every point of the axes that the rules speak of, with the given values."""
    axes = {axis: [partial[axis]] if axis in partial else points.AXES[axis]
            for axis in sorted({axis for names, _ in points.RULES for axis in names})}
    return (dict(zip(axes, values)) for values in itertools.product(*axes.values()))


POINT = {"format": "flex8+5", "policy": "blocked", "rounding": "auto", "sum": "full", "block": 24, "chain": 31, "bias": "last",
         "add_shift": 0, "init": "golden", "workload": "lenet5", "flow": "ws-full", "edge": "ragged", "pe_latency": 2, "array": "3x5", "tiles": "small", "memory": "normal"}


def leaves(value, path=()):
    if isinstance(value, (dict, list)):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(below, (*path, key))
    else:
        yield path


def test_a_changed_figure_is_a_difference():
    report = reports.run(POINT)
    assert reports.between_cores(report, copy.deepcopy(report)) == []
    for path in leaves(report):
        if path[0] in ("core", "wall_seconds", "wall_parts", "identity", "checksum"):
            continue
        planted = copy.deepcopy(report)
        place = planted
        for key in path[:-1]:
            place = place[key]
        value = place[path[-1]]
        place[path[-1]] = not value if isinstance(value, bool) else value + 1 if isinstance(value, (int, float)) else f"{value}0"
        assert len(reports.between_cores(report, planted)) == 1, path
    for cut in (lambda r: r["layers"].pop(), lambda r: r["counters"].pop("core.beats"), lambda r: r.update(more=0)):
        planted = copy.deepcopy(report)
        cut(planted)
        assert reports.between_cores(report, planted)


@pytest.mark.parametrize("key, value, seen", [("core.lane_latency", 3, "core.overhead"), ("bus.latency_cycles", 5, "stall_memory"),
                                              ("core.block", 12, "digest"), ("accumulate", "fp32", "digest")])
def test_a_machine_that_differs_is_a_difference(key, value, seen):
    lines = reports.between_cores(reports.run(POINT), reports.run(POINT, "cycle", changed={key: value}))
    assert any(seen in line for line in lines if ".config" not in line), lines


@pytest.mark.parametrize("name", ["load.busy", "compute.stall_load", "store.idle", "core.stall_b", "vector.busy", "store.bytes",
                                  "fetch.bytes", "dram.write_bytes", "scratchpad_o.read_bytes", "core.beats", "core.macs"])
def test_a_lost_clock_or_byte_breaks_conservation(name):
    report = reports.run(POINT)
    assert reports.conservation(report) == []
    report["layers"][0]["counters"][name] += 1
    report["counters"][name] += 1
    assert reports.conservation(report)


def test_a_cycle_beside_the_table_is_seen():
    point = {**POINT, "tiles": "ample", "memory": "ideal"}
    report = reports.run(point)
    assert off_the_table(point, report) == []
    report["layers"][0]["cycles"] += 1
    assert len(off_the_table(point, report)) == 1
    assert off_the_table({**point, "pe_latency": 1}, report)
