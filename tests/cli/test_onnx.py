# SPDX-License-Identifier: Apache-2.0
"""Networks from ONNX models: layers, parameters in every encoding, constants that are computed, and broken files."""
import json
import random

import numpy as np
import pytest

from onnx_writer import BFLOAT16, DOUBLE, FLOAT16, field, model, node, tensor

RNG = np.random.default_rng(1)
CONV = RNG.integers(-8, 8, (4, 3, 3, 3)).astype("f4") / 8
BIAS = np.arange(4, dtype="f4") / 4
FC = RNG.integers(-8, 8, (5, 4)).astype("f4") / 8
INPUT = ("x", [1, 3, 8, 8])


def table(binade, tmp_path, data, code=0):
    (tmp_path / "m.onnx").write_bytes(data)
    result = binade("networks", "./m.onnx", "--report-format", "json")
    assert result.code == code, result.err
    return {row["name"]: row for row in json.loads(result.out)["layers"]} if code == 0 else result.err


def single(op, inputs=("x",), tensors=(), dims=(1, 3, 8, 8), opset=17, **attributes):
    return model([node(op, list(inputs), ["y"], **attributes)], [("x", list(dims))], ["y"], tensors, opset)


def small(**how):
    weights = [tensor("conv.weight", CONV, **how), tensor("conv.bias", BIAS, **how), tensor("w", FC.T, **how), tensor("b", np.ones(5, "f4"), **how)]
    nodes = [node("Conv", ["x", "conv.weight", "conv.bias"], ["c"], pads=[0, 0, 1, 1], strides=[2, 2]), node("Relu", ["c"], ["r"]),
             node("GlobalAveragePool", ["r"], ["g"]), node("Flatten", ["g"], ["f"]), node("MatMul", ["f", "w"], ["fc"]), node("Add", ["fc", "b"], ["y"])]
    return model(nodes, [("x", ["batch", 3, 8, 8])], ["y"], weights)


YAML = """
network: m
inputs: [{name: x, shape: [3, 8, 8]}]
layers:
  - {name: conv, op: conv, channels: 4, kernel: 3, stride: 2, pad: [0, 0, 1, 1]}
  - {name: r, op: relu}
  - {name: g, op: avgpool, whole: true}
  - {name: fc, op: linear, features: 5}
"""


@pytest.mark.parametrize("how", [{}, {"stored": "fields"}, {"kind": FLOAT16}, {"kind": FLOAT16, "stored": "fields"}, {"kind": BFLOAT16},
                                 {"kind": BFLOAT16, "stored": "fields"}, {"kind": DOUBLE}, {"kind": DOUBLE, "stored": "fields"}])
def test_a_model_computes_what_the_same_table_with_the_same_weights_does(binade, tmp_path, how):
    (tmp_path / "m.onnx").write_bytes(small(**how))
    (tmp_path / "m.yaml").write_text(YAML)
    np.savez(tmp_path / "w.npz", **{"conv.weight": CONV, "conv.bias": BIAS, "fc.weight": FC, "fc.bias": np.ones(5, "f4")})
    run = ("--format", "posit16", "--samples", "2", "--report-format", "json")
    ours = binade("run", "--network", "m.onnx", *run)
    theirs = binade("run", "--network", "m.yaml", "--weights", "w.npz", *run)
    assert ours.code == 0 and theirs.code == 0, ours.err + theirs.err
    assert ours.json()["layers"] == theirs.json()["layers"]
    np.savez(tmp_path / "w.npz", **{"conv.weight": CONV, "conv.bias": BIAS, "fc.weight": FC, "fc.bias": np.zeros(5, "f4")})
    assert binade("run", "--network", "m.yaml", "--weights", "w.npz", *run).json()["layers"] != theirs.json()["layers"]


def test_external_data_lies_in_the_folder(binade, tmp_path):
    (tmp_path / "w.bin").write_bytes(b"????" + CONV.astype("<f4").tobytes())
    where = [("location", "w.bin"), ("offset", "4")]
    conv = lambda entries: single("Conv", ("x", "w"), [tensor("w", CONV, external=entries)])
    assert table(binade, tmp_path, conv(where))["y"]["output"] == [4, 6, 6]
    for location in ["../w.bin", str(tmp_path / "w.bin"), "", "none.bin", "sub/../../w.bin"]:
        assert "external data" in table(binade, tmp_path, conv([("location", location)]), code=2)
    assert "are needed" in table(binade, tmp_path, conv([("location", "w.bin"), ("offset", "8")]), code=2)
    (tmp_path / "link.bin").symlink_to("/etc/hostname")
    assert "folder" in table(binade, tmp_path, conv([("location", "link.bin")]), code=2)


W = (tensor("w", CONV),)


@pytest.mark.parametrize("data, output", [
    (single("Conv", ("x", "w"), W, auto_pad="SAME_UPPER", strides=[2, 2]), [4, 4, 4]),
    (single("Conv", ("x", "w"), W, dilations=[2, 2], pads=[2, 1, 2, 1]), [4, 8, 6]),
    (single("Conv", ("x", "w"), (tensor("w", CONV[:3, :1]),), group=3), [3, 6, 6]),
    (single("MaxPool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1), [3, 4, 4]),
    (single("AveragePool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1), [3, 4, 4]),
    (single("AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1), [3, 8, 8]),
    (single("ReduceMean", axes=[2, 3], keepdims=0), [3, 1, 1]),
    (single("ReduceMean", ("x", "a"), [tensor("a", np.array([-1, -2]))], opset=18), [3, 1, 1]),
    (single("Clip", ("x", "lo", "hi"), [tensor("lo", np.float32(0)), tensor("hi", np.float32(6))]), [3, 8, 8]),
    (single("Clip", opset=10, min=0.0, max=6.0), [3, 8, 8]),
    (single("LeakyRelu", alpha=0.1), [3, 8, 8]),
    (single("Pad", ("x", "p"), [tensor("p", np.array([0, 0, 1, 2, 0, 0, 3, 4]))]), [3, 12, 14]),
    (single("Slice", ("x", "s", "e", "a"), [tensor("s", np.array([1])), tensor("e", np.array([2**63 - 1])), tensor("a", np.array([1]))]), [2, 8, 8]),
    (single("Mul", ("x", "m"), [tensor("m", np.ones((3, 1, 1), "f4"))]), [3, 8, 8]),
    (single("Sub", ("m", "x"), [tensor("m", np.float32(1))]), [3, 8, 8]),
    (single("Softmax", dims=(1, 10)), [10, 1, 1]),
    (single("LogSoftmax", dims=(1, 10)), [10, 1, 1]),
    (single("ReduceMax", axes=[2, 3], keepdims=0), [3, 1, 1]),
    (single("Gather", ("x", "i"), [tensor("i", np.array([1, 2]))], axis=1), [2, 8, 8]),
    (single("PRelu", ("x", "slope"), [tensor("slope", np.full((1, 1, 1), 0.25, "f4"))]), [3, 8, 8]),
    (model([node("Dropout", ["x"], ["d"]), node("Relu", ["d"], ["y"])], [INPUT], ["y"]), [3, 8, 8]),
])
def test_an_operator_becomes_a_layer(binade, tmp_path, data, output):
    rows = list(table(binade, tmp_path, data).values())
    assert rows[-1]["output"] == output and len(rows) > 1
    assert binade("run", "--network", "./m.onnx", "--format", "fp32").code == 0


@pytest.mark.parametrize("opset, operands, tensors, attributes, written", [
    (10, ["x"], [], {}, "op: dropout}"),
    (10, ["x"], [], {"ratio": 0.25}, "op: dropout, rate: 0.25}"),
    (17, ["x", "ratio"], [tensor("ratio", np.float32(0.125))], {}, "op: dropout, rate: 0.125}"),
    (17, ["x", "ratio", "training"], [tensor("ratio", np.float32(0.5)), tensor("training", np.array(0))], {}, "op: dropout}"),
])
def test_dropout_keeps_its_ratio(binade, tmp_path, opset, operands, tensors, attributes, written):
    nodes = [node("Dropout", operands, ["d"], **attributes), node("Relu", ["d"], ["y"])]
    (tmp_path / "m.onnx").write_bytes(model(nodes, [INPUT], ["y"], tensors, opset=opset))
    assert "{name: d, " + written in binade("networks", "./m.onnx", "--yaml").out


@pytest.mark.parametrize("groups, stride, pads, dilation, added", [
    (1, 2, (0, 0, 0, 0), 1, 0), (1, 1, (1, 0, 2, 1), 2, 0), (2, 3, (1, 2, 0, 1), 1, 2), (1, 2, (1, 1, 1, 1), 1, 1),
])
def test_transposed_convolutions_add_up_the_kernels(binade, tmp_path, groups, stride, pads, dilation, added):
    x = RNG.integers(-8, 8, (2, 4, 3, 5)).astype("f4")
    w = RNG.integers(-8, 8, (4, 3, 2, 3)).astype("f4")
    bias = RNG.integers(-8, 8, 3 * groups).astype("f4")
    reach = [(size - 1) * stride + dilation * (kernel - 1) + 1 + added for size, kernel in ((3, 2), (5, 3))]
    y = np.zeros((2, 3 * groups, *reach), "f4")
    for c in range(4):
        for p, q, r, s in np.ndindex(3, 5, 2, 3):
            into = slice(c * groups // 4 * 3, c * groups // 4 * 3 + 3)
            y[:, into, p * stride + r * dilation, q * stride + s * dilation] += x[:, c, p, q][:, None] * w[c, :, r, s]
    y = y[:, :, pads[0]:reach[0] - pads[2], pads[1]:reach[1] - pads[3]] + bias[:, None, None]
    nodes = [node("ConvTranspose", ["x", "w", "b"], ["y"], group=groups, strides=[stride, stride], pads=list(pads), dilations=[dilation, dilation],
                  output_padding=[added, added])]
    (tmp_path / "m.onnx").write_bytes(model(nodes, [("x", ["N", 4, 3, 5])], ["y"], [tensor("w", w), tensor("b", bias)]))
    (tmp_path / "again.yaml").write_text(binade("networks", "./m.onnx", "--yaml").out)
    np.savez(tmp_path / "x.npz", x=x)
    np.savez(tmp_path / "w.npz", **{"y.weight": w, "y.bias": bias})
    run = ("--input", "x.npz", "--samples", "2", "--format", "fp32", "--save", "y.npz")
    for network in (("--network", "./m.onnx"), ("--network", "again.yaml", "--weights", "w.npz")):
        result = binade("run", *network, *run)
        assert result.code == 0, result.err
        assert np.array_equal(np.load(tmp_path / "y.npz")["y"].reshape(y.shape), y)


@pytest.mark.parametrize("attributes, what", [
    ({"output_shape": [6, 6]}, "output_shape"), ({"auto_pad": "SAME_UPPER"}, "auto_pad"), ({"group": 2}, "do not fit"),
    ({"output_padding": [3, 0], "strides": [2, 2]}, "output padding"),
])
def test_transposed_convolutions_that_cannot_be(binade, tmp_path, attributes, what):
    data = single("ConvTranspose", ("x", "w"), [tensor("w", np.ones((3, 2, 3, 3), "f4"))], **attributes)
    assert what in table(binade, tmp_path, data, code=2)


def test_pads_and_extents_that_are_computed(binade, tmp_path):
    nodes = [node("Shape", ["x"], ["s"]), node("Gather", ["s", "i0"], ["n"], axis=0), node("Unsqueeze", ["n", "axes"], ["n1"]),
             node("Concat", ["n1", "minus"], ["to"], axis=0), node("Reshape", ["x", "to"], ["flat"]), node("Transpose", ["w"], ["wt"], perm=[1, 0]),
             node("Gemm", ["flat", "wt"], ["y"])]
    tensors = [tensor("i0", np.array(0)), tensor("axes", np.array([0])), tensor("minus", np.array([-1])), tensor("w", np.ones((7, 192), "f4"))]
    rows = table(binade, tmp_path, model(nodes, [("x", ["N", 3, 8, 8])], ["y"], tensors))
    assert rows["y"]["output"] == [7, 1, 1] and rows["y"]["k"] == 192
    assert len(rows) == 3


def test_channels_last_as_tensorflow_exports(binade, tmp_path):
    w = RNG.integers(-8, 8, (48, 2)).astype("f4")
    nodes = [node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]), node("Relu", ["t"], ["r"]), node("Transpose", ["r"], ["u"], perm=[0, 2, 3, 1]),
             node("Reshape", ["u", "to"], ["f"]), node("MatMul", ["f", "w"], ["y"])]
    (tmp_path / "m.onnx").write_bytes(model(nodes, [("x", ["N", 4, 4, 3])], ["y"], [tensor("w", w), tensor("to", np.array([-1, 48]))]))
    (tmp_path / "m.yaml").write_text("network: m\ninputs: [{name: x, shape: [3, 4, 4]}]\nlayers:\n  - {name: r, op: relu}\n"
                                     "  - {name: r.flatten, op: flatten}\n  - {name: y, op: linear, features: 2, bias: false}\n")
    np.savez(tmp_path / "w.npz", **{"y.weight": w.reshape(4, 4, 3, 2).transpose(3, 2, 0, 1).reshape(2, 48)})
    run = ("--format", "fp32", "--report-format", "json")
    ours, theirs = binade("run", "--network", "m.onnx", *run), binade("run", "--network", "m.yaml", "--weights", "w.npz", *run)
    assert ours.code == 0 and theirs.code == 0, ours.err + theirs.err
    assert ours.json()["layers"] == theirs.json()["layers"]


def outputs(binade, tmp_path, data, **inputs):
    """What a model computes in fp32, by layer."""
    (tmp_path / "m.onnx").write_bytes(data)
    np.savez(tmp_path / "in.npz", **inputs)
    done = binade("run", "--network", "./m.onnx", "--format", "fp32", "--input", "in.npz", "--save", "out.npz", "--check")
    assert done.code == 0, done.err
    with np.load(tmp_path / "out.npz") as arrays:
        return {name: arrays[name] for name in arrays.files if not name.endswith(".codes")}


def pooled(x, average, kernel, strides, pads, dilations, ceil_mode, count_include_pad):
    """MaxPool and AveragePool as onnxruntime and PyTorch have them: windows start in the image or before it; an average counts what of
    its window lies in the image, or in the padded image, and nothing beyond."""
    size, before, after = np.array(x.shape[2:]), np.array(pads[:2]), np.array(pads[2:])
    span = size + before + after - np.array(dilations) * (np.array(kernel) - 1) - 1
    out = (-(-span // strides) if ceil_mode else span // strides) + 1
    out -= ceil_mode * ((out - 1) * strides >= size + before)
    y = np.empty((*x.shape[:2], *out))
    for h, w in np.ndindex(*out):
        rows = h * strides[0] - before[0] + np.arange(kernel[0]) * dilations[0]
        columns = w * strides[1] - before[1] + np.arange(kernel[1]) * dilations[1]
        inside = [v[(v >= 0) & (v < n)] for v, n in ((rows, size[0]), (columns, size[1]))]
        pixels = x[:, :, inside[0]][:, :, :, inside[1]]
        counted = [v[v < n + a].size for v, n, a in ((rows, size[0], after[0]), (columns, size[1], after[1]))]
        divisor = np.prod(counted) if count_include_pad else inside[0].size * inside[1].size
        y[:, :, h, w] = pixels.sum((2, 3)) / divisor if average else pixels.max((2, 3))
    return y


@pytest.mark.parametrize("case", range(24))
def test_pools_with_every_padding(binade, tmp_path, case):
    draw = random.Random(case)
    average, ceil_mode, counts = case % 3 != 0, case // 3 % 2, case // 6 % 2
    kernel, strides = [draw.randint(1, 4) for _ in "hw"], [draw.randint(1, 3) for _ in "hw"]
    pads = [draw.randint(0, kernel[i % 2] - 1) for i in range(4)]
    dilations = [1, 1] if average else [draw.randint(1, 2) for _ in "hw"]
    x = np.random.default_rng(case).standard_normal((1, 2, draw.randint(8, 11), draw.randint(8, 11))).astype("f4")
    how = {"count_include_pad": counts} if average else {"dilations": dilations}
    data = single("AveragePool" if average else "MaxPool", dims=x.shape, opset=19, kernel_shape=kernel, strides=strides, pads=pads,
                  ceil_mode=ceil_mode, **how)
    expected = pooled(x.astype("f8"), average, kernel, strides, pads, dilations, ceil_mode, counts)
    got = outputs(binade, tmp_path, data, x=x)["y"]
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-7)


ROOT2, HALF = tensor("root2", np.float32(2 ** 0.5)), tensor("half", np.float32(0.5))


@pytest.mark.parametrize("products", [
    [node("Mul", ["x", "a"], ["p"]), node("Mul", ["p", "half"], ["y"])],      # PyTorch, TorchScript
    [node("Mul", ["half", "a"], ["p"]), node("Mul", ["x", "p"], ["y"])],      # PyTorch, torch.export
    [node("Mul", ["x", "half"], ["p"]), node("Mul", ["p", "a"], ["y"])],      # tf2onnx
])
def test_gelu_written_out(binade, tmp_path, products):
    one = tensor("one", np.float32(1))
    nodes = [node("Div", ["x", "root2"], ["d"]), node("Erf", ["d"], ["e"]), node("Add", ["e", "one"], ["a"]), *products]
    rows = table(binade, tmp_path, model(nodes, [("x", [1, 9])], ["y"], [ROOT2, HALF, one]))
    assert [row["op"] for row in rows.values()] == ["input", "gelu"]
    third = tensor("half", np.float32(1 / 3))  # no GELU: Erf is no layer
    assert "(Erf, opset 17)" in table(binade, tmp_path, model(nodes, [("x", [1, 9])], ["y"], [ROOT2, third, one]), code=2)
    assert "(Erf, opset 17)" in table(binade, tmp_path, model(nodes, [("x", [1, 9])], ["y", "e"], [ROOT2, HALF, one]), code=2)


@pytest.mark.parametrize("affine", [True, False])
def test_layer_normalisation_written_out(binade, tmp_path, affine):
    x, w, b = (RNG.standard_normal(n).astype("f4") for n in ((1, 12), 12, 12))
    nodes = [node("ReduceMean", ["x"], ["m"], axes=[-1]), node("Sub", ["x", "m"], ["d"]), node("Pow", ["d", "two"], ["q"]),
             node("ReduceMean", ["q"], ["v"], axes=[-1]), node("Add", ["v", "eps"], ["ve"]), node("Sqrt", ["ve"], ["s"]),
             node("Div", ["d", "s"], ["n"]), node("Mul", ["n", "ln.weight"], ["nw"]), node("Add", ["nw", "ln.bias"], ["y"])]
    tensors = [tensor("two", np.float32(2)), tensor("eps", np.float32(1e-3)), tensor("ln.weight", w), tensor("ln.bias", b)]
    data = model(nodes if affine else nodes[:7], [("x", [1, 12])], ["y" if affine else "n"], tensors, opset=13)
    expected = (x - x.mean()) / np.sqrt(x.var() + 1e-3)
    np.testing.assert_allclose(list(outputs(binade, tmp_path, data, x=x).values())[-1].ravel(),
                               (expected * w + b if affine else expected).ravel(), rtol=1e-5, atol=1e-6)


def test_a_gate_that_is_expanded(binade, tmp_path):
    x = RNG.standard_normal((1, 3, 8, 8)).astype("f4")
    nodes = [node("GlobalAveragePool", ["x"], ["g"]), node("Flatten", ["g"], ["f"]), node("HardSigmoid", ["f"], ["s"], alpha=0.25),
             node("Reshape", ["s", "to"], ["r"]), node("Shape", ["x"], ["shape"]), node("Expand", ["r", "shape"], ["e"]),
             node("Mul", ["x", "e"], ["y"])]
    to = tensor("to", np.array([1, 3, 1, 1]))
    got = outputs(binade, tmp_path, model(nodes, [("x", [1, 3, 8, 8])], ["y"], [to]), x=x)
    gate = np.clip(x.mean((2, 3), keepdims=True) * 0.25 + 0.5, 0, 1)
    np.testing.assert_allclose(got["y"], x * gate, rtol=1e-5)
    np.testing.assert_allclose(got["s"].ravel(), gate.ravel(), rtol=1e-5)  # the last part of a node has its name
    nodes[-1] = node("Relu", ["e"], ["y"])
    assert "was expanded to [1, 3, 8, 8]" in table(binade, tmp_path, model(nodes, [("x", [1, 3, 8, 8])], ["y"], [to]), code=2)


def test_channels_taken_apart_and_normalised_as_torchvision_does(binade, tmp_path):
    x = RNG.standard_normal((1, 3, 4, 4)).astype("f4")
    nodes, scales, shifts = [], [0.5, 2.0, -1.0], [0.25, 0.0, 1.0]
    for c in range(3):
        nodes += [node("Gather", ["x", f"i{c}"], [f"g{c}"], axis=1), node("Unsqueeze", [f"g{c}", "one"], [f"u{c}"]),
                  node("Mul", [f"u{c}", f"s{c}"], [f"m{c}"]), node("Add", [f"m{c}", f"t{c}"], [f"a{c}"])]
    nodes += [node("Concat", ["a0", "a1", "a2"], ["y"], axis=1)]
    tensors = [tensor("one", np.array([1]))]
    for c in range(3):
        tensors += [tensor(f"i{c}", np.array(c)), tensor(f"s{c}", np.float32(scales[c])), tensor(f"t{c}", np.float32(shifts[c]))]
    got = outputs(binade, tmp_path, model(nodes, [("x", [1, 3, 4, 4])], ["y"], tensors), x=x)
    np.testing.assert_allclose(got["y"], x * np.reshape(scales, (1, 3, 1, 1)) + np.reshape(shifts, (1, 3, 1, 1)), rtol=1e-6)


def test_constants_as_torch_export_leaves_them(binade, tmp_path):
    nodes = [node("Shape", ["w"], ["n"], start=0, end=1), node("CastLike", ["zero", "x"], ["z"]), node("Expand", ["z", "n"], ["b"]),
             node("Conv", ["x", "w", "b"], ["c"]), node("CastLike", ["six", "c"], ["most"]), node("CastLike", ["zero", "c"], ["least"]),
             node("Clip", ["c", "least", "most"], ["y"])]
    tensors = [*W, tensor("zero", np.array(0)), tensor("six", np.array(6))]
    rows = table(binade, tmp_path, model(nodes, [INPUT], ["y"], tensors, opset=18))
    assert [row["op"] for row in rows.values()] == ["input", "conv", "clip"]


BN = [tensor(name, np.ones(3, "f4")) for name in "sbmv"]


@pytest.mark.parametrize("data, words", [
    (b"", "no ONNX model"),
    (b"\x08\x08garbage", "no ONNX model"),
    (small()[:-40], "no ONNX model"),
    (small(), None),
    (model([node("Einsum", ["x"], ["y"], name="e1")], [INPUT], ["y"]), "node 'e1' (Einsum, opset 17)"),
    (model([node("Relu", ["x"], ["y"], domain="com.x")], [INPUT], ["y"]), "com.x.Relu"),
    (single("Relu", opset=8), "opset 8; allowed: 9 to 20"),
    (model([node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"])], [INPUT], ["b"]), "cycle"),
    (model([node("Relu", ["z"], ["y"])], [INPUT], ["y"]), "reads 'z', which nothing produces"),
    (model([node("Relu", ["x"], ["y"]), node("Relu", ["x"], ["y"])], [INPUT], ["y"]), "produced twice"),
    (model([node("Relu", ["x"], ["y"])], [INPUT], ["q"]), "output 'q': nothing produces it"),
    (single("Conv", ("x", "w"), [tensor("w", CONV, dims=[5, 3, 3, 3])]), "432 bytes stored; its extents need 540"),
    (single("Conv", ("x", "w"), [tensor("w", CONV, dims=[2**40, 2**40, 3, 3])]), "more than 2^32 elements"),
    (single("Conv", ("x", "w"), [tensor("w", CONV, dims=[-4, 3, 3, 3])]), "extents [-4, 3, 3, 3]"),
    (single("Conv", ("x", "w"), [tensor("w", np.ones((4, 3, 3, 3), "i8"))]), "not integers"),
    (single("Conv", ("x", "w"), W, pads="1"), "attribute pads is no list"),
    (single("Conv", ("x", "w"), W, strides=[0, 1]), "strides [0, 1]"),
    (single("Conv", ("x", "w"), W, group=0), "group 0"),
    (single("Conv", ("x", "w"), W, dims=(1, 3, "h", 8)), "extent 3 is 'h'"),
    (single("Transpose", perm=[0, 1, 3, 2]), "moves elements"),
    (single("Reshape", ("x", "s"), [tensor("s", np.array([1, 7]))]), "cannot view"),
    (single("BatchNormalization", ("x", "s", "b", "m", "v"), BN, training_mode=1), "is in training mode"),
    (model([node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y", "m2", "v2"])], [INPUT], ["y"], BN, opset=13), "is in training mode"),
    (single("PRelu", ("x", "slope"), [tensor("slope", np.ones((3, 1, 1), "f4"))]), "slopes [3, 1, 1]"),
    (single("Gather", ("x", "i"), [tensor("i", np.array([0, 2]))], axis=1), "channels in a row"),
    (single("MaxPool", kernel_shape=[2, 2], pads=[2, 0, 0, 0]), "a window holds no pixel"),
    (single("Gelu", opset=20, approximate="tanh"), "approximate"),
    (single("Dropout", opset=10, ratio=1.0), "ratio 1; allowed: from 0 to below 1"),
    (single("Dropout", ("x", "r"), [tensor("r", np.ones((2,), "f4"))]), "ratio is no number"),
    (single("Dropout", ("x", "", "t"), [tensor("t", np.array(1))]), "training_mode; allowed: false"),
])
def test_what_is_broken_or_unknown_is_one_message(binade, tmp_path, data, words):
    if words is None:
        table(binade, tmp_path, data)
        return
    err = table(binade, tmp_path, data, code=2)
    assert words in err and err.count("\n") == 1 and err.startswith("binade: error: ./m.onnx: "), err


def test_mutated_models_end_in_one_message_or_a_table(binade, tmp_path):
    draw, good = random.Random(7), small()
    for _ in range(60):
        data = bytearray(good)
        for _ in range(draw.randint(1, 4)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        (tmp_path / "m.onnx").write_bytes(data[:draw.randint(1, len(data))] if draw.random() < 0.2 else data)
        assert binade("networks", "./m.onnx").code in (0, 2)
