# SPDX-License-Identifier: Apache-2.0
"""Memory of a run: parameters never exist in binary64 as a whole."""
import subprocess
import sys

import numpy
import pytest

from conftest import BINADE

# Peak resident bytes of a child, measured by a parent that is small itself: a child starts with what its parent has.
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""
MIB = 1 << 20
EXTENT = 6000
WEIGHTS = EXTENT * EXTENT
# Up to 64 MiB of weights in the reference's blocks (2^22 to 2^23 values), and a range of 2^20 values (8 MiB), its codes (4 MiB)
# and their bytes where they are quantised and decoded; as much again for what libraries pack and allocators keep.
BLOCK, RANGE, SPARE = 64 * MIB, 16 * MIB, 48 * MIB


def peak(tmp_path, *arguments):
    done = subprocess.run([sys.executable, "-c", MEASURE, BINADE, "run", *arguments], capture_output=True, text=True, cwd=tmp_path, timeout=300)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


# flex: the golden model's choice of the first exponent has a copy of the codes.
@pytest.mark.parametrize("word, code_bytes", [("posit8", 1), ("dfp8", 1), ("flex16+5", 2 * 2), ("fp32", 4)])
@pytest.mark.parametrize("reference", ["full", "none"])
def test_a_matrix_takes_its_codes_and_a_few_ranges(tmp_path, word, code_bytes, reference):
    common = ("--format", word, "--reference", reference)
    base = peak(tmp_path, "--gemm", "1,64,64", *common)
    taken = peak(tmp_path, "--gemm", f"1,{EXTENT},{EXTENT}", *common) - base
    bound = WEIGHTS * code_bytes + RANGE + SPARE + (BLOCK if reference == "full" else 0)
    assert taken < bound, (taken / MIB, bound / MIB)
    assert taken > WEIGHTS * code_bytes  # which are in the simulated memory: the measure sees them


@pytest.mark.parametrize("word", ["posit8", "flex16+5", "dfp8", "fp32"])
def test_panels_of_a_large_matrix_are_the_golden_models_too(binade, word):
    assert binade("run", "--gemm", "3,2100,2111", "--format", word, "--check", "--reference", "none").code == 0


def test_weights_of_a_file_are_held_as_narrow_as_they_are(tmp_path):
    numpy.savez(tmp_path / "w.npz", **{"gemm1.weight": numpy.full((EXTENT, EXTENT), 0.25, numpy.float32)})
    common = ("--format", "posit8", "--reference", "none")
    base = peak(tmp_path, "--gemm", "1,64,64", *common)
    taken = peak(tmp_path, "--gemm", f"1,{EXTENT},{EXTENT}", "--weights", "w.npz", *common) - base
    assert WEIGHTS * (4 + 1) < taken < WEIGHTS * (4 + 1) + RANGE + SPARE


def test_weights_have_the_same_values_however_they_are_held(binade, tmp_path):
    narrow = numpy.random.default_rng(1).normal(size=(1100, 1000)).astype(numpy.float32)
    reports = []
    for name, array in {"f4": narrow, "f8": narrow.astype(numpy.float64), "columns": numpy.asfortranarray(narrow)}.items():
        numpy.savez(tmp_path / f"{name}.npz", **{"gemm1.weight": array})
        result = binade("run", "--gemm", "2,1100,1000", "--weights", f"{name}.npz", "--format", "dfp8", "--report-format", "json")
        reports.append({key: result.json()[key] for key in ("digest", "output", "identity", "total_cycles")})
    assert reports[0] == reports[1] == reports[2]
    wide = narrow.astype(numpy.float64)
    wide[-1, -1] = 0.1
    numpy.savez(tmp_path / "wide.npz", **{"gemm1.weight": wide})
    other = binade("run", "--gemm", "2,1100,1000", "--weights", "wide.npz", "--format", "dfp8", "--report-format", "json").json()
    assert other["identity"] != reports[0]["identity"]
