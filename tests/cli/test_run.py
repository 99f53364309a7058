# SPDX-License-Identifier: Apache-2.0
"""Runs that work: outputs are valid, agree with one another, and are the same every time."""
import csv
import html.parser
import json
import os
import pathlib
import pty
import re
import signal
import subprocess

import jsonschema
import numpy
import pytest
import yaml

from conftest import BINADE, ROOT, TRACE, without_wall_time

SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/report.schema.json").read_text()))
COUNTERS = re.findall(r'^COUNTER\([^,]+, "([^"]+)"', (ROOT / "models/spec/counters.def").read_text(), re.M)
FORMATS = ["flex16+5", "posit8", "e6m7", "dfp8", "sdfp8", "fp32"]
SMALL = ("run", "--trace", TRACE, "--samples", "2")


def check(report):
    SCHEMA.validate(report)
    assert list(report["counters"]) == COUNTERS
    for name in COUNTERS:
        assert report["counters"][name] == sum(layer["counters"][name] for layer in report["layers"]), name
    assert report["total_cycles"] == report["counters"]["total.cycles"] == sum(layer["total_cycles"] for layer in report["layers"])
    assert report["seconds_at_clock"] == pytest.approx(report["total_cycles"] / (report["clock_ghz"] * 1e9))
    assert report["energy"]["total_pj"] == pytest.approx(sum(layer["energy"]["total_pj"] for layer in report["layers"]))
    assert report["energy_rules"].keys() == report["energy"]["components_pj"].keys()
    config, ideal = report["config"], report["config"]["memory.ideal"]
    assert f"{config['core.rows']}x{config['core.cols']} {config['core.dataflow']}" in report["machine"]["summary"]
    assert f"{report['machine']['dram_gb_per_s']:.4g} GB/s" in report["machine"]["summary"] or ideal
    for part in (report, *report["layers"]):
        counters, dram = part["counters"], part["dram"]
        assert sum(part["bound_cycles"].values()) == part["total_cycles"]
        assert part["bound_cycles"][part["bound_by"]] == max(part["bound_cycles"].values())
        assert dram["requested_bytes"] == counters["dram.read_bytes"] + counters["dram.write_bytes"]
        bursts = (counters["dram.read_bursts"] + counters["dram.write_bursts"]) * report["machine"]["dram_burst_bytes"]
        assert dram["burst_bytes"] == (dram["requested_bytes"] if ideal else bursts) >= dram["requested_bytes"]
        assert dram["gb_per_s"] == pytest.approx(dram["burst_bytes"] * report["clock_ghz"] / part["total_cycles"])
        assert ideal or dram["gb_per_s"] <= report["machine"]["dram_gb_per_s"]
        if part["macs"]:
            assert part["pj_per_mac"] == pytest.approx(part["energy"]["total_pj"] / part["macs"])
        else:
            assert part["pj_per_mac"] is None
    for layer in report["layers"]:
        assert (layer["macs"] == 0) == (layer["m"] is None) == (layer["n"] is None) == (layer["k"] is None)
        if layer["macs"]:
            assert layer["macs"] == layer["m"] * layer["n"] * layer["k"] * layer["groups"]
        assert layer["elements"] > 0
    assert report["energy_delay_js"] == pytest.approx(report["energy"]["total_pj"] * 1e-12 * report["seconds_at_clock"])
    if report["complete"]:
        assert report["samples_per_second"] == pytest.approx(report["samples"] / report["seconds_at_clock"])


def violations(schema):
    """Values that a property's schema must refuse, by what of it refuses them."""
    for part in schema.get("oneOf", [schema]):
        if "minimum" in part:
            yield part["minimum"] - 1
        if "maximum" in part:
            yield part["maximum"] + 1
        yield from ["no word"] * ("enum" in part)
        yield from ["0" * 63] * ("pattern" in part)


def test_the_schema_refuses_a_report_outside_its_constraints(binade):
    report = json.loads(binade(*SMALL, "--format", "posit8", "--report-format", "json").out)
    definitions = SCHEMA.schema["$defs"]
    assert SCHEMA.is_valid(report)
    refused = set()

    def plant(holder, properties):
        for name, schema in properties.items():
            schema = definitions[schema["$ref"].split("/")[-1]] if "$ref" in schema and schema["$ref"] != "#/$defs/real" else schema
            if "properties" in schema:
                plant(holder[name], schema["properties"])
            for value in violations(schema):
                kept, holder[name] = holder[name], value
                assert not SCHEMA.is_valid(report), (name, value)
                holder[name] = kept
                refused.add(name)

    plant(report["layers"][0], definitions["layer"]["properties"])
    counters = report["layers"][0]["counters"]
    counters["total.cycles"] = -1
    assert not SCHEMA.is_valid(report)
    assert refused >= {"pass", "m", "n", "k", "groups", "elements", "macs", "cycles", "total_cycles", "overhead_cycles", "second_pass_cycles",
                       "second_pass_bytes", "utilisation", "loop_order", "unique_bytes", "digest", "bound_by", "requested_bytes", "burst_bytes",
                       "array", "vector", "ports", "dram", "bus", "latency"}


class Page(html.parser.HTMLParser):
    """Well-formedness and references of a page."""
    VOID = {"meta"}

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.references = [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.references += [value for name, value in attributes if name in {"src", "href", "xlink:href"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_one_format_writes_every_output(binade, tmp_path):
    result = binade(*SMALL, "--format", "posit8", "--out", "out", "--timeline")
    assert result.code == 0, result.err
    report = json.loads((tmp_path / "out/report.json").read_text())
    check(report)
    assert report["complete"] and report["network"] == "lenet5" and report["format"] == "posit8" and report["samples"] == 2
    assert "trace" in report["tensors"] and report["top1"]["samples"] == 2
    with open(tmp_path / "out/layers.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:7] == ["layer", "op", "pass", "m", "n", "k", "cycles"]
    assert [row["layer"] for row in rows] == [layer["name"] for layer in report["layers"]]
    for row, layer in zip(rows, report["layers"]):
        assert row["digest"] == layer["digest"] and int(row["cycles"]) == layer["cycles"]
        assert [int(row[name]) for name in COUNTERS] == list(layer["counters"].values())
        assert [row[name] for name in "mnk"] == ["" if layer[name] is None else str(layer[name]) for name in "mnk"]
        assert int(row["dram.burst_bytes"]) == layer["dram"]["burst_bytes"] and row["bound_by"] == layer["bound_by"]
        assert float(row["energy_pj.core mac"]) == layer["energy"]["components_pj"]["core mac"]
    page = Page()
    page.feed((tmp_path / "out/report.html").read_text())
    assert page.open == [] and page.references == [] and "script" not in page.tags and page.tags.count("svg") >= 3
    timeline = json.loads((tmp_path / "out/trace.json").read_text())
    events = timeline["traceEvents"] if isinstance(timeline, dict) else timeline
    work = [event for event in events if event["ph"] == "X"]
    assert work and all(event["dur"] > 0 for event in work)
    assert {event["args"]["layer"] for event in work} == {layer["name"] for layer in report["layers"]}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["layers.csv", "report.html", "report.json", "trace.json"]


def test_several_formats_are_compared(binade, tmp_path):
    result = binade(*SMALL, "--format", ",".join(FORMATS), "--out", "out")
    assert result.code == 0, result.err
    comparison = json.loads((tmp_path / "out/compare.json").read_text())
    assert [run["format"] for run in comparison["runs"]] == FORMATS
    for run in comparison["runs"]:
        report = json.loads((tmp_path / "out" / run["format"] / "report.json").read_text())
        check(report)
        assert (run["digest"], run["total_cycles"]) == (report["digest"], report["total_cycles"])
        row = next(line for line in result.out.splitlines() if line.startswith(run["format"] + " "))
        assert f"{run['total_cycles']:,}" in row and f"{run['top1_correct']}/2" in row
    assert result.out.startswith((tmp_path / "out/compare.txt").read_text())
    with open(tmp_path / "out/compare.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["format"], row["digest"]) for row in rows] == [(run["format"], run["digest"]) for run in comparison["runs"]]
    assert list(comparison["differs"]) == ["format", "accumulate", "rounding"]
    for key, values in comparison["differs"].items():
        assert values == [row[f"config.{key}"] for row in rows] == [run["config"][key] for run in comparison["runs"]]
    page = Page()
    page.feed((tmp_path / "out/compare.html").read_text())
    assert page.open == [] and page.references == [f"{word}/report.html" for word in FORMATS]
    assert all((tmp_path / "out" / reference).is_file() for reference in page.references)


def outputs(directory):
    return {path.name: path.read_text() for path in directory.iterdir() if path.is_file()}


def test_two_architectures_are_told_apart_in_every_output(binade, tmp_path):
    """What is written for one machine says so: no output of two runs that differ in one key is the same."""
    for formats in ("dfp8", "dfp8,posit8"):
        written = []
        for number, change in enumerate(("core.cols=16", "core.cols=8", "scratchpad.o_bytes=131072", "dram.preset=lpddr4-3200")):
            directory = f"{formats}-{number}"
            result = binade(*SMALL, "--format", formats, "--set", change, "--out", directory)
            assert result.code == 0, result.err
            stands = change if number else "overrides: none"
            files = {**outputs(tmp_path / directory), "stdout": result.out.replace(directory, "")}
            assert stands in result.out and all(change.split("=")[0] in text for name, text in files.items() if name != "stdout"
                                                and not name.endswith((".txt", "layers.csv"))), files.keys()
            written.append(files)
        for name in written[0]:
            assert len({files[name] for files in written}) == len(written), name


def test_infinite_errors_are_the_same_in_runs_of_one_and_of_many_formats(binade, tmp_path):
    """fp16 overflows to infinity on activations of 1e30: an SQNR of minus infinity, in every output."""
    with numpy.load(TRACE) as trace:
        members = {name: trace[name] for name in trace.files}
    members["input"] = members["input"] * numpy.float32(1e30)
    numpy.savez(tmp_path / "large.npz", **members)
    large = ("run", "--trace", "large.npz", "--samples", "2")
    one = binade(*large, "--format", "fp16", "--out", "one")
    two = binade(*large, "--format", "fp16,fp32", "--out", "two")
    assert one.code == two.code == 0, one.err + two.err
    report, other = [json.loads((tmp_path / where / "report.json").read_text()) for where in ("one", "two/fp16")]
    SCHEMA.validate(report)
    assert report["output"]["sqnr_db"] == "-inf" and report["output"]["exact"] is False
    assert '"nan"' not in json.dumps(report)
    assert without_wall_time(report) == without_wall_time(other)
    assert json.loads((tmp_path / "two/compare.json").read_text())["runs"][0]["output"]["sqnr_db"] == "-inf"
    assert (tmp_path / "one/layers.csv").read_text() == (tmp_path / "two/fp16/layers.csv").read_text()
    pages = [(tmp_path / where / "report.html").read_text() for where in ("one", "two/fp16")]
    link = re.search(r'<p><a href="\.\./compare\.html#run=[^"]*">.*</p>\n', pages[1])
    assert pages[0] == pages[1].replace(link.group(), "")
    row = next(line for line in two.out.splitlines() if line.startswith("fp16 "))
    assert "-inf" in row and "-inf" in next(line for line in one.out.splitlines() if line.startswith("total "))
    assert "-inf" in (tmp_path / "one/layers.csv").read_text() and "-inf" in (tmp_path / "one/report.html").read_text()
    assert "-inf" in (tmp_path / "two/compare.html").read_text() and "-inf" in (tmp_path / "two/compare.csv").read_text()


def test_a_note_says_what_a_table_does_not_compare(binade):
    policies = "accumulate is not the same in all rows"
    mixed = binade(*SMALL, "--format", "fp32,dfp8").out
    assert policies in mixed and "energies of different formats or datapaths do not compare" in mixed
    equal = binade(*SMALL, "--format", "fp32,fp16", "--set", "accumulate=fp32").out
    assert policies not in equal and "energies of different formats or datapaths do not compare" in equal
    assert "energies of different formats or datapaths do not compare" in binade(*SMALL, "--format", "fp32").out


def test_json_on_standard_output_and_nothing_else(binade):
    one = binade(*SMALL, "--format", "dfp8", "--report-format", "json")
    assert one.code == 0 and one.err == ""
    check(one.json())
    two = binade(*SMALL, "--format", "dfp8,fp32", "--report-format", "json")
    assert two.code == 0 and two.err == ""
    for report in two.json()["reports"]:
        check(report)
    assert without_wall_time(two.json()["reports"][0]) == without_wall_time(one.json())


@pytest.mark.parametrize("text_format", FORMATS)
def test_equal_runs_give_equal_reports_and_both_cores_agree(binade, text_format):
    reports = [binade(*SMALL, "--format", text_format, "--core", core, "--report-format", "json").json()
               for core in ("fast", "fast", "cycle")]
    first, second, cycle = map(without_wall_time, reports)
    assert first == second
    assert cycle.pop("core") == "cycle" and first.pop("core") == "fast"
    assert cycle.pop("identity") != first.pop("identity")
    assert cycle == first


def test_the_seed_decides_synthetic_tensors(binade):
    digests = [binade("run", "--network", "lenet5", "--format", "fp32", "--seed", seed, "--report-format", "json").json()["digest"]
               for seed in (1, 1, 2)]
    assert digests[0] == digests[1] != digests[2]
    assert "synthetic" in binade("run", "--network", "lenet5", "--format", "fp32").out


def test_selected_layers_only(binade):
    report = binade(*SMALL, "--format", "fp32", "--layers", "conv2,fc*", "--report-format", "json").json()
    assert [layer["name"] for layer in report["layers"]] == ["conv2", "fc1", "fc2"]
    assert report["layers_selected"] == "conv2,fc*"


def test_ideal_memory_has_no_stalls(binade):
    report = binade(*SMALL, "--format", "fp32", "--set", "memory.ideal=true", "--report-format", "json").json()
    assert report["config"]["memory.ideal"] is True
    check(report)
    for name in ("core.stall_a", "core.stall_b", "core.stall_out"):
        assert report["counters"][name] == 0


def test_configuration_round_trip(binade, tmp_path):
    changed = ("--set", "core.rows=8", "--set", "dram.preset=hbm2", "--set", "clock_ghz=0.75", "--format", "posit8,flex16+5")
    first = binade("run", *changed, "--print-config")
    assert first.code == 0, first.err
    (tmp_path / "config.yaml").write_text(first.out)
    assert binade("run", "--config", "config.yaml", "--print-config").out == first.out
    config = yaml.safe_load(first.out)
    assert config["core"]["rows"] == 8 and config["dram"]["preset"] == "hbm2" and config["clock_ghz"] == 0.75
    defaults = binade("run", "--print-config").out
    (tmp_path / "defaults.yaml").write_text(defaults)
    assert binade("run", "--config", "defaults.yaml", "--print-config").out == defaults


def test_printed_configuration_is_the_reports(binade):
    config = yaml.safe_load(binade("run", "--format", "e6m7", "--print-config").out)
    flat = {f"{group}.{key}" if key else group: value for group, entry in config.items()
            for key, value in (entry.items() if isinstance(entry, dict) else [("", entry)])}
    assert binade(*SMALL, "--format", "e6m7", "--report-format", "json").json()["config"] == flat
    assert flat["accumulate"] == "serial" and flat["rounding"] == "rtz"


def test_the_command_line_wins_over_the_file(binade, tmp_path):
    (tmp_path / "c.yaml").write_text("format: posit8\ncore: {rows: 4, cols: 4}\n")
    config = yaml.safe_load(binade("run", "--config", "c.yaml", "--set", "core.rows=8", "--format", "fp16", "--print-config").out)
    assert (config["format"], config["core"]["rows"], config["core"]["cols"]) == ("fp16", 8, 4)


def terminal_run(arguments, cwd, interrupt_at=None):
    """Runs with stderr on a terminal; sends Ctrl-C when `interrupt_at` appears there. Returns exit code and what stderr said."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([BINADE, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=theirs, cwd=cwd)
    os.close(theirs)
    seen, sent = b"", False
    while True:
        try:
            chunk = os.read(ours, 4096)
        except OSError:  # the terminal's other end is closed
            break
        if not chunk:
            break
        seen += chunk
        if interrupt_at and not sent and interrupt_at in seen:
            process.send_signal(signal.SIGINT)
            sent = True
    os.close(ours)
    return process.wait(timeout=120), seen


@pytest.mark.parametrize("formats", ["dfp8", "dfp8,flex16+5"])
def test_interrupting_leaves_a_valid_partial_report(tmp_path, formats):
    arguments = ("run", "--network", "resnet20-cifar", "--format", formats, "--samples", "64", "--batch", "1", "--out", "out")
    code, err = terminal_run(arguments, tmp_path, interrupt_at=b"layers/s")
    assert code == 130, err
    assert b"interrupted" in err
    directories = [tmp_path / "out"] if "," not in formats else [tmp_path / "out" / word for word in formats.split(",")]
    written = [directory / "report.json" for directory in directories if (directory / "report.json").exists()]
    assert written
    for file in written:
        report = json.loads(file.read_text())
        SCHEMA.validate(report)
        assert report["complete"] is False


def test_resume_keeps_complete_reports(binade, tmp_path):
    arguments = (*SMALL, "--format", "dfp8,fp32", "--out", "out", "--resume")
    assert binade(*arguments).code == 0
    first = {path: path.read_text() for path in (tmp_path / "out").glob("*/report.json")}
    partial = json.loads((tmp_path / "out/fp32/report.json").read_text())
    (tmp_path / "out/fp32/report.json").write_text(json.dumps({**partial, "complete": False, "digest": "0" * 64}))
    assert binade(*arguments).code == 0
    kept, redone = [json.loads((tmp_path / "out" / word / "report.json").read_text()) for word in ("dfp8", "fp32")]
    assert kept == json.loads(first[tmp_path / "out/dfp8/report.json"])
    assert without_wall_time(redone) == without_wall_time(partial)


def test_runs_of_any_day_are_put_side_by_side(binade, tmp_path):
    for word in ("dfp8", "fp32"):
        assert binade(*SMALL, "--format", word, "--out", f"runs/{word}").code == 0
    result = binade("report", "runs/dfp8", "runs/fp32", "--out", "compare")
    assert result.code == 0, result.err
    assert binade(*SMALL, "--format", "dfp8,fp32", "--out", "together").code == 0
    for name in ("compare.txt", "compare.csv"):
        assert (tmp_path / "compare" / name).read_text() == (tmp_path / "together" / name).read_text()
    page = (tmp_path / "compare/compare.html").read_text()
    assert page.count('href="../runs/') == 2 and "accumulate" in page  # the runs' own pages lie elsewhere
    assert binade("report", "together").out == binade("report", "runs").out


def test_progress_on_a_terminal_only(binade, tmp_path):
    code, seen = terminal_run((*SMALL, "--format", "fp32"), tmp_path)
    assert code == 0
    assert b"layers/s" in seen and b"left" in seen and seen.endswith(b"\r\x1b[K")
    assert binade(*SMALL, "--format", "fp32").err == ""


def test_lists(binade):
    formats = binade("formats")
    assert formats.code == 0 and all(word in formats.out for word in FORMATS)
    networks = binade("networks")
    assert networks.code == 0 and all(name in networks.out for name in ("lenet5", "resnet152", "bert-base"))
    assert "pool1" in binade("networks", "lenet5").out
    keys = binade("keys")
    assert keys.code == 0 and "core.lane_throughput" in keys.out
    assert binade("keys", "--markdown").out in (ROOT / "docs/configuration.md").read_text()


def test_help_and_version(binade):
    version = binade("--version")
    assert version.code == 0 and re.fullmatch(r"binade \d+\.\d+\.\d+ \(revision \S+\)\n", version.out)
    for command in ((), ("run",), ("eval",), ("trace",), ("formats",), ("networks",)):
        shown = binade(*command, "--help")
        assert shown.code == 0 and "--help" in shown.out
    assert "Examples:" in binade("run", "--help").out
