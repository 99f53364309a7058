# SPDX-License-Identifier: Apache-2.0
"""Recipes and operands of several formats: golden = device, fast = cycle, tables, identity, and what is refused."""
import csv
import io
import json
from fractions import Fraction

import jsonschema
import numpy
import pytest
import yaml

from conftest import ROOT, TRACE

LENET = ("run", "--trace", TRACE, "--samples", "2", "--batch", "2", "--check", "--set", "core.rows=8", "--set", "core.cols=8")
SHIPPED = sorted(file.stem for file in (ROOT / "recipes").glob("*.yaml"))
MIXES = {
    "posit8 x posit16 -> posit16": ("posit8", "core.format_b=posit16", "core.format_out=posit16"),
    "posit8 x posit8 -> posit16": ("posit8", "core.format_out=posit16"),
    "fp8e4m3 x fp8e5m2 -> bf16": ("fp8e4m3", "core.format_b=fp8e5m2", "core.format_out=bf16"),
    "dfp8 x dfp16 -> dfp16": ("dfp8", "core.format_b=dfp16", "core.format_out=dfp16"),
    "dfp8 x dfp8 -> fp32": ("dfp8", "core.format_out=fp32"),
}


def report_of(binade, *arguments):
    result = binade(*arguments, "--report-format", "json")
    assert result.code == 0, result.err
    return result.json()


def same_results(one, two):
    """Digests, clocks and counters, layer by layer."""
    assert one["digest"] == two["digest"] and one["total_cycles"] == two["total_cycles"] and one["counters"] == two["counters"]
    assert [(l["name"], l["digest"], l["cycles"]) for l in one["layers"]] == [(l["name"], l["digest"], l["cycles"]) for l in two["layers"]]


@pytest.mark.parametrize("recipe", SHIPPED)
def test_a_shipped_recipe_runs_alike_on_every_core(binade, recipe):
    fast = report_of(binade, *LENET, "--recipe", recipe)
    same_results(fast, report_of(binade, *LENET, "--recipe", recipe, "--core", "cycle"))
    assert fast["format"] == recipe


@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize("dataflow", ["os", "ws"])
def test_operands_of_several_formats_run_alike_on_every_core(binade, mix, dataflow):
    word, *keys = MIXES[mix]
    arguments = (*LENET, "--format", word, "--set", f"core.dataflow={dataflow}", *(part for key in keys for part in ("--set", key)))
    fast = report_of(binade, *arguments)
    same_results(fast, report_of(binade, *arguments, "--core", "cycle"))
    a, b, out = mix.replace(" x ", " -> ").split(" -> ")
    for layer in fast["layers"]:
        if layer["accumulate"]:  # a product
            assert (layer["format_a"], layer["format_b"], layer["format_out"]) == (a, b, out), layer["name"]
    # What was written in another format than products read is converted.
    converted = [layer["name"] for layer in fast["layers"] if layer["op"] == "convert"]
    assert bool(converted) == (a != out) and all(name.endswith(":" + a) for name in converted)


def test_conversions_have_the_name_of_the_tensor_and_the_format(binade):
    report = report_of(binade, "run", "--network", "lenet5", "--values", "none", "--format", "posit8", "--set", "core.format_out=posit16")
    # conv1, pool1 and the ReLU that is part of the pool, ...
    assert [layer["name"] for layer in report["layers"] if layer["op"] == "convert"] == [f"relu{i}:posit8" for i in (1, 2, 3, 4)]


@pytest.mark.parametrize("recipe", ["wider-ends", "dfp8-fp32-out", "fp8-e4m3-e5m2,W=fp8e5m2"])
def test_a_residual_network_runs(binade, recipe):
    report = report_of(binade, "run", "--network", "resnet20-cifar", "--recipe", recipe, "--check")
    assert float(report["layers"][-1]["datapath"]["sqnr_db"]) > 5


def test_without_values_the_clocks_are_the_same(binade):
    # Shapes alone: no check, no values.
    arguments = ("run", "--network", "lenet5", "--recipe", "dfp8-fp32-out")
    full, none = report_of(binade, *arguments), report_of(binade, *arguments, "--values", "none")
    assert full["total_cycles"] == none["total_cycles"]
    assert [layer["total_cycles"] for layer in full["layers"]] == [layer["total_cycles"] for layer in none["layers"]]


def test_outputs_are_saved_in_their_own_formats(binade, tmp_path):
    report_of(binade, "run", "--network", "lenet5", "--recipe", "wider-ends", "--save", "out.npz")
    with numpy.load(tmp_path / "out.npz") as saved:
        assert {name: saved[name + ".codes"].dtype.str[1:] for name in ("conv1", "conv2", "fc2")} == {"conv1": "u2", "conv2": "u1", "fc2": "u2"}


def test_sums_of_floats_are_rounded_once_to_integers(binade, tmp_path):
    (tmp_path / "n.yaml").write_text("network: n\ninputs: [{name: a, shape: [1, 1, 300]}, {name: b, shape: [1, 1, 300]}]\n"
                                     "layers:\n  - {name: y, op: add, inputs: [a, b]}\n")
    (tmp_path / "r.yaml").write_text("rules:\n  - {format: fp32}\n  - {layer: y, format: dfp24}\n")
    draw = numpy.random.default_rng(7)
    # 2^-23 is the result's LSB: ties of it, and what lies a little beside them.
    a = (draw.integers(-2**20, 2**20, 300) + 0.5) * 2.0**-23
    b = draw.choice([0.0, 1.0, -1.0], 300) * 2.0**-45
    a[0], b[0] = 0.75, 0
    numpy.savez(tmp_path / "i.npz", a=a.reshape(1, 1, 1, 300), b=b.reshape(1, 1, 1, 300))
    report_of(binade, "run", "--network", "n.yaml", "--recipe", "r.yaml", "--input", "i.npz", "--save", "s.npz", "--check")
    exact = [(Fraction(x) + Fraction(y)) * 2**23 for x, y in zip(a.tolist(), b.tolist())]
    assert (numpy.load(tmp_path / "s.npz")["y"].ravel() * 2**23).tolist() == [round(value) for value in exact]


def test_a_recipe_of_one_format_is_that_format(binade, tmp_path):
    (tmp_path / "one.yaml").write_text("rules:\n  - format: posit8\n")
    recipe, plain = report_of(binade, *LENET, "--recipe", "one.yaml"), report_of(binade, *LENET, "--format", "posit8")
    same_results(recipe, plain)
    assert recipe["format"] == "one" and recipe["identity"] != plain["identity"]


def test_the_configuration_shows_the_table(binade):
    arguments = ("run", "--network", "lenet5", "--recipe", "wider-ends,F=posit10", "--print-config")
    text = binade(*arguments).out
    assert yaml.safe_load(text)["format"] == "flex16+5" and "by wider-ends,F=posit10:" in text
    rows = [line[2:].split() for line in text.splitlines() if line.startswith("# ") and line.split()[2:3] in (["weight"], ["activation"], ["input"])]
    table = {(row[0], row[1]): row[2:] for row in rows}
    assert table["conv1", "weight"][0] == table["conv1", "activation"][0] == "posit16"
    assert table["conv2", "weight"] == ["posit10", "-", "rne"] and table["conv2", "activation"] == ["posit10", "exact", "rne"]
    overridden = binade(*arguments, "--set", "core.format_b=posit6", "--set", "rounding=rtz").out
    assert "posit6" in overridden and "rne" not in overridden[overridden.index("# formats"):]


def test_identity_includes_the_recipe(binade, tmp_path):
    (tmp_path / "a.yaml").write_text("name: r\nrules:\n  - format: posit8\n")
    (tmp_path / "b.yaml").write_text("name: r\nrules:\n  - format: posit8\n  - {layer: fc*, rounding: rtz}\n")
    arguments = ("run", "--network", "lenet5", "--out", "out")
    report_of(binade, *arguments, "--recipe", "a.yaml")
    first = report_of(binade, *arguments, "--recipe", "a.yaml", "--resume")
    second = report_of(binade, *arguments, "--recipe", "b.yaml", "--resume")
    assert first["identity"] != second["identity"] and first["digest"] != second["digest"]


def test_a_report_of_several_modes_is_a_report(binade, tmp_path):
    (tmp_path / "r.yaml").write_text("rules:\n  - {format: e6m7}\n  - {layer: conv2, rounding: rne, accumulate: fp32}\n")
    arguments = ("run", "--network", "lenet5", "--out", "out", "--recipe", "r.yaml")
    assert binade(*arguments).code == 0
    file = next((tmp_path / "out").rglob("report.json"))
    written = file.read_text()
    report = json.loads(written)
    jsonschema.Draft202012Validator(json.loads((ROOT / "docs/report.schema.json").read_text())).validate(report)
    assert report["accumulate"] == "serial+fp32" and report["rounding"] == "rtz+rne"
    assert binade(*arguments, "--resume").code == 0
    assert file.read_text() == written


def test_columns_name_the_formats(binade, tmp_path):
    binade("run", "--network", "lenet5", "--recipe", "dfp8-fp32-out", "--out", "out")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out/layers.csv").read_text())))
    conv = next(row for row in rows if row["layer"] == "conv2")
    assert [conv[key] for key in ("format_a", "format_b", "format_out", "accumulate", "rounding")] == ["dfp8", "dfp8", "fp32", "exact", "rne"]


def test_the_list(binade):
    text = binade("recipes").out
    assert all(name in text for name in SHIPPED) and "F=posit8" in text


@pytest.mark.parametrize("rules, words", [
    ("  - {layer: conv9, format: posit8}\n", ["r.yaml:2", "'conv9' matches no layer", "allowed"]),
    ("  - {format: $Q}\n", ["r.yaml:2", "$Q is no parameter"]),
    ("  - {fromat: posit8}\n", ["r.yaml:2", "'fromat'", "'format'"]),
    ("  - {format: posit8}\n  - {class: W, layer: conv1, format: dfp8}\n", ["layer 'conv1'", "posit8 x dfp8 has no datapath"]),
    ("  - {format: posit8}\n  - {class: A, layer: conv2, format: fp32}\n", ["layer 'conv2'", "fp32 is no result of posit8 x posit8"]),
    ("  - {format: dfp8, accumulate: serial}\n", ["accumulate", "'serial'", "dfp8"]),
    ("  - {format: posit8, accumulate: blocked}\n", ["r.yaml:2: layer 'conv1' and 4 more", "blocked", "posit8"]),
    ("  - {format: posit8}\n  - {layer: fc2, acc_bits: 200}\n", ["r.yaml:3: layer 'fc2': ", "200 is out of range"]),
    ("  - {class: W, read: posit8}\n", ["r.yaml:2: read: ", "allowed: class A"]),
])
@pytest.mark.parametrize("then", [[], ["--print-config"]])
def test_wrong_rules_are_refused(refused, tmp_path, rules, words, then):
    (tmp_path / "r.yaml").write_text("rules:\n" + rules)
    message = refused("run", "--network", "lenet5", "--recipe", "r.yaml", *then)
    assert all(word in message for word in words), message


def test_a_parameter_that_does_not_fit_is_one_message(refused, tmp_path):
    message = refused("train", "--network", "lenet5", "--recipe", "positnn,O=posit99", "--out", "o")
    assert message.count("posit99") == 2 and "positnn.yaml: O=posit99: format: unknown word 'posit99'" in message, message
    # A default that does not fit is a fault of its lines.
    (tmp_path / "r.yaml").write_text("parameters: {F: posit99}\nrules:\n  - {format: $F}\n  - {class: W, format: $F}\n")
    lines = refused("run", "--network", "lenet5", "--recipe", "r.yaml").splitlines()
    assert len(lines) == 2 and "r.yaml:3: " in lines[0] and "r.yaml:4: " in lines[1], lines


@pytest.mark.parametrize("key, words", [
    ("accumulate=blocked", ["layer 'conv1': accumulate: 'blocked'", "layer 'conv2' and 2 more: ", "layer 'fc2': "]),
    ("core.acc_bits=1900", ["layer 'conv1': acc_bits: 1900 is out of range; allowed: 2 to 256", "layer 'conv2' and 2 more: "]),
])
def test_what_a_run_refuses_beside_a_recipe_its_configuration_does_too(refused, key, words):
    messages = [refused("run", "--network", "lenet5", "--recipe", "wider-ends", "--set", key, *then) for then in ([], ["--print-config"])]
    assert messages[0] == messages[1] and all(word in messages[0] for word in words), messages


def test_a_core_has_the_modes_of_its_recipe_alone(binade, refused):
    machine = ("run", "--network", "lenet5", "--batch", "2", "--set", "core.dataflow=ws", "--set", "core.rows=3", "--set", "core.cols=4")
    for then in (("--samples", "2", "--check"), ("--pass", "forward,loss")):  # blocks of 32 products are flex16+5's alone
        result = binade(*machine, "--recipe", "fp32", *then)
        assert result.code == 0, result.err
    message = refused(*machine, "--recipe", "flexpoint", "--pass", "step")
    assert "core.rows: 3 with blocks of 2 products in ws" in message and "train.batch" in message
    assert "core.rows: 3 with blocks of 32 products in ws" in message and "core.block" in message


def test_a_recipe_may_come_from_a_pipe(binade):
    arguments = ("run", "--network", "lenet5", "--print-config", "--recipe")
    piped = binade(*arguments, "/dev/stdin", input="name: piped\nrules:\n  - format: posit8\n")
    assert piped.code == 0 and "# formats of lenet5 by piped:" in piped.out, piped.err


@pytest.mark.parametrize("arguments, words", [
    (("--recipe", "wider-ends", "--format", "posit8"), ["--format: a recipe says the formats", "allowed: without one"]),
    (("--recipe", "wider-end"), ["wider-end", "'wider-ends'", "allowed: FILE"]),
    (("--recipe", "wider-ends,Q=posit8"), ["no parameter 'Q'", "allowed: E, F"]),
    (("--recipe", "wider-ends,F"), ["'F' is no assignment"]),
    (("--recipe", "wider-ends,F=posit99"), ["posit99"]),
    (("--recipe", "wider-ends", "--set", "format=posit8,fp32"), ["format", "several"]),
    (("--recipe", "wider-ends", "--set", "core.format_b=fp32"), ["layer 'conv1'", "posit16 x fp32 has no datapath"]),
    (("--format", "posit8", "--set", "core.format_b=fp32"), ["posit8 x fp32 has no datapath"]),
    (("--format", "posit8", "--set", "core.format_out=dfp8"), ["dfp8 is no result of posit8 x posit8"]),
])
def test_wrong_choices_are_refused(refused, arguments, words):
    message = refused("run", "--network", "lenet5", *arguments)
    assert all(word in message for word in words), message
