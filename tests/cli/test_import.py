# SPDX-License-Identifier: Apache-2.0
"""Networks that users bring: YAML, SCALE-Sim topologies, lists of matrix products."""
import csv
import json
import random

import jsonschema
import numpy as np
import pytest
import yaml

from conftest import ROOT

SCHEMA = json.loads((ROOT / "docs/network.schema.json").read_text())
EXAMPLE = (ROOT / "docs/workloads.md").read_text().split("```yaml\n")[1].split("```")[0]
BUILT_IN = ["mlp", "lenet5", "cifarnet", "alexnet-cifar", "googlenet", "resnet20-cifar", "mobilenetv2", "bert-base"]


def fits_schema(text):
    try:
        jsonschema.validate(yaml.safe_load(text), SCHEMA)
    except jsonschema.ValidationError:
        return False
    return True


def layers(result):
    assert result.code == 0, result.err
    return {row["name"]: row for row in json.loads(result.out)["layers"]}


def table(binade, tmp_path, text, name="net.csv", newline=None):
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return binade("networks", "./" + name, "--report-format", "json")


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_network_goes_through_yaml_and_back(binade, tmp_path, name):
    text = binade("networks", name, "--yaml").out
    (tmp_path / "again.yaml").write_text(text)
    assert fits_schema(text)
    assert binade("networks", "again.yaml", "--yaml").out == text
    assert binade("networks", "again.yaml", "--report-format", "json").json() == binade("networks", name, "--report-format", "json").json()


def test_a_network_from_yaml_runs_as_the_built_in(binade, tmp_path):
    (tmp_path / "again.yaml").write_text(binade("networks", "lenet5", "--yaml").out)
    run = ("--format", "posit8", "--report-format", "json")
    ours, theirs = binade("run", "--network", "again.yaml", *run).json(), binade("run", "--network", "lenet5", *run).json()
    assert ours["layers"] == theirs["layers"]


def test_the_example_of_the_documentation(binade, tmp_path):
    (tmp_path / "e.yaml").write_text(EXAMPLE)
    assert fits_schema(EXAMPLE)
    rows = layers(binade("networks", "e.yaml", "--report-format", "json"))
    assert rows["conv2"]["output"] == [16, 32, 32] and rows["conv2"]["parameters"] == 16 * 16 * 3
    assert rows["fc"]["inputs"] == ["flatten"] and rows["fc"]["macs"] == 160
    assert binade("run", "--network", "e.yaml", "--format", "posit8").code == 0


@pytest.mark.parametrize("old, new, words, schema", [
    ("kernel: 3", "kernle: 3", ["line 7", "column 43", "'kernle'", "'kernel'"], False),
    ("kernel: 3", "kernel: 0", ["line 7, column", "kernel: '0'", "1 to"], False),
    ("kernel: 3", "kernel: 1.5", ["kernel: '1.5'"], False),
    ("channels: 16, kernel: 3", "kernel: 3", ["conv1", "needs 'channels'"], False),
    ("op: relu", "op: rellu", ["line 8", "'rellu'", "'relu'"], False),
    ("op: relu", "op: relu, channels: 3", ["has no key 'channels'"], False),
    ("inputs: [relu1, conv2]", "inputs: [relu1, add]", ["'add'", "no cycle"], True),
    ("inputs: [relu1, conv2]", "inputs: [relu1, pool]", ["'pool'", "comes after", "line 11"], True),
    ("inputs: [relu1, conv2]", "inputs: [relu1, conv3]", ["no 'conv3'", "nearest is 'conv1'"], True),
    ("inputs: [relu1, conv2]", "inputs: [relu1]", ["line 10", "add", "needs 'constant'"], True),
    ("inputs: [relu1, conv2]", "inputs: [relu1, image]", ["line 10", "add", "cannot add 16x32x32 and 3x32x32"], True),
    ("kernel: 32", "kernel: 33", ["line 11, column 5: layer 'pool'", "larger than the padded input"], True),
    ("name: conv2", "name: conv1", ["'conv1' is used twice"], True),
    ("[3, 32, 32]", "[3, 32, 32, 1]", ["shape"], False),
    ("[3, 32, 32]", "[16777216, 16777216, 16777216]", ["line 5", "image", "2^32"], True),
    ("features: 10", "features: 99999999999999999999", ["features", "16777216"], False),
    ("classes: 10", "clases: 10", ["'clases'", "'classes'"], False),
    ("classes: 10", "classes: many", ["classes", "'many'"], False),
    ("network: small", "network: small\nnetwork: large", ["network", "twice"], None),
    ("layers:", "layers: 3\nrest:", ["layers", "list"], False),
    ("kernel: [1, 3]", "kernel: [1, 3, 5]", ["kernel"], False),
    ("op: relu", "op: dropout, rate: 1", ["rate", "a number from 0 to"], False),
    ("bias: false", "bias: maybe", ["bias", "true or false"], False),
    ("inputs:\n  - {", "inputs:\n  - [", ["line 5"], None),
])
def test_bad_yaml_is_named_with_its_place(refused, tmp_path, old, new, words, schema):
    assert old in EXAMPLE
    text = EXAMPLE.replace(old, new, 1)
    (tmp_path / "bad.yaml").write_text(text)
    message = refused("networks", "bad.yaml")
    assert "bad.yaml" in message
    for word in words:
        assert word in message
    if schema is not None:
        assert fits_schema(text) == schema


def test_every_problem_of_a_yaml_file_is_named_at_once(refused, tmp_path):
    (tmp_path / "bad.yaml").write_text(EXAMPLE.replace("kernel: 3", "kernel: 0").replace("op: relu", "op: rellu"))
    assert len(refused("run", "--network", "bad.yaml").splitlines()) == 2


def test_weights_beyond_the_limit_are_refused_before_they_are_drawn(refused, tmp_path):
    (tmp_path / "big.yaml").write_text("network: big\ninputs:\n- {name: x, shape: [16777216]}\nlayers:\n"
                                       "- {name: fc, op: linear, features: 16777216}\n")
    assert "fc.weight has more than 2^32 elements" in refused("run", "--network", "big.yaml")


ROW = "conv1,5,5,3,3,2,4,1,\n"
HEADER = "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\n"


@pytest.mark.parametrize("text", [
    HEADER + ROW, ROW, HEADER + ROW.rstrip(",\n"), "\ufeff" + HEADER + ROW, (HEADER + ROW).replace("\n", "\r\n"),
    (HEADER + ROW).replace(",", ",\u00a0"), (HEADER + ROW).replace(",", ",\t"), (HEADER + ROW).replace(",", "\t"), HEADER + ",,,,,,,,\n\n" + ROW,
    "# a comment\n" + HEADER + "conv1,5,5,3,3,2,4,1, # more\n", "My section\n" + HEADER + ROW, HEADER + "Section,,,\n" + ROW,
    "Layer,Ifmap height,ifmap width,filter height,filter width,channel,num filters,strides\n" + ROW,
    "Layer, IFMAP Width, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\n" + ROW,
    HEADER.replace("Strides,", "Stride height, Stride width,") + "conv1,5,5,3,3,2,4,1,1\n", "conv1,5,5,3,3,2,4,1,1\n",
])
def test_the_ways_in_which_one_convolution_is_written(binade, tmp_path, text):
    row = layers(table(binade, tmp_path, text))["conv1"]
    assert row["output"] == [4, 3, 3] and (row["m"], row["n"], row["k"]) == (9, 4, 18)


def test_windows_follow_scalesims_formula(binade, tmp_path):
    draw = random.Random(3)
    rows = [(draw.randint(5, 30), draw.randint(5, 30), draw.randint(1, 5), draw.randint(1, 5), draw.randint(1, 4), draw.randint(1, 4))
            for _ in range(40)]
    text = "".join(f"r{i},{h},{w},{fh},{fw},2,3,{sh},{sw}\n" for i, (h, w, fh, fw, sh, sw) in enumerate(rows))
    found = layers(table(binade, tmp_path, text))
    for i, (h, w, fh, fw, sh, sw) in enumerate(rows):
        assert found[f"r{i}"]["output"] == [3, -(-(h - fh + sh) // sh), -(-(w - fw + sw) // sw)], rows[i]


@pytest.mark.parametrize("text", ["Layer,M,N,K,\ng,7,5,3,\n", "Layer Name, M, N, K\ng,7,5,3\n", "g,7,5,3\n", "L,K,M,N,\ng,3,7,5,\n"])
def test_the_ways_in_which_one_product_is_written(binade, tmp_path, text):
    row = layers(table(binade, tmp_path, text))["g"]
    assert (row["m"], row["n"], row["k"], row["macs"]) == (7, 5, 3, 105)


def test_products_of_one_row_or_one_column_are_what_they_say(binade, tmp_path):
    found = layers(table(binade, tmp_path, "outer,7,5,1,\nvector,1,5,3,\nscalar,1,1,1,\nlong,1,5,1,\n"))
    assert [(found[n]["m"], found[n]["n"], found[n]["k"]) for n in ("outer", "vector", "scalar", "long")] == [
        (7, 5, 1), (1, 5, 3), (1, 1, 1), (1, 5, 1)]


@pytest.mark.parametrize("row, groups, n, noted", [
    ("convDP,5,5,3,3,6,1,1,", 6, 1, True), ("convDP,5,5,3,3,6,2,1,", 6, 2, True), ("conv_dw,5,5,3,3,6,1,1,", 6, 1, True),
    ("conv,5,5,3,3,6,6,1,#dw", 6, 1, True), ("conv_dw,5,5,3,3,1,1,1,", 1, 1, False), ("conv,5,5,3,3,6,1,1,", 1, 1, False),
])
def test_depthwise_in_three_ways(binade, tmp_path, row, groups, n, noted):
    result = table(binade, tmp_path, row + "\n")
    found = layers(result)[row.split(",")[0]]
    assert (found["groups"], found["n"]) == (groups, n)
    assert ("depthwise" in result.err) == noted


def test_what_is_not_simulated_is_said(binade, tmp_path):
    result = table(binade, tmp_path, HEADER.replace("Strides,", "Strides, Sparsity,") + "a,5,5,3,3,2,4,1,1:4,\n")
    assert result.code == 0 and "sparsity ratios are read and not simulated" in result.err
    result = table(binade, tmp_path, HEADER.replace("Strides,", "Strides, Batch Size,") + "a,5,5,3,3,2,4,1,8,\n")
    assert result.code == 0 and "batch size: read and not simulated" in result.err


def test_a_name_that_comes_again(binade, tmp_path):
    assert [n for n in layers(table(binade, tmp_path, ROW * 3)) if "input" not in n] == ["conv1", "conv1#2", "conv1#3"]


@pytest.mark.parametrize("text, words", [
    (HEADER + "a,5,5,3,3,x,4,1,\n", ["line 2, column 6", "channels", "'x'"]),
    (HEADER + "a,5,5,3,3,0,4,1,\n", ["line 2, column 6", "'0'"]),
    (HEADER + "a,5,5,3,3,-1,4,1,\n", ["line 2, column 6", "'-1'"]),
    (HEADER + "a,5,5,3,3,2,4,\n", ["line 2, column 8", "stride is missing"]),
    (HEADER + "a,5,5,,3,2,4,1\n", ["line 2, column 4", "''"]),
    (HEADER + "a,5,5,6,3,2,4,1,\n", ["line 2, column 4", "6 pixels high, the image 5"]),
    (HEADER + "a,5,5,3,6,2,4,1,\n", ["line 2, column 5", "6 pixels wide"]),
    (HEADER + "a,99999999999999999999,5,3,6,2,4,1,\n", ["line 2, column 2", "16777216"]),
    ("a,1,2,3,4\n", ["line 1", "4 cells after the name"]),
    ("Layer,M,N,K\na,1,2,3:4\n", ["K is missing"]),
    ("Layer,M,N,K,Sparsity\na,1,2,3,many\n", ["line 2, column 5", "N:M"]),
    ("", ["no layer in it"]), ("# nothing\n,,,\n", ["no layer in it"]),
    (b"a,5,5\x00,3\n", ["byte 0x00 in line 1"]), (b"\xff\xfe", ["byte 0xff"]),
    ("a,16777216,16777216,1,1,16777216,1,1\n", ["a.input", "2^32"]), ("a,2,16777216,16777216\n", ["2^32 elements"]),
])
def test_malformed_topologies_are_named_with_their_place(refused, tmp_path, text, words):
    (tmp_path / "bad.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    message = refused("run", "--network", "bad.csv")
    assert "bad.csv" in message
    for word in words:
        assert word in message


@pytest.mark.parametrize("name, text, words", [
    ("net", "nothing to see\n", ["neither YAML nor comma-separated"]), ("missing.csv", None, ["cannot read"]),
    ("folder/", None, ["cannot read"]),
])
def test_what_is_no_network_file(refused, tmp_path, name, text, words):
    if text is not None:
        (tmp_path / name).write_text(text)
    for word in words:
        assert word in refused("run", "--network", name)


def test_a_file_without_extension_is_told_by_its_content(binade, tmp_path):
    (tmp_path / "one").write_text(ROW)
    (tmp_path / "two").write_text(EXAMPLE)
    assert "conv1" in binade("networks", "one").out and "relu1" in binade("networks", "two").out


def test_a_list_of_products(binade):
    report = binade("run", "--gemm", "6,7,8,2", "--gemm", "3,4,1", "--format", "posit8", "--report-format", "json").json()
    assert [(l["name"], l["m"], l["n"], l["k"]) for l in report["layers"]] == [
        ("gemm1.1", 6, 7, 8), ("gemm1.2", 6, 7, 8), ("gemm2", 3, 4, 1)]


@pytest.mark.parametrize("arguments", [
    ("--gemm", "1,2"), ("--gemm", "1,2,3,4,5"), ("--gemm", "0,1,1"), ("--gemm", "1,1,1,"), ("--gemm", "1,1,x"), ("--gemm", "1,1,1,99999999"),
    ("--gemm", "1,1,1", "--network", "lenet5"), ("--gemm", "1,1,1", "--data", "."), ("--gemm", "1,1,1", "--trace", "x.npz"),
    ("--gemm", "16777216,16777216,1"),
])
def test_bad_products(refused, arguments):
    message = refused("run", *arguments)
    assert "--gemm" in message or "2^32" in message


def test_two_tables_of_one_name_are_two_runs(binade, tmp_path):
    identities = []
    for k in (3, 4):
        (tmp_path / "net.csv").write_text(f"g,2,2,{k},\n")
        identities.append(binade("run", "--network", "net.csv", "--format", "posit8", "--report-format", "json").json()["identity"])
    assert identities[0] != identities[1]


CFG = "[general]\nrun_name = x\n[architecture_presets]\nArrayHeight: 8\nArrayWidth : 12\nIfmapSramSzkB: 64\nFilterSramSz: 32\nOfmapSramSzkB= 16\nIfmapOffset: 0\nDataflow : ws\n"


def test_a_scalesim_configuration(binade, tmp_path):
    (tmp_path / "x.cfg").write_text(CFG)
    result = binade("run", "--config", "x.cfg", "--print-config")
    config = yaml.safe_load(result.out)
    assert (config["core"]["rows"], config["core"]["cols"], config["core"]["dataflow"]) == (8, 12, "ws")
    assert [config["scratchpad"][f"{p}_bytes"] for p in "abo"] == [65536, 32768, 16384]
    assert "IfmapOffset" in result.err and "run_name" not in result.err


@pytest.mark.parametrize("old, new, words", [
    ("ws", "is", ["line 10", "input-stationary", "os ws"]), ("ws", "rs", ["'rs'"]), (": 8", ": eight", ["line 4", "'eight'"]),
    (": 8", ": 100000", ["core.rows", "256"]), ("Dataflow : ws", "Dataflow ws", ["line 10", "no setting"]),
])
def test_bad_scalesim_configurations(refused, tmp_path, old, new, words):
    (tmp_path / "x.cfg").write_text(CFG.replace("IfmapOffset: 0", "").replace(old, new))
    message = refused("run", "--config", "x.cfg", "--network", "lenet5")
    for word in words:
        assert word in message


@pytest.mark.parametrize("dataflow", ["os", "ws"])
def test_core_cycles_under_the_scalesim_preset_are_its_formulae(binade, tmp_path, dataflow):
    """os: ceil(M/R) ceil(N/C) (K+R+C-2), plus the final drain of R; ws: ceil(K/R) ceil(N/C) (M+2R+C-2)."""
    draw = random.Random(7)
    shapes = [(draw.randint(1, 60), draw.randint(1, 60), draw.randint(1, 60)) for _ in range(40)]
    (tmp_path / "g.csv").write_text("".join(f"g{i},{m},{n},{k},\n" for i, (m, n, k) in enumerate(shapes)))
    for rows, cols in ((4, 4), (8, 3), (5, 16), (16, 16)):
        report = binade("run", "--network", "g.csv", "--preset", "scalesim", "--format", "posit8", "--report-format", "json", "--set",
                        f"core.rows={rows}", "--set", f"core.cols={cols}", "--set", f"core.dataflow={dataflow}").json()
        for (m, n, k), layer in zip(shapes, report["layers"]):
            up = lambda a, b: -(-a // b)
            expected, drain = ((up(m, rows) * up(n, cols) * (k + rows + cols - 2), rows) if dataflow == "os"
                               else (up(k, rows) * up(n, cols) * (m + 2 * rows + cols - 2), 0))
            assert layer["cycles"] == expected + drain, (m, n, k, rows, cols)
            assert (layer["scalesim_cycles"], layer["drain_cycles"]) == (expected, drain)


@pytest.mark.parametrize("dataflow", ["os", "ws"])
def test_groups_each_count_in_the_scalesim_columns(binade, tmp_path, dataflow):
    (tmp_path / "g.csv").write_text("convDP,9,9,3,3,6,2,1,\n")
    report = binade("run", "--network", "g.csv", "--preset", "scalesim", "--format", "posit8", "--set", "core.rows=4", "--set", "core.cols=4",
                    "--set", f"core.dataflow={dataflow}", "--report-format", "json", "--out", "out").json()
    layer = report["layers"][0]
    assert layer["groups"] == 6 and layer["cycles"] == layer["scalesim_cycles"] + layer["drain_cycles"]
    with open(tmp_path / "out/layers.csv", newline="") as file:
        row = next(csv.DictReader(file))
    assert (row["scalesim_cycles"], row["drain_cycles"]) == (str(layer["scalesim_cycles"]), str(layer["drain_cycles"]))


def test_layers_of_the_vector_unit_have_no_scalesim_columns(binade):
    layers = binade("run", "--network", "lenet5", "--format", "posit8", "--report-format", "json").json()["layers"]
    assert [layer["scalesim_cycles"] is None for layer in layers] == [layer["k"] is None for layer in layers]
    assert any(layer["k"] is None for layer in layers)


def test_the_preset_yields_to_set(binade):
    config = yaml.safe_load(binade("run", "--preset", "scalesim", "--set", "core.overlap=full", "--set", "memory.ideal=false", "--print-config").out)
    assert config["core"]["overlap"] == "full" and config["memory"]["ideal"] is False and config["core"]["edge"] == "full"


NORMALISED = """
network: normalised
inputs: [{name: image, shape: [3, 8, 8]}]
layers:
  - {name: conv1, op: conv, channels: 8, kernel: 3, pad: 1, bias: false}
  - {name: bn1, op: batchnorm}
  - {name: relu1, op: relu}
  - {name: conv2, op: conv, channels: 8, kernel: 3, pad: 1}
  - {name: bn2, op: batchnorm}
  - {name: add, op: add, inputs: [bn2, relu1]}
  - {name: bn3, op: batchnorm}
  - {name: flatten, op: flatten}
  - {name: fc, op: linear, features: 6}
  - {name: bn4, op: batchnorm}
"""


def test_batch_normalisation_is_folded_where_it_is_asked_for(binade, tmp_path):
    (tmp_path / "n.yaml").write_text(NORMALISED)
    run = ("run", "--network", "n.yaml", "--samples", "3", "--check", "--report-format", "json")
    for number_format, tolerance in (("fp32", 1e-5), ("flex16+5", 1e-2), ("posit16", 1e-2)):
        plain = binade(*run, "--format", number_format, "--save", "plain.npz")
        folded = binade(*run, "--format", number_format, "--save", "folded.npz", "--set", "fold_batchnorm=true")
        assert plain.code == 0 and folded.code == 0, folded.err
        assert "fold_batchnorm: 3 of the batch normalisations folded: bn1 bn2 bn4" in folded.err
        assert folded.json()["tensors"] == plain.json()["tensors"] + "; 3 of the batch normalisations folded"
        assert plain.json()["identity"] != folded.json()["identity"]
        assert folded.json()["config"]["fold_batchnorm"] and "fold_batchnorm" in folded.json()["overrides"]
        names = [layer["name"] for layer in folded.json()["layers"]]
        assert "bn3" in names and not {"bn1", "bn2", "bn4"} & set(names)
        assert folded.json()["total_cycles"] < plain.json()["total_cycles"]
        with np.load(tmp_path / "plain.npz") as before, np.load(tmp_path / "folded.npz") as after:
            for name, stands_for in (("relu1", "relu1"), ("add", "add"), ("fc", "bn4")):
                np.testing.assert_allclose(after[name], before[stands_for], rtol=tolerance, atol=tolerance * np.abs(before[stands_for]).max())


def test_what_folding_leaves(binade, refused, tmp_path):
    (tmp_path / "n.yaml").write_text(NORMALISED)
    run = ("run", "--network", "n.yaml", "--format", "posit8", "--set", "fold_batchnorm=true")
    assert "bn1" in refused(*run, "--layers", "bn1")
    shapes = binade(*run, "--values", "none", "--report-format", "json").json()
    assert [(r["name"], r["cycles"]) for r in shapes["layers"]] == [
        (r["name"], r["cycles"]) for r in binade(*run, "--report-format", "json").json()["layers"]]
    nothing = binade("run", "--network", "lenet5", "--format", "posit8", "--set", "fold_batchnorm=true")
    assert nothing.code == 0 and "none of the batch normalisations folded" in nothing.err
