# SPDX-License-Identifier: Apache-2.0
"""Tiles that the user says or that a search finds: values stay, clocks follow, what is wrong is refused."""
import csv
import json
import re
import sqlite3

import jsonschema
import pytest

from conftest import ROOT, TRACE

SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/report.schema.json").read_text()))
FORMATS = ("flex16+5", "posit8", "e6m7", "dfp8", "sdfp8", "fp32")
SMALL = ("run", "--trace", TRACE, "--samples", 2, "--batch", 2)
# Several tiles of each product.
TIGHT = ("--set", "scratchpad.a_bytes=4096", "--set", "scratchpad.b_bytes=4096", "--set", "scratchpad.o_bytes=1024")


@pytest.fixture
def report(binade):
    def run(*arguments):
        done = binade(*arguments, "--report-format", "json")
        assert done.code == 0, done.err
        return done.json()
    return run


def values(report):
    return [(layer["name"], layer["digest"], layer["exponent"], layer["end_to_end"]) for layer in report["layers"]]


def products(report):
    return [layer for layer in report["layers"] if layer["macs"]]


def never_slower(searched, plain):
    """Of ddr4-2400, which refreshes for 350 clocks every 7,800 and opens its rows again: where a layer begins decides how many refreshes it meets."""
    assert searched["total_cycles"] <= plain["total_cycles"]
    for before, after in zip(plain["layers"], searched["layers"]):
        if after["macs"]:
            assert after["default_tile_cycles"] == before["total_cycles"], after["name"]
            assert after["total_cycles"] <= before["total_cycles"] + 400 * (1 + before["total_cycles"] // 7800), after["name"]


@pytest.mark.parametrize("form", FORMATS)
def test_a_forced_tile_changes_clocks_and_no_value(report, form):
    plain = report(*SMALL, "--format", form)
    for tile, order in (("7x16x4096", "nmk"), ("16x3x4096", "mnk"), ("1x1x4096", "auto")):
        forced = report(*SMALL, "--format", form, "--set", f"tiling.tile={tile}", "--set", f"tiling.order={order}")
        assert values(forced) == values(plain), tile
        assert forced["total_cycles"] > plain["total_cycles"]
        extents = [int(word) for word in tile.split("x")]
        for layer in products(forced):
            taken = [int(word) for word in layer["tile"].split(" x ")]
            assert taken == [min(most, layer[axis]) for most, axis in zip(extents, "mnk")], layer["name"]
            assert order == "auto" or layer["loop_order"] == " ".join(order)
    rounding = ("--set", "rounding=sr") if form in ("posit8", "dfp8") else ()
    assert values(report(*SMALL, "--format", form, *rounding, "--set", "tiling.tile=5x5x4096")) == values(report(*SMALL, "--format", form, *rounding))


def test_parts_of_k_change_no_value(report):
    for form in FORMATS:
        plain = report(*SMALL, "--format", form)
        parts = report(*SMALL, "--format", form, "--set", "tiling.tile=4x4x32")
        assert values(parts) == values(plain), form
        assert any(layer["k"] > 32 and layer["tile"].endswith(" x 32") for layer in products(parts))


@pytest.mark.parametrize("form", ("posit8", "dfp8", "flex16+5"))
def test_a_search_is_never_slower_and_says_what_the_default_takes(report, form):
    plain, searched = report(*SMALL, *TIGHT, "--format", form), report(*SMALL, *TIGHT, "--format", form, "--tiling", "search")
    SCHEMA.validate(searched)
    assert values(searched) == values(plain)
    for before, after in zip(plain["layers"], searched["layers"]):
        if not after["macs"]:
            assert after["default_tile"] is None and after["default_tile_cycles"] is None
            continue
        assert after["default_tile"] == f"{before['tile']}, {before['loop_order']}"
    never_slower(searched, plain)
    assert all(layer["default_tile"] is None for layer in plain["layers"])
    assert searched["config"]["tiling.choice"] == "search"


def test_a_search_of_several_passes(report):
    """The tiles that a first pass likes best take 1.01 times the clocks of the default's in ten of them."""
    call = ("run", "--network", "lenet5", "--format", "dfp8", "--samples", 20, "--batch", 2, "--seed", 5, "--values", "none", "--set", "core.dataflow=ws",
            "--set", "bus.bytes_per_cycle=32", "--set", "core.rows=8", "--set", "scratchpad.a_bytes=65536")
    never_slower(report(*call, "--tiling", "search"), report(*call))
    short = ("run", "--trace", TRACE, "--samples", 5, "--batch", 2, *TIGHT, "--format", "posit8")
    never_slower(report(*short, "--tiling", "search"), report(*short))


def test_a_search_is_the_same_on_every_core_and_however_many_processes(report):
    call = (*SMALL, *TIGHT, "--format", "posit8", "--set", "core.rows=4", "--set", "core.cols=4", "--tiling", "search")
    reports = [report(*call, *more) for more in (("--core", "fast"), ("--core", "cycle"), ("--core", "lockstep"), ("--jobs", 1),
                                                 ("--threads", 2))]
    first, *others = [[(layer["name"], layer["tile"], layer["loop_order"], layer["total_cycles"], layer["digest"])
                       for layer in each["layers"]] for each in reports]
    assert all(other == first for other in others)


def test_a_search_writes_its_columns_and_resumes(binade, tmp_path):
    call = ("run", "--network", "lenet5", "--values", "none", "--format", "posit8,dfp8", *TIGHT, "--tiling", "search", "--out", "out")
    assert binade(*call).code == 0
    rows = list(csv.DictReader((tmp_path / "out/posit8/layers.csv").open()))
    assert any(row["default_tile"] for row in rows)
    for row in rows:
        assert bool(row["default_tile"]) == bool(row["default_tile_cycles"]) == bool(row["loop_order"])
    before = (tmp_path / "out/posit8/report.json").read_bytes()
    assert binade(*call, "--resume").code == 0
    assert (tmp_path / "out/posit8/report.json").read_bytes() == before


def test_an_order_alone_is_kept_by_default_and_search(report):
    for choice in ("estimate", "search"):
        for order in ("mnk", "nmk"):
            ordered = report(*SMALL, *TIGHT, "--format", "posit8", "--tiling", choice, "--set", f"tiling.order={order}")
            assert {layer["loop_order"] for layer in products(ordered)} == {" ".join(order)}


def test_a_search_of_a_training_step(report):
    call = ("run", "--network", "mlp", "--batch", 4, "--pass", "step", "--recipe", "bf16", *TIGHT)
    plain, searched = report(*call), report(*call, "--tiling", "search")
    assert [layer["digest"] for layer in searched["layers"]] == [layer["digest"] for layer in plain["layers"]]
    assert len(products(searched)) > 3
    never_slower(searched, plain)


def test_a_search_of_folded_batch_normalisation(report):
    call = ("run", "--network", "resnet20-cifar", "--layers", "layers.1.*", "--values", "none", "--set", "fold_batchnorm=true", *TIGHT)
    plain, searched = report(*call), report(*call, "--tiling", "search")
    assert [layer["name"] for layer in searched["layers"]] == [layer["name"] for layer in plain["layers"]]
    assert products(searched)
    never_slower(searched, plain)


def test_ideal_memory_has_nothing_to_search(report):
    plain, searched = (report(*SMALL, "--format", "posit8", "--set", "memory.ideal=true", "--tiling", choice) for choice in ("estimate", "search"))
    assert [(layer["tile"], layer["total_cycles"], layer["digest"]) for layer in searched["layers"]] == \
        [(layer["tile"], layer["total_cycles"], layer["digest"]) for layer in plain["layers"]]
    assert all(layer["default_tile"] is None for layer in searched["layers"])


def test_points_of_a_sweep_search_and_a_screen_estimates(binade, tmp_path):
    call = ("explore", "--network", "lenet5", "--values", "none", "--jobs", 2, *TIGHT, "--axis", "tiling.choice=estimate,search", "--axis", "core.rows=4,8")
    assert binade(*call, "--out", "all").code == 0
    screened = binade(*call, "--screen", 4, "--out", "ranked")
    assert screened.code == 0, screened.err

    def cycles(directory):
        with sqlite3.connect(tmp_path / directory / "explore.db") as connection:
            return {tuple(json.loads(axes).values()): total for axes, total in connection.execute("SELECT axes, total_cycles FROM points WHERE status = 'done'")}
    everything, ranked = cycles("all"), cycles("ranked")
    assert len(everything) == 4
    for rows in (4, 8):
        assert everything[("search", rows)] <= everything[("estimate", rows)]
    assert ranked and all(everything[axes] == total for axes, total in ranked.items())


@pytest.mark.parametrize("arguments, words", [
    (("--tiling", "guess"), ["--tiling", "guess", "search"]),
    (("--set", "tiling.choice=best"), ["tiling.choice", "best", "search"]),
    (("--set", "tiling.order=kmn"), ["tiling.order", "kmn", "nmk"]),
    (("--set", "tiling.tile=16x16"), ["tiling.tile", "'16x16' is no tile", "MxNxK"]),
    (("--set", "tiling.tile=0x16x16"), ["0x16x16", "1..2^40"]),
    (("--set", "tiling.tile=-1x16x16"), ["-1x16x16", "1..2^40"]),
    (("--set", "tiling.tile=1x1x1x1"), ["1x1x1x1", "MxNxK"]),
    (("--set", "tiling.tile=1x1x99999999999999999999"), ["99999999999999999999", "1..2^40"]),
    (("--set", "tiling.tile=4x4x4", "--set", "memory.ideal=true"), ["tiling.tile", "memory.ideal"]),
    (("--set", "tiling.tile=4x4x4x"), ["4x4x4x", "MxNxK"]),
    (("--set", "tiling.tile="), ["tiling.tile", "MxNxK"]),
    (("--set", "tiling.tile=99999x99999x99999", "--set", "scratchpad.o_bytes=1024"),
     ["tiling.tile: layer 'conv1'", "does not fit", "scratchpad.o_bytes is 1024, at least"]),
    (("--set", "tiling.tile=32x32x16"), ["tiling.tile: layer 'conv", "more than one output block", "16 columns"]),
    (("--set", "core.dataflow=ws", "--set", "tiling.tile=16x16x10"), ["cuts K between folds", "multiples of 16"]),
    (("--tiling", "search", "--set", "tiling.tile=16x16x16"), ["tiling.choice", "tiling.tile", "allowed: one of the two"]),
], ids=lambda value: " ".join(map(str, value))[-50:] if isinstance(value, tuple) else "")
def test_bad_tiles(refused, arguments, words):
    message = refused("run", "--network", "lenet5", "--format", "posit8", *arguments)
    for word in words:
        assert word in message, message


def test_what_layers_have_alike_is_said_once(refused):
    same = refused("run", "--gemm", "64,64,64,3", "--gemm", "8,8,64", "--format", "posit8", "--set", "tiling.tile=64x64x16")
    assert re.fullmatch(r"tiling.tile: layer 'gemm1.1' and 2 more: a tile of 64 x 64 x 16 has .*", same), same
    unlike = refused("run", "--gemm", "64,64,64,2", "--gemm", "48,64,64", "--format", "posit8", "--set", "tiling.tile=64x64x16").splitlines()
    assert len(unlike) == 2 and "gemm1.1' and 1 more: a tile of 64 x 64" in unlike[0] and "gemm2': a tile of 48 x 64" in unlike[1], unlike
