# SPDX-License-Identifier: Apache-2.0
"""Whole images of the real data sets; skipped, with the reason, where they are absent."""
import json
import shutil

import numpy
import pytest

from conftest import TRACE


def test_the_shipped_trace_is_what_its_command_makes(binade, data_directory, tmp_path):
    result = binade("trace", "--network", "lenet5", "--data", data_directory, "--after", "pool1", "--samples", "100", "--out", "again.npz")
    assert result.code == 0, result.err
    with numpy.load(tmp_path / "again.npz") as again, numpy.load(TRACE) as shipped:
        assert sorted(again.files) == sorted(shipped.files)
        for name in shipped.files:
            if shipped[name].dtype.kind == "f":
                numpy.testing.assert_allclose(again[name], shipped[name], rtol=1e-6, atol=1e-6)
            else:
                assert (again[name] == shipped[name]).all(), name


def test_lenet5_on_whole_images(binade, data_directory):
    report = binade("run", "--network", "lenet5", "--data", data_directory, "--weights", data_directory / "lenet5-mnist.npz", "--format", "fp32",
                    "--samples", "500", "--report-format", "json").json()
    assert report["layers"][0]["name"] == "conv1" and report["samples"] == 500
    # 98.6 % on all 2,000.
    assert report["top1"]["reference_correct"] >= 485
    assert abs(report["top1"]["correct"] - report["top1"]["reference_correct"]) <= 1


def test_resnet20_on_whole_images(binade, data_directory):
    report = binade("run", "--network", "resnet20-cifar", "--data", data_directory, "--format", "flex16+5", "--samples", "20",
                    "--report-format", "json").json()
    # 74.1 % on all 2,000.
    assert report["top1"]["reference_correct"] >= 10
    assert "resnet20-cifar10.npz" in report["tensors"]


def test_both_spellings_of_parameter_names(binade, data_directory, tmp_path):
    with numpy.load(data_directory / "lenet5-mnist.npz") as weights:
        members = {name.replace("_", ".", 1): weights[name] for name in weights.files}
    numpy.savez(tmp_path / "dotted.npz", **members)
    digests = [binade("run", "--network", "lenet5", "--data", data_directory, "--weights", file, "--format", "posit8", "--samples", "1",
                      "--report-format", "json").json()["digest"] for file in (data_directory / "lenet5-mnist.npz", "dotted.npz")]
    assert digests[0] == digests[1]


def test_a_data_file_without_its_compression(binade, data_directory, tmp_path):
    import gzip
    for name in ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"):
        (tmp_path / name).write_bytes(gzip.decompress((data_directory / f"{name}.gz").read_bytes()))
    shutil.copy(data_directory / "lenet5-mnist.npz", tmp_path)
    plain, packed = (binade("run", "--network", "lenet5", "--data", directory, "--format", "dfp8", "--samples", "2", "--report-format", "json").json()
                     for directory in (tmp_path, data_directory))
    assert plain["digest"] == packed["digest"]
    assert json.dumps(plain["top1"]) == json.dumps(packed["top1"])


def test_truncated_data_files(refused, data_directory, tmp_path):
    for name in ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"):
        shutil.copy(data_directory / name, tmp_path)
    whole = (tmp_path / "t10k-images-idx3-ubyte.gz").read_bytes()
    for share in (0.1, 0.999):
        (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(whole[:int(share * len(whole))])
        assert "t10k-images-idx3-ubyte.gz" in refused("run", "--network", "lenet5", "--data", ".")


@pytest.mark.parametrize("samples", ["0", "2001"])
def test_too_many_samples(refused, data_directory, samples):
    assert "--samples" in refused("run", "--network", "lenet5", "--data", data_directory, "--samples", samples)
