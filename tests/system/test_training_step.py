# SPDX-License-Identifier: Apache-2.0
"""A training step has the same bits, cycles, stalls and events on every core, and takes the same time without values: a sample of
recipe x network x array in which every two meet, and LeNet-5's step on the RTL, every pin compared on every clock. What the golden model
makes of it is checked step by step (--check)."""
import json
import os
import pathlib
import shlex
import subprocess

import pytest

import points
import reports
from test_values_none import timed

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("BINADE_TRAINING_STEP", str(ROOT / "build/tests/system/run_training_step"))
SEED = 31
AXES = {
    "recipe": ("positnn", "flexpoint", "flexpoint,preset=ngraph", "dfp16", "dfp8", "sdfp8", "hill", "bf16", "fp16", "fp8-e4m3-e5m2", "fp8", "fp32"),
    "network": ("mlp", "convolutions", "dilated", "pools", "functions", "clipped", "normalised", "wide", "residual", "dropped", "attention", "softmaxes"),
    "flow": ("os-none", "os-drain", "os-full", "ws-none", "ws-full"),
    "array": ("3x5", "4x4"),
    "memory": ("starved", "normal", "ideal"),
    "samples": (2, 4),
    "step": (1, 2),
    "init": ("golden", "device"),
}
RULES = (
    (("recipe", "init"), lambda r, i: i == "golden" or r.startswith("flexpoint")),
    # Blocks of the minibatch beside rows.
    (("recipe", "flow", "array"), lambda r, f, a: not r.startswith("flexpoint") or f.startswith("os") or a == "4x4"),
)


def command(point, *more):
    rows, cols = points.ARRAYS[point["array"]]
    dataflow, overlap = point["flow"].split("-")
    keys = {"core.rows": rows, "core.cols": cols, "core.dataflow": dataflow, "core.overlap": overlap}
    if point["init"] == "device":
        keys["flex.init"] = "device"
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


# A binary32 result of a few hundred terms that do not cancel.
BINARY32_DB = 100


def errors(report):
    """Every row has errors; activations in binary32 are as near to their own operation as binary32 is."""
    lines = [f"{row['name']}: no errors" for row in report["layers"] if row["datapath"]["max_ulp"] is None or row["end_to_end"]["max_ulp"] is None]
    plain = [row for row in report["layers"] if row["name"].startswith("act.") and row["format_out"] == "fp32"]
    return lines + [f"{row['name']}: {row['datapath']}" for row in plain if row["datapath"]["sqnr_db"] not in {None, "inf"}
                    and not float(row["datapath"]["sqnr_db"]) > BINARY32_DB]


def check(point):
    fast = run(command(point, "--check", "--reference"))
    cycle = run(command(point, "--core", "cycle", "--check", "--reference"))
    lines = reports.conservation(fast) + reports.between_cores(fast, cycle) + errors(fast)
    if point["init"] == "golden":  # the device's runs follow from values
        lines += reports.differences(timed(fast), timed(run(command(point, "--values", "none"))))
    if lines:
        raise reports.Failure("\n".join(["", *lines[:8], "  " + shlex.join(command(point))]))
    return fast


def test_every_core_takes_the_same_step():
    chosen = points.pairwise(SEED, AXES, RULES)
    assert len(chosen) > 40
    done = reports.in_parallel(check, chosen)
    assert {layer["pass"] for report in done for layer in report["layers"]} == {"forward", "loss", "backward-data", "backward-weight", "update"}


# Recipes and formats whose every product the RTL has; most of their cores are built ahead (rtl/sets.txt). Blocks are powers of two.
ON_RTL = {"flex16+5": ("--recipe", "flexpoint"), "posit8": ("--format", "posit8"), "dfp8": ("--recipe", "dfp8"), "e6m7": ("--format", "e6m7")}


@pytest.mark.parametrize("network", ["mlp", "pools", "normalised", "lenet5"])
@pytest.mark.parametrize("form", ON_RTL)
def test_the_rtl_takes_the_same_step(form, network):
    words = [PROGRAM, "--network", network, *ON_RTL[form], "--samples", "2"]
    for pad in "abo":
        words += ["--set", f"scratchpad.{pad}_bytes=16384"]
    fast = run([*words, "--check"])
    assert not reports.conservation(fast)
    for core in ("rtl", "lockstep"):
        lines = reports.between_cores(fast, run([*words, "--core", core]))
        assert not lines, "\n".join([*lines[:8], shlex.join([*words, "--core", core])])


def test_tiles_of_a_step_are_sampled_on_the_rtl():
    words = [PROGRAM, "--network", "pools", "--format", "posit8", "--samples", "2"]
    sampled, whole = run([*words, "--rtl-sample", "1"]), run(words)
    products = [layer["name"] for layer in whole["layers"] if layer["k"]]
    assert [row["name"] for row in sampled["rtl_sample"]["layers"]] == products
    assert all(len(row["sampled"]) == 1 for row in sampled["rtl_sample"]["layers"])
    strip = lambda report: {key: value for key, value in report.items() if key != "rtl_sample"}
    assert not reports.between_cores(strip(sampled), strip(whole))
