# SPDX-License-Identifier: Apache-2.0
"""Runs of the program, what must be equal between two of their reports, and what must hold in each."""
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess

from points import HEAT, MIXED, prebuilt, settings

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINADE = os.environ.get("BINADE", str(ROOT / "build/binade"))
EVERY_LAYER = os.environ.get("BINADE_EVERY_LAYER", str(ROOT / "build/tests/system/run_every_layer"))
CORES = ("fast", "cycle", "rtl", "lockstep")  # the first is what the others are compared with
# Words, samples and samples a pass.
WORKLOADS = {
    "lenet5": ([BINADE, "run", "--network", "lenet5"], 1, 1),
    "lenet5-batches": ([BINADE, "run", "--network", "lenet5", "--layers", "conv2,pool2,conv3,fc*"], 3, 2),
    "every-layer": ([EVERY_LAYER], 2, 2),
    "every-layer-hot": ([EVERY_LAYER], 2, 2),
}


class Failure(Exception):
    pass


def cores(point):
    """Those that run a point without building RTL first, which takes a quarter of a minute."""
    return CORES if prebuilt(point) else CORES[:2]


def command(point, core=CORES[0], samples=None, batch=None, changed={}, more=()):
    words, usual_samples, usual_batch = WORKLOADS[point["workload"]]
    words = [*words, "--samples", samples or usual_samples, "--batch", batch or usual_batch, "--format",
             MIXED.get(point["format"], (point["format"],))[-1], "--core", core, "--seed", 1]
    if point["workload"] == "every-layer-hot":
        words += ["--input-factor", float(HEAT[point["format"]]).hex()]
    for key, value in {**settings(point), **changed}.items():
        words += ["--set", f"{key}={value}"]
    return [*map(str, [*words, *more]), "--report-format", "json"]


def run(*what, **how):
    """The report of the point's command; arguments of command()."""
    words = command(*what, **how)
    done = subprocess.run(words, capture_output=True, text=True, timeout=1200)
    if done.returncode != 0:
        raise Failure(f"exit {done.returncode}: {done.stderr.strip()}\n  {shlex.join(words)}")
    return json.loads(done.stdout)


def in_parallel(check, points):
    """Runs check(point) for all points; raises one Failure that holds the first of those raised."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        futures = [pool.submit(check, point) for point in points]
        failures = [str(error) for future in futures if (error := future.exception())]
    if failures:
        raise Failure(f"{len(failures)} of {len(futures)} points failed\n" + "\n".join(failures[:5]))
    return [future.result() for future in futures]


def differences(one, two, path=""):
    """Where two JSON values differ, a line each."""
    if isinstance(one, dict) and isinstance(two, dict):
        keys = [*one, *(key for key in two if key not in one)]
        return [line for key in keys for line in
                ([f"{path}.{key}: only in one"] if (key in one) != (key in two) else differences(one[key], two[key], f"{path}.{key}"))]
    if isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        return [line for i, pair in enumerate(zip(one, two)) for line in differences(*pair, f"{path}[{i}]")]
    return [] if type(one) is type(two) and one == two else [f"{path}: {one!r} and {two!r}"]


def between_cores(one, two):
    """Differences of two reports less the core's name and the time that the program took."""
    strip = {"core", "wall_seconds", "wall_parts", "identity", "checksum"}
    return differences(*({key: value for key, value in report.items() if key not in strip} for report in (one, two)))


def numbers(report):
    """What no dataflow, tile, array, memory or overlap may change."""
    return [{"name": layer["name"], "digest": layer["digest"], "exponent": layer["exponent"], "tries": layer["device_tries"],
             "end_to_end": layer["end_to_end"], "datapath": layer["datapath"]} for layer in report["layers"]]


def conservation(report):
    """Violations of the rules that tie the counters of each layer together."""
    broken = []

    def equal(where, what, left, right):
        if left != right:
            broken.append(f"{where}: {what}: {left} is not {right}")

    for layer in report["layers"]:
        where, c = layer["name"], layer["counters"]
        for engine, stalls in (("load", ("token", "memory")), ("compute", ("load", "store")), ("store", ("token", "memory"))):
            clocks = c[f"{engine}.busy"] + c[f"{engine}.idle"] + sum(c[f"{engine}.stall_{cause}"] for cause in stalls)
            equal(where, f"{engine} busy + stalls + idle", clocks, c["total.cycles"])
        core = c["core.beats"] + c["core.stall_a"] + c["core.stall_b"] + c["core.stall_out"] + c["core.overhead"]
        equal(where, "core clocks + vector.busy", core + c["vector.busy"], c["compute.busy"])
        equal(where, "engine bytes", c["load.bytes"] + c["store.bytes"] + c["fetch.bytes"], c["bus.bytes"])
        equal(where, "DRAM bytes", c["dram.read_bytes"] + c["dram.write_bytes"], c["bus.bytes"])
        equal(where, "DRAM reads", c["load.bytes"] + c["fetch.bytes"], c["dram.read_bytes"])
        equal(where, "scratchpad O reads", c["scratchpad_o.read_bytes"], c["store.bytes"])
        equal(where, "scratchpad O writes", c["scratchpad_o.write_bytes"], c["store.bytes"])
        equal(where, "cycles", layer["cycles"], c["core.beats"] if layer["k"] else c["vector.busy"])
        equal(where, "total_cycles", layer["total_cycles"], c["total.cycles"])
        equal(where, "overhead_cycles", layer["overhead_cycles"], c["core.overhead"])
        if not layer["device_tries"]:
            equal(where, "core.macs", c["core.macs"], layer["macs"])
        if c["bus.bytes"] < layer["unique_bytes"]:
            broken.append(f"{where}: {c['bus.bytes']} bytes moved, {layer['unique_bytes']} unique")
    for name, value in report["counters"].items():
        equal("total", name, value, sum(layer["counters"][name] for layer in report["layers"]))
    return broken
