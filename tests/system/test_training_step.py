# SPDX-License-Identifier: Apache-2.0
"""A training step has the same bits, cycles, stalls and events on every core, and takes the same time without values: a sample of
recipe x network x array in which every two meet. What the golden model makes of it is checked step by step (--check)."""
import json
import os
import pathlib
import shlex
import subprocess

import points
import reports
from test_values_none import timed

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("BINADE_TRAINING_STEP", str(ROOT / "build/tests/system/run_training_step"))
SEED = 31
AXES = {
    "recipe": ("positnn", "flexpoint", "flexpoint,preset=ngraph", "dfp16", "dfp8", "sdfp8", "hill", "bf16", "fp16", "fp8-e4m3-e5m2", "fp32"),
    "network": ("mlp", "convolutions", "dilated", "pools", "functions", "normalised", "residual", "dropped", "attention"),
    "flow": ("os-none", "os-drain", "os-full", "ws-none", "ws-full"),
    "array": ("3x5", "4x4"),
    "memory": ("starved", "normal", "ideal"),
    "samples": (2, 4),
    "step": (1, 2),
}
RULES = (
    # Elementwise results in dfp and sdfp have no exponent of their own.
    (("recipe", "network"), lambda r, n: n != "residual" or r not in ("dfp8", "sdfp8")),
    # Blocks of the minibatch beside rows.
    (("recipe", "flow", "array"), lambda r, f, a: not r.startswith("flexpoint") or f.startswith("os") or a == "4x4"),
)


def command(point, *more):
    rows, cols = points.ARRAYS[point["array"]]
    dataflow, overlap = point["flow"].split("-")
    keys = {"core.rows": rows, "core.cols": cols, "core.dataflow": dataflow, "core.overlap": overlap}
    if point["memory"] == "ideal":
        keys["memory.ideal"] = "true"
    if point["memory"] == "starved":
        keys |= points.STARVED
    words = [PROGRAM, "--network", point["network"], "--recipe", point["recipe"], "--samples", point["samples"], "--step", point["step"]]
    for key, value in keys.items():
        words += ["--set", f"{key}={value}"]
    return [*map(str, [*words, *more])]


def run(words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=1200)
    if done.returncode != 0:
        raise reports.Failure(f"exit {done.returncode}: {done.stderr.strip()}\n  {shlex.join(words)}")
    return json.loads(done.stdout)


def check(point):
    fast = run(command(point, "--check"))
    cycle = run(command(point, "--core", "cycle", "--check"))
    none = run(command(point, "--values", "none"))
    lines = reports.conservation(fast) + reports.between_cores(fast, cycle)
    lines += reports.differences(timed(fast), timed(none))
    if lines:
        raise reports.Failure("\n".join(["", *lines[:8], "  " + shlex.join(command(point))]))
    return fast


def test_every_core_takes_the_same_step():
    chosen = points.pairwise(SEED, AXES, RULES)
    assert len(chosen) > 40
    done = reports.in_parallel(check, chosen)
    assert {layer["pass"] for report in done for layer in report["layers"]} == {"forward", "loss", "backward-data", "backward-weight", "update"}
