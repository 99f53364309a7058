# SPDX-License-Identifier: Apache-2.0
"""What the user gets wrong: exit 2, before anything runs, one message a line that says where, what and what is allowed."""
import os
import resource
import subprocess
import zipfile

import numpy
import pytest

from conftest import BINADE, ROOT, TRACE

LENET = ("run", "--network", "lenet5")


@pytest.fixture
def members():
    """The shipped trace as a dictionary of arrays."""
    with numpy.load(TRACE) as trace:
        return {name: trace[name] for name in trace.files}


@pytest.fixture
def save(tmp_path):
    def write(members):
        file = tmp_path / "changed.npz"
        numpy.savez(file, **members)
        return file
    return write


@pytest.mark.parametrize("arguments, words", [
    (("run",), ["--network"]),
    (("run", "--network", "lenet6"), ["lenet6", "lenet5"]),
    ((*LENET, "--format", "posit99"), ["posit99"]),
    ((*LENET, "--format", "flx16+5"), ["flx16+5", "flex16+5"]),
    ((*LENET, "--format", "posit8,posit8es2"), ["posit8", "twice"]),
    ((*LENET, "--set", "core.row=4"), ["core.row", "core.rows"]),
    ((*LENET, "--set", "core.rows"), ["core.rows", "="]),
    ((*LENET, "--set", "core.rows=0"), ["core.rows", "1..256"]),
    ((*LENET, "--set", "core.rows=100000000000000000000"), ["core.rows", "1..256"]),
    ((*LENET, "--set", "core.rows=-3"), ["core.rows", "1..256"]),
    ((*LENET, "--set", "core.lane_throughput=0.7"), ["core.lane_throughput"]),
    ((*LENET, "--set", "clock_ghz=0"), ["clock_ghz"]),
    ((*LENET, "--set", "clock_ghz=nan"), ["clock_ghz"]),
    ((*LENET, "--set", "core.overlap=drain", "--set", "core.dataflow=ws"), ["drain"]),
    ((*LENET, "--format", "e6m7", "--set", "rounding=sr"), ["serial", "sr"]),
    ((*LENET, "--format", "flex16+5", "--set", "core.dataflow=ws", "--set", "core.rows=24"), ["core.rows", "block"]),
    ((*LENET, "--config", "none.yaml"), ["none.yaml"]),
    ((*LENET, "--weights", "none.npz"), ["none.npz"]),
    (("run", "--trace", "none.npz"), ["none.npz"]),
    ((*LENET, "--data", "none"), ["none"]),
    ((*LENET, "--energy-table", "none.csv"), ["none.csv"]),
    ((*LENET, "--batch", "0"), ["--batch"]),
    ((*LENET, "--batch", "1000000000000"), ["--batch"]),
    ((*LENET, "--samples", "-1"), ["--samples"]),
    (("run", "--network", "resnet18", "--samples", "1000000"), ["--samples", "14266"]),
    (("run", "--network", "vgg16", "--data", str(ROOT)), ["vgg16", "lenet5"]),
    ((*LENET, "--threads", "0"), ["--threads", "1"]),
    ((*LENET, "--threads", "1025"), ["--threads", "1024"]),
    ((*LENET, "--threads", "two"), ["--threads", "two"]),
    ((*LENET, "--core", "quick"), ["--core", "fast"]),
    ((*LENET, "--layers", "conv9"), ["conv9", "conv"]),
    ((*LENET, "--timeline"), ["--timeline", "--out"]),
    ((*LENET, "--report-format", "xml"), ["--report-format"]),
    (("run", "--trace", TRACE, "--network", "resnet18"), ["resnet18", "lenet5"]),
    (("run", "--trace", TRACE, "--samples", "101"), ["--samples", "100"]),
    (("run", "--trace", TRACE, "--weights", TRACE), ["--trace"]),
    ((*LENET, "--bogus"), ["--bogus"]),
    ((*LENET, "--out", ""), ["--out", "empty"]),
    ((*LENET, "--config", ""), ["--config", "empty"]),
    ((*LENET, "--energy-table", str(ROOT)), ["fit.json"]),
    ((*LENET, "--cost-table", "none.csv"), ["none.csv"]),
    ((*LENET, "--energy", "free"), ["--energy", "operands", "fixed"]),
    ((), ["subcommand"]),
    (("rnu",), ["rnu", "run"]),
    (("networks", "lenet55"), ["lenet55", "lenet5"]),
], ids=lambda value: " ".join(map(str, value))[-60:] if isinstance(value, tuple) else "")
def test_wrong_words(refused, arguments, words):
    message = refused(*arguments)
    for word in words:
        assert word in message, message


def test_every_problem_of_a_configuration_at_once(refused, tmp_path):
    (tmp_path / "bad.yaml").write_text("core:\n  rows: 0\n  depth: 3\ndram:\n  preset: ddr9\n")
    lines = refused(*LENET, "--config", "bad.yaml", "--set", "bus.width=3").splitlines()
    assert [line.split(": ")[0] for line in lines] == ["bad.yaml:2", "bad.yaml:3", "bad.yaml:5", "--set bus.width=3"]


@pytest.mark.parametrize("text, line", [("core:\n  rows: [1\n", 3), ("core:\n\trows: 4\n", 2), ("a: 'b\n", 1), ("core: 5\n", 1), ("- core\n", 1)])
def test_malformed_yaml_names_the_line(refused, tmp_path, text, line):
    (tmp_path / "bad.yaml").write_text(text)
    message = refused(*LENET, "--config", "bad.yaml")
    number = int(message.split(":")[1])
    assert message.startswith("bad.yaml:") and abs(number - line) <= 1, message


@pytest.mark.parametrize("key", ["a", "b", "o"])
def test_a_scratchpad_too_small_for_one_tile(refused, key):
    message = refused(*LENET, "--format", "posit8", "--set", f"scratchpad.{key}_bytes=16")
    assert f"scratchpad.{key}_bytes" in message


def test_a_partial_sum_bank_too_small(refused):
    message = refused(*LENET, "--format", "posit8", "--set", "core.dataflow=ws", "--set", "core.psum_bytes=16")
    assert "core.psum_bytes" in message


def test_missing_misshapen_and_unknown_parameters_at_once(refused, save, members):
    del members["conv2.bias"]
    members["fc1.weight"] = members["fc1.weight"].T
    members["fc9.weight"] = numpy.zeros(3, numpy.float32)
    lines = refused("run", "--trace", save(members)).splitlines()
    assert len(lines) == 3
    for name, shape in {"conv2.bias": "(16)", "fc1.weight": "(84, 120)", "fc9.weight": ""}.items():
        assert any(name in line and shape in line and "changed.npz" in line for line in lines), lines


@pytest.mark.parametrize("name", ["input", "conv1.weight"])
@pytest.mark.parametrize("value", [numpy.nan, numpy.inf, -numpy.inf])
def test_nan_and_infinity_are_named_by_member_and_index(refused, save, members, name, value):
    members[name].reshape(-1)[17] = value
    message = refused("run", "--trace", save(members))
    assert "changed.npz" in message and name in message and "element 17" in message


@pytest.mark.parametrize("change, words", [
    (lambda m: m.update(input=m["input"][:, :5]), ["input", "(100, 5, 14, 14)"]),
    (lambda m: m.update(input=m["input"][:0]), ["input"]),
    (lambda m: m.update(labels=m["labels"][:50]), ["labels", "100"]),
    (lambda m: m.update(labels=m["labels"] + 5), ["labels", "0..9"]),
    (lambda m: m.update(network="lenet7"), ["lenet7", "lenet5"]),
    (lambda m: m.update(input_layer="pool9"), ["pool9"]),
    (lambda m: m.pop("network"), ["network"]),
    (lambda m: m.update(source=numpy.zeros(2)), ["source"]),
    (lambda m: m.update({"conv1.weight": m["conv1.weight"].astype("complex64")}), ["conv1.weight", "c8"]),
    (lambda m: m.update({"conv1.weight": m["conv1.weight"].astype(">f4")}), ["conv1.weight", ">f4"]),
])
def test_a_trace_that_does_not_match(refused, save, members, change, words):
    change(members)
    message = refused("run", "--trace", save(members))
    for word in ["changed.npz", *words]:
        assert word in message, message


@pytest.mark.parametrize("share", [0, 0.001, 0.3, 0.9, 0.999])
def test_a_truncated_archive(refused, tmp_path, share):
    whole = TRACE.read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[:int(share * len(whole))])
    assert "cut.npz" in refused("run", "--trace", "cut.npz")


def test_an_archive_with_a_malformed_member(refused, tmp_path):
    with zipfile.ZipFile(tmp_path / "bad.npz", "w") as archive:
        archive.writestr("network.npy", b"\x93NUMPY\x01\x00\x10\x00{'descr': '<U6',")
    message = refused("run", "--trace", "bad.npz")
    assert "bad.npz" in message and "network.npy" in message


def idx(array):
    header = bytes([0, 0, 8, array.ndim]) + b"".join(extent.to_bytes(4, "big") for extent in array.shape)
    return header + array.astype(numpy.uint8).tobytes()


@pytest.mark.parametrize("images, labels, words", [
    (lambda: idx(numpy.zeros((10, 28, 28)))[:-1], lambda: idx(numpy.zeros(10)), ["images", "truncated"]),
    (lambda: b"", lambda: idx(numpy.zeros(10)), ["images"]),
    (lambda: b"\x00\x00\x0d\x03" + bytes(12), lambda: idx(numpy.zeros(10)), ["images", "IDX"]),
    (lambda: idx(numpy.zeros((10, 27, 28))), lambda: idx(numpy.zeros(10)), ["images", "28"]),
    (lambda: idx(numpy.zeros((10, 28, 28))), lambda: idx(numpy.zeros(9)), ["labels", "10"]),
    (lambda: idx(numpy.zeros((10, 28, 28))), lambda: idx(numpy.full(10, 10)), ["labels", "0..9"]),
    (lambda: b"\x1f\x8b\x08\x00broken", lambda: idx(numpy.zeros(10)), ["images"]),
    (None, lambda: idx(numpy.zeros(10)), ["images", "no such file"]),
])
def test_malformed_idx_files(refused, tmp_path, images, labels, words):
    if images:
        (tmp_path / "t10k-images-idx3-ubyte").write_bytes(images())
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(labels())
    message = refused(*LENET, "--data", ".")
    for word in words:
        assert word in message, message


@pytest.mark.parametrize("content", [b"", bytes(3072), bytes(3073 * 2 + 1)])
def test_malformed_cifar_files(refused, tmp_path, content):
    (tmp_path / "cifar10-test-2k.bin").write_bytes(content)
    assert "cifar10-test-2k.bin" in refused("run", "--network", "resnet20-cifar", "--data", ".")


def test_an_output_that_is_a_file(refused, tmp_path):
    (tmp_path / "taken").write_text("mine")
    assert "--out" in refused(*LENET, "--out", "taken")
    assert (tmp_path / "taken").read_text() == "mine"


def test_an_output_that_cannot_be_made(refused):
    assert "--out" in refused(*LENET, "--out", "/proc/none")


@pytest.mark.parametrize("arguments", [("eval", "posit8", "encode"), ("formats",), ("run", "--print-config"), ("--version",),
                                       ("run", "--trace", TRACE, "--samples", "1", "--report-format", "json")])
def test_an_output_that_takes_nothing(arguments):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([BINADE, *map(str, arguments)], input=b"1\n", stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 2 and b"standard output: cannot write" in done.stderr, done.stderr


@pytest.mark.parametrize("arguments", [("run", "--trace", TRACE, "--samples", "1", "--out", "out"), ("vectors", "add", "--format", "fp16", "--out", "out"),
                                       ("trace", "--network", "mlp", "--step", "1", "--recipe", "fp32", "--out", "out.npz")])
def test_a_limit_of_file_sizes(tmp_path, arguments):
    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    done = subprocess.run([BINADE, *map(str, arguments)], cwd=tmp_path, capture_output=True, text=True, timeout=60, preexec_fn=limited)
    assert done.returncode == 2 and done.stderr.count("binade: error") == 1 and "out" in done.stderr, done.stderr
    assert not [path for path in tmp_path.rglob("*.part*")]


def test_an_input_that_gives_nothing(tmp_path):
    directory = os.open(tmp_path, os.O_RDONLY)
    done = subprocess.run([BINADE, "eval", "posit8", "encode"], stdin=directory, capture_output=True, timeout=60)
    os.close(directory)
    assert done.returncode == 2 and b"standard input: cannot read" in done.stderr, done.stderr


@pytest.mark.parametrize("seed", ["-1", "4294967296", "99999999999999999999"])
def test_a_seed_of_more_than_32_bits(refused, seed):
    assert "--seed" in refused(*LENET, "--seed", seed)


def test_a_configuration_from_a_pipe(binade):
    result = binade("run", "--config", "/dev/stdin", "--print-config", input="core:\n  rows: 3\n")
    assert result.code == 0 and "rows: 3" in result.out, result.err
    assert binade("run", "--config", "/dev/null", "--print-config").out == binade("run", "--print-config").out
