# SPDX-License-Identifier: Apache-2.0
"""Arrays that users bring and take away: weights, inputs, saved outputs."""
import json
import os
import shutil
import struct

import numpy
import pytest

from conftest import ROOT

NETWORK = """network: tiny
inputs:
- {name: image, shape: [2, 4, 4]}
layers:
- {name: conv, op: conv, channels: 3, kernel: 3}
- {name: relu, op: relu}
- {name: fc, op: linear, features: 5}
"""
NEXT = """network: next
inputs:
- {name: relu, shape: [3, 2, 2]}
layers:
- {name: fc, op: linear, features: 5}
"""
RUN = ("run", "--network", "tiny.yaml", "--report-format", "json")


@pytest.fixture
def tiny(tmp_path):
    """The network, weights and inputs: small integers over 4, whose products and sums are exact in fp32."""
    draw = numpy.random.default_rng(1)
    quarters = lambda *shape: (draw.integers(-6, 7, shape) / 4).astype("f4")
    weights = {"conv.weight": quarters(3, 2, 3, 3), "conv.bias": quarters(3), "fc.weight": quarters(5, 12), "fc.bias": quarters(5)}
    (tmp_path / "tiny.yaml").write_text(NETWORK)
    (tmp_path / "next.yaml").write_text(NEXT)
    numpy.savez(tmp_path / "w.npz", **weights)
    image = quarters(5, 2, 4, 4)
    numpy.savez(tmp_path / "x.npz", image=image)
    return weights, image


def safetensors(path, tensors, header=None, tail=b""):
    """The format by its words: 8 bytes of length, JSON, data."""
    entries, data = {"__metadata__": {"format": "pt"}}, b""
    for name, (dtype, shape, payload) in tensors.items():
        entries[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [len(data), len(data) + len(payload)]}
        data += payload
    text = json.dumps(entries) if header is None else header
    path.write_bytes(struct.pack("<Q", len(text)) + text.encode() + data + tail)


def as_type(values, dtype):
    if dtype == "BF16":
        return (numpy.ascontiguousarray(values, "<f4").view("<u4") >> 16).astype("<u2").tobytes()
    return numpy.ascontiguousarray(values, {"F64": "<f8", "F32": "<f4", "F16": "<f2"}[dtype]).tobytes()


def forward(weights, image):
    windows = numpy.lib.stride_tricks.sliding_window_view(image.astype("f8"), (3, 3), axis=(2, 3))
    conv = numpy.einsum("scijkl,ockl->soij", windows, weights["conv.weight"].astype("f8")) + weights["conv.bias"][:, None, None]
    relu = numpy.maximum(conv, 0)
    return relu, relu.reshape(len(image), -1) @ weights["fc.weight"].astype("f8").T + weights["fc.bias"]


def posit8(code):
    """The value of a posit of 8 bits with es = 0."""
    if code in (0, 128):
        return 0.0 if code == 0 else float("nan")
    sign, code = (-1, 256 - code) if code > 127 else (1, code)
    bits = f"{code:08b}"[1:]
    run = len(bits) - len(bits.lstrip(bits[0]))
    scale = run - 1 if bits[0] == "1" else -run
    fraction = bits[run + 1:]
    return sign * 2.0 ** scale * (1 + (int(fraction, 2) / 2 ** len(fraction) if fraction else 0))


# Exactly the sum of products, then one rounding: the nearest value of the format, the even code of two equally near.
def nearest_posit8(values):
    table = sorted((posit8(code), code) for code in range(256) if code != 128)
    points, codes = numpy.array([v for v, _ in table]), numpy.array([c for _, c in table])
    out = numpy.empty(values.shape, int)
    for index, value in numpy.ndenumerate(values):
        if abs(value) > 64 or 0 < abs(value) < 1 / 64:  # saturates, never underflows
            out[index] = codes[numpy.argmin(abs(points - numpy.sign(value) * (64 if abs(value) > 64 else 1 / 64)))]
            continue
        # Posits round at the middle of the code one bit longer, which is the mean where no regime is cut.
        distance = abs(points - value)
        near = numpy.flatnonzero(distance == distance.min())
        out[index] = next(codes[n] for n in near if len(near) == 1 or codes[n] % 2 == 0)
    return out


def test_saved_outputs_are_numpys_in_fp32(binade, tmp_path, tiny):
    report = binade(*RUN, "--weights", "w.npz", "--input", "x.npz", "--format", "fp32", "--batch", "2", "--save", "out.npz")
    assert report.code == 0, report.err
    relu, fc = forward(*tiny)
    with numpy.load(tmp_path / "out.npz") as saved:
        assert sorted(saved.files) == ["fc", "fc.codes", "relu", "relu.codes"]
        assert saved["relu"].shape == (5, 3, 2, 2) and saved["fc"].shape == (5, 5, 1, 1)
        assert saved["relu"].dtype == "f8" and saved["relu.codes"].dtype == "u4"
        assert (saved["relu"] == relu).all() and (saved["fc"].reshape(5, 5) == fc).all()
        assert (saved["relu.codes"].view("<f4") == relu).all()


def test_saved_outputs_are_numpys_in_posit8(binade, tmp_path, tiny):
    weights, _ = tiny
    weights = {name: value / 2 for name, value in weights.items()}  # within one binade less, so that all are posits of 8 bits
    draw = numpy.random.default_rng(2)
    image = draw.integers(-4, 5, (3, 2, 4, 4)) / 4
    for value in (*weights.values(), image):
        assert numpy.isin(value, [posit8(code) for code in range(256)]).all()
    numpy.savez(tmp_path / "w8.npz", **weights)
    numpy.savez(tmp_path / "x8.npz", image=image)
    result = binade(*RUN, "--weights", "w8.npz", "--input", "x8.npz", "--format", "posit8es0", "--save", "out.npz", "--save-layers", "conv")
    assert result.code == 0, result.err
    windows = numpy.lib.stride_tricks.sliding_window_view(image, (3, 3), axis=(2, 3))
    conv = numpy.einsum("scijkl,ockl->soij", windows, weights["conv.weight"].astype("f8")) + weights["conv.bias"][:, None, None]
    assert abs(conv).max() < 16  # where the middle of two codes is the mean of their values
    with numpy.load(tmp_path / "out.npz") as saved:
        assert saved.files == ["relu", "relu.codes"] and saved["relu.codes"].dtype == "u1"
        expected = nearest_posit8(numpy.maximum(conv, 0))
        assert (saved["relu.codes"] == expected).all()
        assert (saved["relu"] == numpy.vectorize(posit8)(expected)).all()


@pytest.mark.parametrize("format", ["fp32", "posit8", "dfp8", "flex16+5"])
def test_saved_outputs_of_one_layer_feed_the_next(binade, tmp_path, tiny, format):
    whole = binade(*RUN, "--weights", "w.npz", "--input", "x.npz", "--format", format, "--save", "whole.npz").json()
    result = binade("run", "--network", "next.yaml", "--weights", "w.npz", "--input", "whole.npz", "--format", format, "--save", "next.npz",
                    "--report-format", "json")
    assert result.code == 0 and "conv.weight" in result.err and "not used, no inputs of next: fc" in result.err
    with numpy.load(tmp_path / "whole.npz") as first, numpy.load(tmp_path / "next.npz") as second:
        assert (first["fc"] == second["fc"]).all()
    assert whole["layers"][-1]["digest"] == result.json()["layers"][-1]["digest"]


def test_one_array_of_any_name_is_the_one_input(binade, tmp_path, tiny):
    numpy.savez(tmp_path / "any.npz", **{"something": tiny[1], "something.codes": numpy.zeros(3, "u1")})
    digests = {binade(*RUN, "--input", file, "--format", "posit8").json()["digest"] for file in ("x.npz", "any.npz")}
    assert len(digests) == 1


def test_several_formats_write_a_file_each(binade, tmp_path, tiny):
    assert binade(*RUN, "--input", "x.npz", "--format", "posit8,fp32", "--save", "out.npz", "--samples", "2").code == 0
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out-fp32.npz", "out-posit8.npz"]
    with numpy.load(tmp_path / "out-posit8.npz") as saved:
        assert saved["fc.codes"].dtype == "u1" and len(saved["fc"]) == 2


def test_outputs_go_to_a_folder_that_the_run_makes(binade, refused, tmp_path, tiny):
    for formats, files in (("posit8", ["x.npz"]), ("posit8,fp32", ["x-fp32.npz", "x-posit8.npz"])):
        result = binade(*RUN, "--input", "x.npz", "--format", formats, "--out", f"new/{formats}", "--save", f"new/{formats}/x.npz", "--samples", "2")
        assert result.code == 0 and sorted(path.name for path in (tmp_path / "new" / formats).glob("*.npz")) == files, result.err
    message = refused(*RUN, "--input", "x.npz", "--format", "posit8", "--out", "not", "--save", "other/x.npz")
    assert "other is no directory" in message and not (tmp_path / "not").exists()


def test_saved_outputs_replace_no_file_that_the_run_reads(binade, refused, tmp_path, tiny):
    """By their names and by links, a recipe's with its words, and a cost table's files by their folder."""
    (tmp_path / "keys.yaml").write_text("core: {rows: 4}\n")
    (tmp_path / "mine.yaml").write_text((ROOT / "recipes/wider-ends.yaml").read_text())
    (tmp_path / "published.csv").write_text((ROOT / "models/cost/published.csv").read_text())
    shutil.copytree(next(file.parent for file in (ROOT / "models/cost/calibrated").glob("*/fit.json")), tmp_path / "table")
    (tmp_path / "link.yaml").symlink_to("tiny.yaml")
    os.link(tmp_path / "tiny.yaml", tmp_path / "hard.yaml")
    reads = ["--weights", "w.npz", "--input", "x.npz", "--config", "keys.yaml", "--recipe", "mine.yaml", "--samples", "1"]
    tables = {"published.csv": ["published.csv"], "table": sorted(f"table/{file.name}" for file in (tmp_path / "table").iterdir())}
    common = ["tiny.yaml", "link.yaml", "hard.yaml", "./w.npz", "x.npz", "keys.yaml", "mine.yaml"]
    for table, files in tables.items():
        call = [*RUN, *reads, "--cost-table", table, "--save"]
        before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
        for file in [*files, *(common if table == "table" else [])]:
            assert refused(*call, file) == f"--save {file}: the command uses that file; allowed: another one"
        assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before
        assert binade(*call, "out.npz").code == 0 and binade(*call, "out.npz").code == 0
    # A folder that has a recipe's or a network's name is another thing.
    (tmp_path / "wider-ends").mkdir()
    for _ in range(2):
        assert binade(*RUN, "--recipe", "wider-ends", "--save", "wider-ends/out.npz", "--samples", "1").code == 0


@pytest.mark.parametrize("dtype", ["F64", "F32", "F16", "BF16"])
@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.module."])
def test_safetensors_are_the_npz(binade, tmp_path, tiny, dtype, prefix):
    safetensors(tmp_path / "w.safetensors", {prefix + name: (dtype, value.shape, as_type(value, dtype)) for name, value in tiny[0].items()})
    digests = []
    for file in ("w.npz", "w.safetensors"):
        result = binade(*RUN, "--weights", file, "--format", "posit8")
        assert result.code == 0 and result.err == "", result.err
        digests.append(result.json()["digest"])
    assert digests[0] == digests[1]


def test_column_major_arrays_and_wrappers_in_npz(binade, tmp_path, tiny):
    numpy.savez(tmp_path / "f.npz", **{"module." + name: numpy.asfortranarray(value) for name, value in tiny[0].items()})
    digests = {binade(*RUN, "--weights", file, "--format", "posit8").json()["digest"] for file in ("w.npz", "f.npz")}
    assert len(digests) == 1


def test_missing_weights_are_synthetic_and_named(binade, tmp_path, tiny):
    weights, _ = tiny
    numpy.savez(tmp_path / "part.npz", **{"fc.weight": weights["fc.weight"], "head.weight": weights["fc.weight"]})
    result = binade(*RUN, "--weights", "part.npz", "--format", "posit8")
    assert result.code == 0
    tensors = result.json()["tensors"]
    assert "part.npz, but 3 synthetic: conv.weight conv.bias fc.bias" in tensors and "normal with variance" in tensors
    assert "head.weight" in result.err and "conv.bias" in result.err
    whole, other = (binade(*RUN, *more, "--format", "posit8").json() for more in ((), ("--weights", "part.npz")))
    assert whole["layers"][0]["digest"] == other["layers"][0]["digest"] != whole["layers"][1]["digest"] != other["layers"][1]["digest"]


def test_the_weights_of_a_data_directory_are_chosen_by_their_shapes(binade, data_directory, tmp_path):
    (tmp_path / "mine.yaml").write_text(binade("networks", "lenet5", "--yaml").out.replace("network: lenet5", "network: mine"))
    ours, theirs = (binade("run", "--network", network, "--data", data_directory, "--format", "posit8", "--samples", "1",
                           "--report-format", "json").json() for network in ("mine.yaml", "lenet5"))
    assert "weights: lenet5-mnist.npz" in ours["tensors"] and ours["digest"] == theirs["digest"]


def one(**changes):
    entry = {"dtype": "F32", "shape": [3], "data_offsets": [0, 12]} | changes
    return json.dumps({"fc.bias": {key: value for key, value in entry.items() if value is not None}})


@pytest.mark.parametrize("header, data, words", [
    (one(), 8, ["ends at byte 12 of 8"]),
    (one(), 16, ["4 bytes at its end"]),
    (one(data_offsets=[12, 0]), 12, ["begin and an end"]),
    (one(data_offsets=[-1, 11]), 12, ["natural numbers"]),
    (one(data_offsets=[0, 18446744073709551615]), 12, ["natural numbers below 2^63"]),
    (one(data_offsets=[0, 99999999999999999999999]), 12, ["natural numbers"]),
    (one(data_offsets=[0]), 12, ["begin and an end"]),
    (one(data_offsets=[4, 12], shape=[2]), 12, ["4 bytes before it"]),
    (one(shape=[4]), 12, ["12 bytes of data for 4 elements"]),
    (one(shape=[4294967296, 4294967296, 4294967296]), 12, ["absurd shape"]),
    (one(shape=["3"]), 12, ["natural numbers"]),
    (one(shape=None), 12, ["shape is no list"]),
    (one(dtype=None), 12, ["dtype"]),
    (one(dtype="F8_E4M3", shape=[12]), 12, ["shape (12)"]),
    ('{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "b": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}}', 12, ["b: overlaps"]),
    (one()[:-1] + ', "fc.bias": {"dtype": "F32", "shape": [3], "data_offsets": [0, 12]}}', 12, ["fc.bias: twice"]),
    ("{" * 9, 0, ["no JSON"]), ('{"a": [[[[[1]]]]]}', 0, ["nested"]), ("[1]", 0, ["no JSON object"]), ("{}", 0, ["no parameter of tiny"]),
    ('{"a": 3}', 0, ["shape is no list"]),
])
def test_hostile_safetensors(refused, tmp_path, tiny, header, data, words):
    safetensors(tmp_path / "bad.safetensors", {}, header, bytes(data))
    message = refused(*RUN, "--weights", "bad.safetensors")
    assert "bad.safetensors" in message
    for word in words:
        assert word in message


def test_safetensors_cut_anywhere(refused, tmp_path, tiny):
    safetensors(tmp_path / "w.safetensors", {name: ("F32", value.shape, as_type(value, "F32")) for name, value in tiny[0].items()})
    whole = (tmp_path / "w.safetensors").read_bytes()
    for length in (0, 7, 8, 20, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut.safetensors").write_bytes(whole[:length])
        assert "cut.safetensors" in refused(*RUN, "--weights", "cut.safetensors")
    for length in (len(whole), 1 << 40, (1 << 64) - 1):
        (tmp_path / "cut.safetensors").write_bytes(struct.pack("<Q", length) + whole[8:])
        assert "its header announces" in refused(*RUN, "--weights", "cut.safetensors")


@pytest.mark.parametrize("arrays, arguments, words", [
    ({"image": (5, 2, 4, 5)}, (), ["image has shape (5, 2, 4, 5)", "(samples, 2, 4, 4)"]),
    ({"image": ()}, (), ["shape ()"]),
    ({"image": (0, 2, 4, 4)}, (), ["(0, 2, 4, 4)"]),
    ({"a": (5, 2, 4, 4), "b": (5, 2, 4, 4)}, (), ["'image'", "a b"]),
    ({"image": (5, 2, 4, 4)}, ("--samples", "6"), ["--samples 6", "5 samples"]),
    ({"image": (5, 2, 4, 4)}, ("--data", "."), ["--input", "--data"]),
    ({"image": (5, 2, 4, 4)}, ("--trace", "x.npz"), ["--input"]),
    ({"image": (5, 2, 4, 4)}, ("--save-layers", "fc"), ["--save-layers", "--save FILE"]),
    ({"image": (5, 2, 4, 4)}, ("--save", "o.npz", "--save-layers", "fd"), ["--save-layers", "'fd'"]),
    ({"image": (5, 2, 4, 4)}, ("--save", "o.npz", "--save-layers", "fc", "--layers", "conv"), ["--save-layers", "--layers"]),
    ({"image": (5, 2, 4, 4)}, ("--save", "."), ["."]),
    ({"image": (5, 2, 4, 4)}, ("--save", "o.npz", "--resume", "--out", "o"), ["--save", "--resume"]),
])
def test_bad_inputs_and_outputs(refused, tmp_path, tiny, arrays, arguments, words):
    numpy.savez(tmp_path / "bad.npz", **{name: numpy.zeros(shape) for name, shape in arrays.items()})
    message = refused(*RUN, "--input", "bad.npz", *arguments)
    for word in words:
        assert word in message
    assert not (tmp_path / "o.npz").exists()


def test_outputs_without_a_reference_and_without_values(binade, refused, tmp_path, tiny):
    for reference in ("full", "none"):
        assert binade(*RUN, "--input", "x.npz", "--format", "posit8", "--reference", reference, "--save", f"{reference}.npz").code == 0
    with numpy.load(tmp_path / "full.npz") as full, numpy.load(tmp_path / "none.npz") as none:
        assert (full["fc.codes"] == none["fc.codes"]).all() and (full["fc"] == none["fc"]).all()
    assert "--save" in refused(*RUN, "--values", "none", "--save", "o.npz")
    assert "--input" in refused(*RUN, "--values", "none", "--input", "x.npz")


def test_too_many_saved_values_are_refused_before_anything_runs(refused):
    assert "--save: " in refused("run", "--network", "vgg16", "--samples", "100", "--save", "o.npz")


def test_misshapen_and_foreign_weights(refused, tmp_path, tiny):
    numpy.savez(tmp_path / "bad.npz", **tiny[0] | {"fc.weight": numpy.zeros((12, 5)), "fc.bias": numpy.full(5, numpy.nan)})
    lines = refused(*RUN, "--weights", "bad.npz").splitlines()
    assert len(lines) == 2 and "fc.weight has shape (12, 5)" in lines[0] and "element 0" in lines[1]
    numpy.savez(tmp_path / "bad.npz", a=numpy.zeros(3))
    assert "no parameter of tiny is in it, its arrays: a" in refused(*RUN, "--weights", "bad.npz")
