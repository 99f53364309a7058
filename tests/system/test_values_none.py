# SPDX-License-Identifier: Apache-2.0
"""A run without values takes the time of one with values: cycles, stalls, traffic, commands, energy, layer by layer, over a sample of
the product in which every two values meet."""
import shlex

import points
import reports

SEED = 22
VALUES = {"digest", "exponent", "device_tries", "end_to_end", "datapath"}  # of a layer: what follows from values


def timed(report):
    """What a report says of time and activity."""
    counters = [{name: count for name, count in layer["counters"].items() if not name.startswith("event.")} for layer in report["layers"]]
    return [{**{key: value for key, value in layer.items() if key not in VALUES}, "counters": c} for layer, c in zip(report["layers"], counters)]


def check(point):
    full, none = reports.run(point), reports.run(point, more=("--values", "none"))
    lines = reports.differences(timed(full), timed(none)) + reports.conservation(none)
    if lines:
        raise reports.Failure("\n".join(["", *lines[:8], "  " + shlex.join(reports.command(point, more=("--values", "none")))]))
    return none


def has_runs_that_follow_from_values(point):
    return points.settings(point).get("flex.init") == "device"


def test_time_does_not_depend_on_values():
    chosen = list(points.whole_product(SEED)) if points.FULL else [p for i in range(1 if points.FEW else 2) for p in points.pairwise(SEED + i)]
    without = reports.in_parallel(check, [point for point in chosen if not has_runs_that_follow_from_values(point)])
    assert len(without) > 20
    for report in without:
        assert all(layer["digest"] == "" and layer["datapath"]["sqnr_db"] is None for layer in report["layers"])
        assert not any(count for name, count in report["counters"].items() if name.startswith("event."))
