# SPDX-License-Identifier: Apache-2.0
"""What built RTL depends on, where it may come from, and what a build leaves: includes, tools, paths, damage, other users, signals."""
import contextlib
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINADE = os.environ.get("BINADE", str(ROOT / "build/binade"))
FOREIGN = pathlib.Path(__file__).resolve().parent / "foreign"

# A decoder whose sign is wrong where TWIST, which it gets from elsewhere, is 1.
TWISTED = """
module twisted #(
    parameter int N = 5,
    localparam int unsigned ScaleBits = $clog2(((N - 2) << 2) + 1) + 1
) (
    input  logic        [N-1:0]         code_i,
    output logic                        zero_o, nar_o, negative_o,
    output logic signed [ScaleBits-1:0] scale_o,
    output logic        [0:0]           significand_o
);
  logic negative;
  posit_decoder #(.N(N), .Es(2)) u_right (.negative_o(negative), .*);
  %s
  assign negative_o = negative ^ Twist;
endmodule
"""
DECODER = ["posit_decoder", "--format", "posit5", "--stimulus", "exhaustive", "--jobs", "1", "--failures", "1", "--top", "twisted"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """One for this file: Verilator's runtime is compiled once."""
    return tmp_path_factory.mktemp("cache") / "rtl"


def verify(directory, cache, *arguments, **environment):
    return subprocess.run([BINADE, "verify", *map(os.fsencode, map(str, arguments))], capture_output=True, cwd=directory, timeout=600,
                          text=True, errors="replace", env={**os.environ, "BINADE_RTL_CACHE": str(cache), **environment})


def design(directory, twist):
    directory.mkdir(exist_ok=True, parents=True)
    for name in ("common/normalizer.sv", "posit/posit_decoder.sv"):
        shutil.copy(ROOT / "rtl" / name, directory)
    (directory / "twisted.sv").write_text(TWISTED % twist)
    return directory


def verdict(done):
    """(equal?, built?)"""
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert ("negative_o: expected" in done.stdout) == (done.returncode == 1), done.stdout
    return done.returncode == 0, "building" in done.stderr


def fresh(cache, place):
    """A cache with nothing but Verilator's runtime, where `cache` has it."""
    place.mkdir(parents=True)
    for runtime in cache.glob("runtime-*"):
        shutil.copy(runtime, place)
    return place


def entries(cache):
    return sorted(path for path in cache.iterdir() if path.is_dir())


# What a module is made of.


def test_a_changed_include_is_another_module(tmp_path, cache):
    rtl = design(tmp_path / "rtl", '`include "twist.svh"')
    right, wrong = ("localparam logic Twist = 1'b0;\n", "localparam logic Twist = 1'b1;\n")
    seen = []
    for text in (right, right, wrong, right):
        (rtl / "twist.svh").write_text(text)
        seen.append(verdict(verify(tmp_path, cache, *DECODER, "--rtl", "rtl")))
    assert seen == [(True, True), (True, False), (False, True), (True, False)]


def test_an_include_of_an_include_and_of_an_option(tmp_path, cache):
    rtl = design(tmp_path / "rtl", '`include "outer.svh"')
    (tmp_path / "elsewhere").mkdir()
    (rtl / "outer.svh").write_text('`include "inner.svh"\n')
    inner = tmp_path / "elsewhere/inner.svh"
    seen = []
    for bit in "010":
        inner.write_text(f"localparam logic Twist = 1'b{bit};\n")
        seen.append(verdict(verify(tmp_path, cache, *DECODER, "--rtl", "rtl", "--verilator-arg", "-Ielsewhere")))
    assert seen == [(True, True), (False, True), (True, False)]


def test_an_include_that_hides_another(tmp_path, cache):
    """The directories of options come before a source's own, and that before the working directory."""
    rtl = design(tmp_path / "rtl", '`include "twist.svh"')
    (tmp_path / "first").mkdir()
    arguments = [*DECODER, "--rtl", "rtl", "--verilator-arg", "-Ifirst"]
    seen = []
    for number, place in enumerate((tmp_path, rtl, tmp_path / "first")):
        (place / "twist.svh").write_text(f"localparam logic Twist = 1'b{number % 2}; // {number}\n")
        seen.append(verdict(verify(tmp_path, cache, *arguments)))
    assert seen == [(True, True), (False, True), (True, True)]


def test_a_module_of_a_library(tmp_path, cache):
    design(tmp_path / "rtl", "logic Twist; twist_source u_twist (.twist_o(Twist));")
    (tmp_path / "library").mkdir()
    seen = []
    for bit in "01":
        (tmp_path / "library/twist_source.v").write_text(f"module twist_source(output twist_o); assign twist_o = 1'b{bit}; endmodule\n")
        seen.append(verdict(verify(tmp_path, cache, *DECODER, "--rtl", "rtl", "--verilator-arg", "-y", "--verilator-arg", "library")))
    assert seen == [(True, True), (False, True)]


def test_memory_files_are_read_by_each_run(tmp_path, cache):
    design(tmp_path / "rtl", 'logic twists[0:0]; logic Twist; initial $readmemh("twist.hex", twists); assign Twist = twists[0];')
    seen = []
    for bit in "010":
        (tmp_path / "twist.hex").write_text(bit + "\n")
        seen.append(verdict(verify(tmp_path, cache, *DECODER, "--rtl", "rtl")))
    assert seen == [(True, True), (False, False), (True, False)]
    (tmp_path / "twist.hex").unlink()
    done = verify(tmp_path, cache, *DECODER, "--rtl", "rtl")
    assert done.returncode == 2 and "twist.hex" in done.stderr and "MISMATCH" not in done.stderr + done.stdout


def test_options_of_verilator(tmp_path, cache):
    design(tmp_path / "rtl", "`ifdef TWIST\n  localparam logic Twist = 1'b1;\n`else\n  localparam logic Twist = 1'b0;\n`endif")
    assert verdict(verify(tmp_path, cache, *DECODER, "--rtl", "rtl")) == (True, True)
    assert verdict(verify(tmp_path, cache, *DECODER, "--rtl", "rtl", "--verilator-arg", "-DTWIST")) == (False, True)
    for option in ("--Mdir=x", "--prefix", "-o", "--exe", "--top-module"):
        done = verify(tmp_path, cache, *DECODER, "--rtl", "rtl", "--verilator-arg", option)
        assert done.returncode == 2 and f"--verilator-arg {option}" in done.stderr, done.stderr
    done = verify(tmp_path, cache, "posit_decoder", "--format", "posit5", "--verilator-arg", "-O0")
    assert done.returncode == 2 and "--rtl DIR" in done.stderr


def test_another_verilator_or_compiler_builds_again(tmp_path, cache):
    design(tmp_path / "rtl", "localparam logic Twist = 1'b0; // tools")
    for tool in ("verilator", "g++"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        environment = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
        for comment in ("", "# another version\n"):
            script = tmp_path / "bin" / tool
            script.write_text(f"#!/bin/sh\n{comment}exec {shutil.which(tool)} \"$@\"\n")
            script.chmod(0o755)
            assert verdict(verify(tmp_path, cache, *DECODER, "--rtl", "rtl", **environment)) == (True, True)
            assert verdict(verify(tmp_path, cache, *DECODER, "--rtl", "rtl", **environment)) == (True, False)
        script.unlink()
    assert verdict(verify(tmp_path, cache, *DECODER, "--rtl", "rtl")) == (True, True)
    # Without tools nothing else could be built.
    (tmp_path / "none").mkdir()
    assert verdict(verify(tmp_path, cache, *DECODER, "--rtl", "rtl", PATH=str(tmp_path / "none"))) == (True, False)


# Names.

ODD = os.fsdecode(b"it's \"a\" $(id) `b` back\\slash %s #& *;\xc3\xa9\xff")


def test_paths_of_any_bytes(tmp_path, cache):
    """Our own RTL, linted, with its files, the cache, the working directory and TMPDIR in an odd place; then somebody else's there."""
    place = tmp_path / ODD
    share = place / "share"
    share.mkdir(parents=True)
    shutil.copytree(ROOT / "rtl", share / "rtl")
    for name in ("models", "traces"):
        (share / name).symlink_to(ROOT / name)
    (place / "tmp").mkdir()
    odd = {"BINADE_SHARE": str(share), "TMPDIR": str(place / "tmp")}
    fresh(cache, place / "cache")
    done = verify(place, place / "cache", "posit_decoder", "--format", "posit5", "--stimulus", "exhaustive", **odd)
    assert done.returncode == 0 and "equal" in done.stdout, done.stdout + done.stderr

    rtl = design(place / "rtl", '`include "twist.svh"')
    os.rename(rtl / "normalizer.sv", rtl / (ODD + ".sv"))
    (rtl / "twist.svh").write_text("localparam logic Twist = 1'b0;\n")
    arguments = [*DECODER, "--rtl", rtl, "--coverage", "--coverage-file", place / "lines"]
    assert verdict(verify(place, place / "cache", *arguments, **odd)) == (True, True)
    covered = (place / "lines.0").read_bytes()  # where a quote is %22
    assert b"it's %22a%22 $(id)" in covered and b"/rtl/" in covered and b"binade-rtl-" not in covered
    (rtl / "twist.svh").write_text("localparam logic Twist = 1'b1;\n")
    assert verdict(verify(place, place / "cache", *arguments, **odd)) == (False, True)
    (rtl / "twist.svh").write_text("localparam Twist 1'b1;\n")
    done = verify(place, place / "cache", *arguments, **odd)
    assert done.returncode == 2 and "%s #& *;é" in done.stderr and "rtl/twist.svh:1" in done.stderr, done.stderr
    assert not list((place / "tmp").iterdir())


def test_a_line_break_in_a_path_is_refused(tmp_path, cache):
    design(tmp_path / "two\nlines", "localparam logic Twist = 1'b0;")
    done = verify(tmp_path, cache, *DECODER, "--rtl", tmp_path / "two\nlines")
    assert done.returncode == 2 and "a line break in a path" in done.stderr, done.stderr


@pytest.mark.parametrize("top", ["../../x", "a b", "", "1x", "x/y", "$x", "x;y"])
def test_a_top_that_is_no_name_is_refused(tmp_path, top):
    design(tmp_path / "rtl", "localparam logic Twist = 1'b0;")
    done = verify(tmp_path, tmp_path / "a/b/cache", *DECODER[:-1], top, "--rtl", "rtl")
    assert done.returncode == 2 and "--top" in done.stderr, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"rtl"}


# Damage.


def damages():
    def truncate(family):
        (module,) = family.glob("*/module.so")
        os.truncate(module, module.stat().st_size // 2)

    def empty(family):
        (module,) = family.glob("*/module.so")
        os.truncate(module, 0)

    def flip(family):
        (module,) = family.glob("*/module.so")
        data = bytearray(module.read_bytes())
        data[len(data) // 2] ^= 1
        module.write_bytes(data)

    def remove(family):
        (module,) = family.glob("*/module.so")
        module.unlink()

    def manifest(family):
        (text,) = family.glob("*/manifest")
        text.write_text(text.read_text().replace("read ", "absent "))

    def half_a_manifest(family):
        (text,) = family.glob("*/manifest")
        text.write_text(text.read_text()[:-20])

    return [truncate, empty, flip, remove, manifest, half_a_manifest]


@pytest.mark.parametrize("damage", damages(), ids=lambda damage: damage.__name__)
def test_a_damaged_entry_is_built_again(tmp_path, cache, damage):
    rtl = design(tmp_path / "rtl", '`include "twist.svh"')
    (rtl / "twist.svh").write_text("localparam logic Twist = 1'b0; // " + damage.__name__ + "\n")
    (rtl / "twisted.sv").write_text((rtl / "twisted.sv").read_text() + "// " + damage.__name__ + "\n")
    before = set(entries(cache)) if cache.exists() else set()
    assert verdict(verify(tmp_path, cache, *DECODER, "--rtl", "rtl")) == (True, True)
    (family,) = set(entries(cache)) - before
    damage(family)
    assert verdict(verify(tmp_path, cache, *DECODER, "--rtl", "rtl")) == (True, True)
    assert verdict(verify(tmp_path, cache, *DECODER, "--rtl", "rtl")) == (True, False)


def test_a_damaged_runtime_is_compiled_again(tmp_path, cache):
    design(tmp_path / "rtl", "localparam logic Twist = 1'b0; // first")
    assert verdict(verify(tmp_path, cache, *DECODER, "--rtl", "rtl"))[0]
    for runtime in cache.glob("runtime-*.o"):
        os.truncate(runtime, 1000)
    design(tmp_path / "rtl", "localparam logic Twist = 1'b0; // second")
    assert verdict(verify(tmp_path, cache, *DECODER, "--rtl", "rtl")) == (True, True)


def test_a_failed_build_leaves_nothing_and_says_all(tmp_path, cache):
    design(tmp_path / "rtl", "localparam logic Twist = nothing_of_that_name;")
    verify(tmp_path, cache, *DECODER, "--rtl", "rtl")  # makes the lock file
    before = set(cache.iterdir())
    done = verify(tmp_path, cache, *DECODER, "--rtl", "rtl")
    assert done.returncode == 2 and "verilator failed" in done.stderr, done.stderr
    assert "nothing_of_that_name" in done.stderr and "twisted.sv:" in done.stderr
    assert set(cache.iterdir()) == before
    assert not [path for path in cache.iterdir() if ".tmp" in path.name or path.suffix == ".log"]


def test_sources_that_cannot_be_read(tmp_path, cache):
    (design(tmp_path / "rtl", "") / "broken.sv").symlink_to("nowhere.sv")
    done = verify(tmp_path, cache, *DECODER, "--rtl", "rtl")
    assert done.returncode == 2 and "broken.sv: cannot read" in done.stderr, done.stderr


# Other users.


def test_a_cache_that_anybody_can_write_is_refused(tmp_path):
    design(tmp_path / "rtl", "localparam logic Twist = 1'b0;")
    cache = tmp_path / "cache"
    cache.mkdir()
    cache.chmod(0o777)
    done = verify(tmp_path, cache, *DECODER, "--rtl", "rtl")
    assert done.returncode == 2 and "other users may write it" in done.stderr and "BINADE_RTL_CACHE" in done.stderr, done.stderr
    assert not list(cache.iterdir())


def test_modules_that_others_own_or_can_write_are_not_run(tmp_path, cache):
    rtl = design(tmp_path / "rtl", "localparam logic Twist = 1'b0; // others")
    before = set(entries(cache)) if cache.exists() else set()
    assert verdict(verify(tmp_path, cache, *DECODER, "--rtl", rtl)) == (True, True)
    (family,) = set(entries(cache)) - before
    (module,) = family.glob("*/module.so")
    module.chmod(0o666)
    done = verify(tmp_path, cache, *DECODER, "--rtl", rtl)
    assert verdict(done) == (True, True) and "other users may write it" in done.stderr
    (module,) = family.glob("*/module.so")
    assert not module.stat().st_mode & stat.S_IWOTH
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(module, 12345, 12345)
    done = verify(tmp_path, cache, *DECODER, "--rtl", rtl)
    assert verdict(done) == (True, True) and "another user (uid 12345)" in done.stderr
    os.chown(family, 12345, 12345)
    done = verify(tmp_path, cache, *DECODER, "--rtl", rtl)
    assert done.returncode == 2 and "another user (uid 12345)" in done.stderr
    os.chown(family, 0, 0)


def test_created_files_are_the_users_alone_to_write(tmp_path, cache):
    design(tmp_path / "rtl", "localparam logic Twist = 1'b0; // umask")
    old = os.umask(0)
    try:
        assert verdict(verify(tmp_path, cache, *DECODER, "--rtl", "rtl")) == (True, True)
        done = verify(tmp_path, tmp_path / "new/cache", *DECODER[:-1], "absent", "--rtl", "rtl")
    finally:
        os.umask(old)
    assert verdict(verify(tmp_path, cache, *DECODER, "--rtl", "rtl")) == (True, False)
    assert done.returncode == 2 and not (tmp_path / "new/cache").stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH)


# The machine.


@contextlib.contextmanager
def small_disk(directory, size):
    directory.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(directory)], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip("no small disk can be mounted here: " + mounted.stderr.strip())
    try:
        yield directory
    finally:
        subprocess.run(["umount", "-l", str(directory)], check=True)


@pytest.mark.parametrize("size", ["16k", "64k", "300k"])
def test_a_full_disk_is_called_so(tmp_path, size):
    design(tmp_path / "rtl", "localparam logic Twist = 1'b0;")
    with small_disk(tmp_path / "disk", size) as disk:
        done = verify(tmp_path, disk / "cache", *DECODER, "--rtl", "rtl")
        assert done.returncode == 2, done.stdout + done.stderr
        assert "the disk is full" in done.stderr or "No space left on device" in done.stderr, done.stderr
        assert "a SystemVerilog source file" not in done.stderr
        assert not [path for path in (disk / "cache").glob("*") if ".tmp" in path.name]


def processes_about(text):
    found = []
    for process in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if process.name.isdigit() and text.encode() in (process / "cmdline").read_bytes():
                found.append(int(process.name))
    return found


@pytest.mark.parametrize("stage", ["verilator", "compiler"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_build_at_once(tmp_path, number, stage):
    """No compiler lives on, nothing half built stays, and the next call is as if there had been none."""
    cache = tmp_path / "cache"
    command = [BINADE, "verify", "core", "--format", "posit8", "--set", "core.rows=5", "--set", "core.cols=4", "--count", "1"]
    pattern = "*.tmp*/build/verilated" if stage == "verilator" else "*.tmp*/build/unit*.cc"
    process = subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "BINADE_RTL_CACHE": str(cache)}, stderr=subprocess.PIPE, text=True)
    try:
        until = time.monotonic() + 120
        while not list(cache.glob(pattern)):
            assert time.monotonic() < until and process.poll() is None, process.communicate()
            time.sleep(0.02)
        process.send_signal(number)
        told = process.communicate(timeout=20)[1]
    finally:
        process.kill()
    assert process.returncode == 130 and "interrupted" in told, told
    assert not processes_about(str(cache))
    assert {path.suffix for path in cache.iterdir()} <= {".lock"}


# What verification writes beside its verdict.


@pytest.mark.parametrize("option, more", [("--wave", []), ("--coverage-file", ["--coverage"])])
@pytest.mark.parametrize("target, word", [("absent/file", "no directory absent"), ("folder", "not a regular file"), ("fifo", "not a regular file"),
                                          ("device", "not a regular file"), ("folder/", "not a regular file")])
def test_files_that_cannot_be_written_are_refused_first(tmp_path, cache, option, more, target, word):
    design(tmp_path / "rtl", "localparam logic Twist = 1'b0;")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "device").symlink_to("/dev/full")
    done = verify(tmp_path, cache, *DECODER, "--rtl", "rtl", option, target, *more)
    assert done.returncode == 2 and option in done.stderr and word in done.stderr, done.stdout + done.stderr
    assert done.stdout == "" and "building" not in done.stderr
    assert (tmp_path / "fifo").is_fifo() and (tmp_path / "device").is_symlink() and stat.S_ISCHR(os.stat("/dev/full").st_mode)


def test_a_coverage_file_of_a_thread_may_not_be_a_device_either(tmp_path, cache):
    design(tmp_path / "rtl", "localparam logic Twist = 1'b0;")
    (tmp_path / "lines.1").symlink_to("/dev/full")
    arguments = ["2" if before == "--jobs" else word for before, word in zip(["", *DECODER], DECODER)]
    done = verify(tmp_path, cache, *arguments, "--rtl", "rtl", "--coverage", "--coverage-file", "lines")
    assert done.returncode == 2 and "lines.1" in done.stderr, done.stdout + done.stderr
