# SPDX-License-Identifier: Apache-2.0
"""The RTL from the command line: all of a network on it, samples of one, what a mismatch leaves behind, what is refused."""
import json
import os
import shutil

import jsonschema
import numpy
import pytest

from conftest import ROOT, TRACE, without_wall_time

SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/report.schema.json").read_text()))
LINES = [line.split() for line in (ROOT / "rtl/sets.txt").read_text().splitlines() if line and not line.startswith("#")]
UNIFORM = [line for line in LINES if len(line) == 4]  # one format for both factors and the result
FORMATS = sorted({line[0] for line in UNIFORM})
SMALL = ("run", "--trace", TRACE, "--samples", "1")


def array(flow="os", rows=4, cols=4):
    return ("--set", f"core.dataflow={flow}", "--set", f"core.rows={rows}", "--set", f"core.cols={cols}")


def report_of(binade, *arguments, **options):
    result = binade(*SMALL, *arguments, "--report-format", "json", **options)
    assert result.code == 0, result.err
    report = result.json()
    SCHEMA.validate(report)
    return report


def test_the_sets_are_the_formats_of_the_main_job_in_both_dataflows():
    makefile = (ROOT / "Makefile").read_text()
    formats = next(line.split("?=")[1].strip().split(",") for line in makefile.splitlines() if line.startswith("RUN_FORMATS"))
    assert sorted(UNIFORM) == sorted([form, flow, "4", "4"] for form in formats for flow in ("os", "ws"))


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_a_network_runs_the_same_on_every_core(binade, line):
    form, flow, rows, cols, *keys = line
    arguments = ("--format", form, *array(flow, rows, cols), *(word for key in keys for word in ("--set", key)))
    fast, *others = (without_wall_time(report_of(binade, *arguments, "--core", core)) for core in ("fast", "cycle", "rtl", "lockstep"))
    assert fast.pop("core") == "fast" and fast["digest"] and fast["counters"]["core.macs"] > 0
    assert len({report.pop("identity") for report in (fast, *others)}) == 4  # the core is part of it
    for other, core in zip(others, ("cycle", "rtl", "lockstep")):
        assert other.pop("core") == core
        assert other == fast


@pytest.mark.parametrize("form", ["dfp8", "sdfp8"])
@pytest.mark.parametrize("scale", [1e-15, 1e-25, 1e-37])
def test_a_bias_far_above_its_products_is_the_same_on_every_core(binade, tmp_path, form, scale):
    """Small weights beside a bias of ordinary size: bias shifts of 50, 83 and 123 places."""
    with numpy.load(TRACE) as members:
        changed = dict(members)
    changed["fc2.weight"] = changed["fc2.weight"] * numpy.float32(scale)
    trace = tmp_path / "small.npz"
    numpy.savez(trace, **changed)
    arguments = ("run", "--trace", trace, "--samples", "1", "--layers", "fc2", "--format", form, *array(), "--report-format", "json")
    results = [binade(*arguments, "--core", core) for core in ("fast", "cycle", "rtl", "lockstep")]
    assert [result.code for result in results] == [0] * 4, [result.err for result in results]
    assert len({result.json()["digest"] for result in results}) == 1


@pytest.mark.parametrize("core", ["fast", "cycle"])
def test_a_sampled_run(binade, core):
    plain = without_wall_time(report_of(binade, "--format", "posit8", *array(), "--core", core))
    assert plain.pop("rtl_sample") is None
    report = without_wall_time(report_of(binade, "--format", "posit8", *array(), "--core", core, "--rtl-sample", 3))
    sample = report.pop("rtl_sample")
    assert report.pop("identity") != plain.pop("identity")  # what a run checks is part of it
    assert report == plain, "a sample changes nothing"
    assert sample["requested"] == "3"
    assert [layer["name"] for layer in sample["layers"]] == [layer["name"] for layer in report["layers"] if layer["k"]]
    for layer, row in zip(sample["layers"], (row for row in report["layers"] if row["k"])):
        assert len(layer["sampled"]) == len(set(layer["sampled"])) == min(3, layer["tiles"])
        assert all(0 <= tile < layer["tiles"] for tile in layer["sampled"])
        assert layer["layer_macs"] == row["macs"] and 0 < layer["macs"] <= layer["layer_macs"] and layer["clocks"] > 0
        if len(layer["sampled"]) == layer["tiles"]:
            assert layer["macs"] == layer["layer_macs"]
    assert any(len(layer["sampled"]) < layer["tiles"] for layer in sample["layers"])


@pytest.mark.parametrize("form", ["fp8e4m3", "fp16", "fp8e5m2sat"])
def test_standard_floats_sum_in_binary32_on_the_rtl_too(binade, form):
    report = report_of(binade, "--format", form, *array(rows=2, cols=2), "--rtl-sample", 1)
    assert report["accumulate"] == "fp32"
    assert all(len(layer["sampled"]) == 1 for layer in report["rtl_sample"]["layers"])


def test_the_seed_draws_the_sample(binade):
    def drawn(seed):
        report = report_of(binade, "--format", "dfp8", *array(), "--rtl-sample", "20%", "--seed", seed)
        return [layer["sampled"] for layer in report["rtl_sample"]["layers"]]
    assert drawn(1) == drawn(1)
    assert len({str(drawn(seed)) for seed in range(4)}) > 1


def test_every_report_tells_of_the_sample(binade, tmp_path):
    result = binade(*SMALL, "--format", "posit8,e6m7", *array(), "--rtl-sample", "1", "--out", "out")
    assert result.code == 0, result.err
    assert sum(line.startswith("rtl sample, ") for line in result.out.splitlines()) == 2
    for form in ("posit8", "e6m7"):
        assert "tiles in lockstep, 1 a layer" in (tmp_path / "out" / form / "report.html").read_text()
        sample = json.loads((tmp_path / "out" / form / "report.json").read_text())["rtl_sample"]
        assert all(len(layer["sampled"]) == 1 for layer in sample["layers"])
    # A complete report of the same run is kept, one of another sample is not.
    stamp = (tmp_path / "out/posit8/report.json").read_text()
    assert binade(*SMALL, "--format", "posit8,e6m7", *array(), "--rtl-sample", "1", "--out", "out", "--resume").code == 0
    assert (tmp_path / "out/posit8/report.json").read_text() == stamp
    assert binade(*SMALL, "--format", "posit8,e6m7", *array(), "--rtl-sample", "2", "--out", "out", "--resume").code == 0
    assert (tmp_path / "out/posit8/report.json").read_text() != stamp


@pytest.fixture(scope="module")
def broken_share(tmp_path_factory):
    """A copy of the shared SystemVerilog in which one processing element multiplies wrongly where both significands are equal."""
    share = tmp_path_factory.mktemp("share")
    shutil.copytree(ROOT / "rtl", share / "rtl")
    file = share / "rtl/posit/posit_pe.sv"
    right = "assign product = ProductBits'(a_significand) * ProductBits'(b_significand);"
    assert right in file.read_text()
    file.write_text(file.read_text().replace(right, right[:-1] + " ^ ProductBits'(a_significand == b_significand);"))
    return {**os.environ, "BINADE_SHARE": str(share)}


def message_of(result):
    lines = [line for line in result.err.splitlines() if not line.startswith("binade: building the RTL of ")]
    assert lines and all(line.startswith("binade: error: ") for line in lines), result.err
    return [line.removeprefix("binade: error: ") for line in lines]


BROKEN = (*SMALL, "--format", "posit8", *array(rows=2, cols=2))


@pytest.mark.parametrize("how", [("--core", "lockstep"), ("--rtl-sample", "100%")], ids=["lockstep", "sample"])
def test_a_mismatch_names_where_and_leaves_files(binade, tmp_path, broken_share, how):
    result = binade(*BROKEN, *how, "--out", "out", env=broken_share)
    assert result.code == 1, (result.code, result.err)
    assert result.out == ""
    lines = message_of(result)
    assert lines[0].startswith("lockstep: layer 'conv2', tile ") and ": out_o lane " in lines[0]
    assert ", clock " in lines[0] and ": cycle 0x" in lines[0] and ", rtl 0x" in lines[0]
    starts = ["A row ", "B column ", "bias ", "command: m ", "replay: ", "waveform: "]
    assert all(line.startswith(start) for line, start in zip(lines[1:], starts, strict=True)), lines
    replay = next((tmp_path / "out").glob("lockstep-posit8-conv2-tile*.csv"))
    assert lines[5] == ("replay: binade verify core --format posit8 --set core.rows=2 --set core.cols=2 --stimulus trace --trace "
                        + str(replay.relative_to(tmp_path)))
    wave = replay.with_suffix(".fst")
    assert lines[6].startswith(f"waveform: {wave.relative_to(tmp_path)} (the tile from reset; the difference follows rising edge ")
    assert wave.stat().st_size > 1000
    clocks = [line for line in replay.read_text().splitlines() if not line.startswith("#")]
    assert clocks[0].startswith("command_valid_i,m_i,n_i,k_i,")
    clock = int(lines[0].split(", clock ")[1].split(":")[0])
    if how[0] == "--core":
        assert len(clocks) == 1 + clock + 1
    assert not (tmp_path / "out/report.json").exists()
    again = lines[5].removeprefix("replay: binade ").split()
    assert binade(*again, env=broken_share).code == 1
    assert binade(*again).code == 0, "the RTL as it is passes"


def test_a_mismatch_in_one_of_several_formats(binade, tmp_path, broken_share):
    result = binade(*SMALL, "--format", "posit8,dfp8", *array(rows=2, cols=2), "--core", "lockstep", "--out", "out", env=broken_share)
    assert result.code == 1, (result.code, result.err)
    assert message_of(result)[0].startswith("posit8: lockstep: layer 'conv2'")
    assert list((tmp_path / "out/posit8").glob("lockstep-*.csv"))
    assert (tmp_path / "out/dfp8/report.json").exists() and not (tmp_path / "out/posit8/report.json").exists()


def test_the_rtl_alone_does_not_see_its_own_fault(binade, broken_share):
    """What lockstep is for: --core rtl gives other bits and says nothing."""
    broken = report_of(binade, "--format", "posit8", *array(rows=2, cols=2), "--core", "rtl", env=broken_share)
    assert broken["digest"] != report_of(binade, "--format", "posit8", *array(rows=2, cols=2))["digest"]


@pytest.mark.parametrize("how", [("--core", "rtl"), ("--core", "lockstep"), ("--rtl-sample", "1")], ids=lambda how: how[-1])
@pytest.mark.parametrize("arguments, word", [
    (("--format", "posit8", "--set", "accumulate=serial"), "posit8: accumulate: the RTL of posit_pe has no 'serial'"),
    (("--format", "posit32es4"), "posit32es4: format: posit_pe has no posit32es4"),
    (("--format", "flex16+5", "--set", "accumulate=exact"), "flex16+5: accumulate: the RTL of flex_pe has no 'exact'"),
    (("--format", "flex16+5", "--set", "core.block=24"), "flex16+5: core.block, and in sums over a minibatch train.batch: the RTL has no blocks of 24"),
    (("--format", "posit8", "--set", "core.lane_latency=3"), "posit8: core: the RTL has no lane latency of 3"),
    (("--format", "e6m7,posit32es4"), "posit32es4: format: posit_pe has no posit32es4"),
])
def test_what_the_rtl_does_not_cover_is_refused_before_anything_runs(refused, tmp_path, how, arguments, word):
    message = refused(*SMALL, *arguments, *array(), *how, "--out", "out")
    assert message.startswith(word) and "allowed" in message
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("size", ["0", "-1", "1.5", "0%", "101%", "some"])
def test_a_wrong_sample_is_refused(refused, size):
    assert f"--rtl-sample: '{size}' is no sample; allowed" in refused(*SMALL, "--format", "posit8", *array(), f"--rtl-sample={size}")


@pytest.mark.parametrize("core", ["rtl", "lockstep"])
def test_a_sample_of_what_runs_on_the_rtl_anyway_is_refused(refused, core):
    assert "allowed: --core fast or cycle" in refused(*SMALL, "--format", "posit8", *array(), "--core", core, "--rtl-sample", 1)


def test_a_cache_that_cannot_be_written_is_one_message(binade, tmp_path):
    (tmp_path / "file").write_text("")
    environment = {**os.environ, "BINADE_RTL_CACHE": str(tmp_path / "file/cache")}
    result = binade(*SMALL, "--format", "posit8", *array(rows=1, cols=1), "--core", "rtl", env=environment)
    assert result.code == 2 and result.out == ""
    assert len(message_of(result)) == 1 and "file/cache" in result.err and "allowed" in result.err


def test_a_missing_verilator_is_one_message(binade, tmp_path):
    environment = {**os.environ, "BINADE_RTL_CACHE": str(tmp_path / "cache"), "PATH": str(tmp_path)}
    result = binade(*SMALL, "--format", "posit8", *array(rows=1, cols=1), "--core", "rtl", env=environment)
    assert result.code == 2 and result.out == ""
    lines = message_of(result)
    assert len(lines) == 1 and lines[0].startswith("verilator: not found in PATH; allowed: ")


def test_building_ahead(binade, refused, tmp_path):
    environment = {**os.environ, "BINADE_RTL_CACHE": str(tmp_path / "cache")}
    words = ("rtl", "build", "--format", "dfp8", *array(rows=1, cols=1))
    first = binade(*words, env=environment)
    assert first.code == 0 and first.err.startswith("binade: building the RTL of core 1x1 os dfp8"), first.err
    again = binade(*words, env=environment)
    assert (again.code, again.err, again.out) == (0, "", first.out) and again.out.startswith("ready: core 1x1 os dfp8")
    assert "allowed there: exact" in refused("rtl", "build", "--format", "posit8", "--set", "accumulate=serial")


def test_the_help_lists_the_cores(binade):
    text = binade("run", "--help").out
    assert all(word in text for word in ("fast", "cycle", "rtl", "lockstep", "--rtl-sample"))
