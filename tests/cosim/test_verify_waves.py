# SPDX-License-Identifier: Apache-2.0
"""Waveforms of `binade verify`: every vector, every port, and beside each output what it should be."""
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def rows(changes):
    """(time, value of each signal then), in order."""
    state, table = {}, {}
    for time, name, bits in changes:
        state[name] = int(bits, 2) if set(bits) <= set("01") else bits
        table[time] = dict(state)
    return sorted(table.items())


def posit_fields(code, bits, es):
    """(zero, nar, negative, scale, significand with bits - 2 - es bits) of a posit code, from its definition."""
    if code in (0, 1 << (bits - 1)):
        return code == 0, code != 0, None, None, None
    negative = code >> (bits - 1)
    body = f"{(-code if negative else code) % (1 << bits):0{bits}b}"[1:]
    run = len(body) - len(body.lstrip(body[0]))
    regime = run - 1 if body[0] == "1" else -run
    rest = (body[run + 1:] + "0" * bits)
    exponent = int("0" + rest[:es], 2)
    return False, False, negative, (regime << es) + exponent, int("1" + rest[es:es + bits - 3 - es], 2)


@pytest.mark.parametrize("foreign", [False, True])
def test_a_decoder_shows_every_code_and_what_it_should_give(verify, changes, tmp_path, foreign):
    bits, es = 8, 1
    module = ["--rtl", ROOT / "rtl", "--top", "posit_decoder", "--param", f"N={bits}", "--param", f"Es={es}"] if foreign else []
    done = verify("posit_decoder", "--format", f"posit{bits}es{es}", "--stimulus", "exhaustive", "--wave", "w.fst", *module)
    assert done.returncode == 0, done.stdout + done.stderr
    table = rows(changes(tmp_path / "w.fst"))
    assert len(table) == 1 << bits
    assert len({time for time, _ in table}) == 1 << bits
    for code, (_, now) in enumerate(table):
        assert now["TOP.code_i"] == code
        zero, nar, negative, scale, significand = posit_fields(code, bits, es)
        for scope in ("TOP", "expected"):
            assert (now[f"{scope}.zero_o"], now[f"{scope}.nar_o"]) == (zero, nar), (code, scope)
            if scale is None:
                continue
            wide = now[f"{scope}.scale_o"]
            assert wide - (32 if wide >= 16 else 0) == scale, (code, scope)
            assert now[f"{scope}.negative_o"] == negative and now[f"{scope}.significand_o"] == significand, (code, scope)


def test_each_vector_of_an_encoder_has_its_moment(verify, changes, tmp_path):
    done = verify("float_encoder", "--format", "fp8e4m3", "--count", "300", "--wave", "w.fst")
    assert done.returncode == 0, done.stdout + done.stderr
    table = rows(changes(tmp_path / "w.fst"))
    assert len(table) == 300
    outputs = [name[len("expected."):] for name in table[0][1] if name.startswith("expected.")]
    assert outputs
    for _, now in table:
        assert all(now[f"TOP.{name}"] == now[f"expected.{name}"] for name in outputs)


def test_the_waveform_of_a_mismatch_ends_with_both_values(verify, changes, broken_posit, tmp_path):
    done = verify(*broken_posit, "--wave", "w.fst", "--failures", "1")
    assert done.returncode == 1, done.stdout + done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("MISMATCH"))
    port, values = line.split(": ", 2)[1:]
    expected, got = (int(word.split()[-1], 16) for word in values.split(","))
    *earlier, (_, last) = rows(changes(tmp_path / "w.fst"))
    assert (last[f"expected.{port}"], last[f"TOP.{port}"]) == (expected, got)
    assert earlier
    for _, now in earlier:
        assert now[f"expected.{port}"] == now[f"TOP.{port}"]


def test_a_waveform_of_the_default_run_stays_small(verify, tmp_path):
    done = verify("posit_decoder", "--format", "posit8es1", "--wave", "w.fst")
    assert done.returncode == 0 and " 10000 vectors " in done.stdout, done.stdout + done.stderr


def test_a_verilator_that_wants_lz4_without_it_is_one_clear_message(verify, tmp_path):
    """Newer ones do. Without a waveform they serve."""
    root = subprocess.run(["verilator", "--getenv", "VERILATOR_ROOT"], check=True, capture_output=True, text=True).stdout.strip()
    shutil.copytree(pathlib.Path(root) / "include", tmp_path / "root/include")
    with open(tmp_path / "root/include/verilated.mk", "a", encoding="utf-8") as makefile:
        makefile.write("LDLIBS += -llz4 -lz\n")
    programs = {
        "verilator": f'[ "$1" = --getenv ] && exec echo "{tmp_path / "root"}"',
        "g++": 'case "$*" in *-llz4*) echo "cannot find -llz4" >&2; exit 1;; esac',
    }
    for name, special in programs.items():
        script = tmp_path / "bin" / name
        script.parent.mkdir(exist_ok=True)
        script.write_text(f'#!/bin/sh\n{special}\nexec {shutil.which(name)} "$@"\n')
        script.chmod(0o755)
    newer = {"env": {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "BINADE_RTL_CACHE": str(tmp_path / "cache")}}
    unit = ["posit_decoder", "--format", "posit5", "--stimulus", "exhaustive"]
    done = verify(*unit, "--wave", "run.fst", **newer)
    assert done.returncode == 2 and done.stdout == "", done.stdout + done.stderr
    assert "need LZ4, which is not installed; allowed: install liblz4-dev" in done.stderr, done.stderr
    assert not (tmp_path / "run.fst").exists()
    assert verify(*unit, **newer).returncode == 0
