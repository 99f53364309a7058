# SPDX-License-Identifier: Apache-2.0
"""Hostile archives: members that inflate, more samples than are wanted, directories that lie; what is held stays small."""
import struct
import zipfile
import zlib

import numpy
import pytest

from conftest import TRACE
from limits import MEGA, limited, peak_memory


def npy_header(shape, descr="<f4", fortran=False):
    text = f"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def zeros_member(archive, name, shape):
    """A member of zeros, written without holding it."""
    with archive.open(name + ".npy", "w", force_zip64=True) as member:
        member.write(npy_header(shape))
        left = int(numpy.prod(shape)) * 4
        while left > 0:
            member.write(bytes(min(left, MEGA)))
            left -= MEGA


@pytest.fixture(scope="module")
def trace_members():
    with zipfile.ZipFile(TRACE) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def healthy(tmp_path):
    code, err, peak = peak_memory(("run", "--trace", TRACE, "--samples", "1", "--format", "dfp8"), tmp_path)
    assert code == 0, err
    return peak


@pytest.mark.parametrize("name, shape", [
    ("unwanted", (300 * MEGA // 4,)), ("conv1.weight", (6, 1, 5, 5 * MEGA)), ("conv1.num_batches_tracked", (300 * MEGA // 4,)),
    ("labels", (300 * MEGA // 4,)), ("network", (300 * MEGA // 4,))])
def test_members_that_inflate_beyond_what_is_wanted(tmp_path, trace_members, name, shape):
    bomb = tmp_path / "bomb.npz"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in trace_members.items():
            if member != name + ".npy":
                archive.writestr(member, content)
        zeros_member(archive, name, shape)
    code, err, peak = peak_memory(("run", "--trace", bomb, "--samples", "1", "--format", "dfp8"), tmp_path, preexec_fn=limited(AS=600 * MEGA))
    assert code == (0 if name.endswith("tracked") else 2), err
    assert code == 0 or name.encode() in err and b"memory" not in err, err
    assert peak < healthy(tmp_path) + 32 * MEGA


def test_of_many_samples_only_those_wanted_are_held(tmp_path, trace_members):
    many = tmp_path / "many.npz"
    samples = 300 * MEGA // (6 * 14 * 14 * 4)
    with zipfile.ZipFile(many, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in trace_members.items():
            if member not in ("input.npy", "labels.npy"):
                archive.writestr(member, content)
        zeros_member(archive, "input", (samples, 6, 14, 14))
        archive.writestr("labels.npy", npy_header((samples,), "<i8") + bytes(8 * samples))
    code, err, peak = peak_memory(("run", "--trace", many, "--samples", "1", "--format", "dfp8"), tmp_path)
    assert code == 0, err
    assert peak < healthy(tmp_path) + 32 * MEGA


@pytest.mark.parametrize("claimed, header_shape", [(3 << 30, None), (3 << 30, (3 << 28,)), (100, None), (0, None)])
def test_a_directory_that_lies(tmp_path, trace_members, claimed, header_shape):
    """Raw zip: one small deflated member whose entries claim another size."""
    lying = tmp_path / "lying.npz"
    content = npy_header(header_shape) + bytes(64) if header_shape else trace_members["conv1.weight.npy"]
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(content) + packer.flush()
    body, directory, entries = b"", b"", 0
    for name, data in trace_members.items():
        stored = packed if name == "conv1.weight.npy" else data
        method = 8 if name == "conv1.weight.npy" else 0
        size = claimed if name == "conv1.weight.npy" else len(data)
        checksum = zlib.crc32(content if method == 8 else data)
        fields = struct.pack("<HHHHHIIIHH", 20, 0, method, 0, 33, checksum, len(stored), size, len(name), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + name.encode()
        body += b"PK\x03\x04" + fields + name.encode() + stored
        entries += 1
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, entries, entries, len(directory), len(body), 0)
    lying.write_bytes(body + directory + end)
    code, err, peak = peak_memory(("run", "--trace", lying, "--samples", "1", "--format", "dfp8"), tmp_path, preexec_fn=limited(AS=600 * MEGA))
    assert code == 2 and b"lying.npz" in err and b"conv1.weight" in err, err
    assert peak < healthy(tmp_path) + 32 * MEGA
