# SPDX-License-Identifier: Apache-2.0
"""libbinade as it is installed: programs in C, what it exports, and how build systems find it."""
import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
BUILD = os.environ["BINADE_BUILD"]
SANITIZED = os.environ.get("BINADE_SANITIZED") == "1"


def output_of(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prefix")
    output_of("cmake", "--install", BUILD, "--prefix", folder, "--component", "library")
    return folder


def library(prefix):
    return next(prefix.rglob("libbinade.so"))


def compiled(prefix, source, tmp_path, compiler=("cc", "-std=c99")):
    package = next(prefix.rglob("binade.pc")).parent
    flags = output_of("pkg-config", "--cflags", "--libs", "binade", env={**os.environ, "PKG_CONFIG_PATH": str(package)}).split()
    sanitizers = ["-fsanitize=address,undefined"] if SANITIZED else []
    program = tmp_path / source.stem
    output_of(*compiler, "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-O1", *sanitizers, source, "-o", program, *flags, "-lm", "-pthread")
    return program


def run(prefix, program):
    return subprocess.run([program], capture_output=True, text=True, env={**os.environ, "LD_LIBRARY_PATH": str(library(prefix).parent)})


def test_a_program_in_c_uses_every_function(prefix, tmp_path):
    done = run(prefix, compiled(prefix, HERE / "use_library.c", tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    header = (prefix / "include/binade.h").read_text()
    used = (HERE / "use_library.c").read_text()
    unused = [name for name in functions_of(header) if name not in used]
    assert not unused, unused


def test_the_page_s_example_is_right(prefix, tmp_path):
    page = (HERE.parents[1] / "docs/library.md").read_text()
    source = tmp_path / "use.c"
    source.write_text(re.search(r"```c\n(.*?)```", page, re.DOTALL)[1])
    said = re.search(r"/\* (0x.*?) \*/", source.read_text())[1]
    done = run(prefix, compiled(prefix, source, tmp_path))
    assert done.returncode == 0 and done.stdout == f"{said}\n", done.stdout


@pytest.mark.skipif(SANITIZED, reason="the sanitizer's own memory is no memory of the program")
def test_a_process_without_memory_gets_a_status(prefix, tmp_path):
    done = run(prefix, compiled(prefix, HERE / "without_memory.c", tmp_path))
    assert done.returncode == 0, f"exit code {done.returncode}: {done.stderr}"


@pytest.mark.skipif(SANITIZED, reason="the sanitizer allocates in its own way")
def test_no_allocation_that_is_refused_ends_the_process(prefix, tmp_path):
    done = run(prefix, compiled(prefix, HERE / "failing_allocations.c", tmp_path))
    assert done.returncode == 0, f"exit code {done.returncode}: {done.stdout}{done.stderr}"


def functions_of(header):
    return re.findall(r"BINADE_API [\w ]+\*? ?(binade_\w+)\(", header)


def symbols_of(file):
    return {line.split()[-1].split("@")[0] for line in output_of("nm", "-D", "--defined-only", file).splitlines()} - {"BINADE_0"}


def test_the_interface_is_all_that_can_be_seen(prefix):
    assert symbols_of(library(prefix)) == set(functions_of((prefix / "include/binade.h").read_text()))


def test_the_rule_of_symbols_sees_a_planted_one(tmp_path):
    source = tmp_path / "planted.c"
    source.write_text("int planted(void) { return 1; }\n")
    output_of("cc", "-shared", "-fPIC", source, "-o", tmp_path / "planted.so")
    assert "planted" in symbols_of(tmp_path / "planted.so")


def test_the_library_needs_no_simulator_and_says_its_version(prefix):
    dynamic = output_of("readelf", "-d", library(prefix))
    assert re.search(r"SONAME.*\[libbinade\.so\.0\]", dynamic)
    needed = re.findall(r"NEEDED.*\[(.+?)\]", dynamic)
    assert not [name for name in needed if re.match(r"lib(systemc|verilated|yaml|onnx|openblas)", name)], needed


def test_the_header_is_c_plus_plus_too(prefix, tmp_path):
    source = tmp_path / "use.cpp"
    source.write_text("#include <binade.h>\nint main() { char text[16]; return binade_version(text, sizeof text, nullptr); }\n")
    assert run(prefix, compiled(prefix, source, tmp_path, ("c++", "-std=c++17", "-pedantic"))).returncode == 0


def test_cmake_finds_the_package(prefix, tmp_path):
    (tmp_path / "main.cpp").write_text("#include <binade.h>\nint main() { char text[16]; return binade_version(text, sizeof text, nullptr); }\n")
    oldest = "3.16"
    (tmp_path / "CMakeLists.txt").write_text(f"cmake_minimum_required(VERSION {oldest})\nproject(user CXX)\nfind_package(binade 0.1 REQUIRED)\n"
                                             "add_executable(user main.cpp)\ntarget_link_libraries(user binade::binade)\n")
    sanitizers = ["-DCMAKE_CXX_FLAGS=-fsanitize=address,undefined"] if SANITIZED else []
    output_of("cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={prefix}", *sanitizers)
    output_of("cmake", "--build", tmp_path / "build")
    assert run(prefix, tmp_path / "build/user").returncode == 0
