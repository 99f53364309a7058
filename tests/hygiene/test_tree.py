# SPDX-License-Identifier: Apache-2.0
"""The house rules as tests: layering, licences, formatting, file length, documentation of what lists declare."""
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
SYSTEM_INCLUDE = re.compile(r'^\s*#\s*include\s+<([^>]+)>', re.M)

# Bottom up; a folder may include itself and what stands before it.
MODELS = ["spec", "numerics", "exponent", "datapath", "kernels", "operations", "networks", "programs", "cost"]
MAX_LINES = 700
LICENSED = {".h", ".cpp", ".def", ".py", ".sh", ".cmake", ".sv", ".yaml"}


def tracked():
    names = subprocess.run(["git", "-C", str(ROOT), "ls-files"], check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in names.splitlines() if (ROOT / name).is_file()]


def sources():
    return [path for path in tracked() if path.suffix in {".h", ".cpp", ".def"}]


def layer(name):
    """Rank of a path, or None where layering does not apply. Equal ranks with different tops are siblings."""
    parts = pathlib.PurePosixPath(name).parts
    if parts[0] == "models" and len(parts) > 2:
        return (MODELS.index(parts[1]), "models")
    return {"hw": (100, "hw"), "rtl": (100, "rtl"), "sim": (200, "sim"), "tests": (300, "tests")}.get(parts[0])


def violations(name, text):
    """Includes of `text` (the file `name`) that point up or sideways."""
    mine = layer(name)
    found = []
    if mine is None:
        return found
    for included in INCLUDE.findall(text):
        theirs = layer(included)
        if theirs is None:
            continue
        if theirs[0] > mine[0] or (theirs[0] == mine[0] and theirs[1] != mine[1]):
            found.append(f"{name} includes {included}")
    if mine[1] == "models":
        found += [f"{name} includes <{h}>" for h in SYSTEM_INCLUDE.findall(text) if re.match(r"(systemc|tlm|verilated)", h)]
    if mine[1] != "tests":
        found += [f"{name} includes <{h}>" for h in SYSTEM_INCLUDE.findall(text) if re.match(r"(gmp|mpfr|gtest|rapidcheck)", h)]
    return found


def test_dependencies_point_down():
    found = [v for path in sources() for v in violations(path.relative_to(ROOT).as_posix(), path.read_text())]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name, line", [
    ("models/numerics/x.h", '#include "models/exponent/dfp.h"'),
    ("models/cost/x.cpp", '#include "hw/config.h"'),
    ("hw/x.cpp", '#include "rtl/cosim/x.h"'),
    ("hw/x.cpp", '#include "sim/host/device.h"'),
    ("sim/cli/x.cpp", '#include "tests/support/x.h"'),
    ("models/datapath/x.cpp", "#include <systemc>"),
    ("models/numerics/x.cpp", "#include <gmpxx.h>"),
])
def test_the_layering_rule_sees_a_planted_arrow_up(name, line):
    assert violations(name, line)


def test_every_source_states_its_licence():
    missing = [str(path.relative_to(ROOT)) for path in tracked()
               if (path.suffix in LICENSED or path.name in {"CMakeLists.txt", "Makefile"})
               and "SPDX-License-Identifier: Apache-2.0" not in path.read_text()[:400]]
    assert not missing, missing


def test_no_file_grows_past_one_subject():
    long = [f"{path.relative_to(ROOT)}: {count}" for path in tracked() if path.suffix in {".h", ".cpp", ".py", ".sv"}
            and (count := path.read_text().count("\n")) > MAX_LINES]
    assert not long, long


def test_sources_are_formatted():
    tool = shutil.which("clang-format")
    assert tool, "clang-format is missing: make deps"
    files = [str(path) for path in tracked() if path.suffix in {".h", ".cpp"}]
    result = subprocess.run([tool, "--dry-run", "-Werror", *files], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, "run `make format`\n" + result.stderr[-3000:]


def test_cmake_names_its_sources():
    # A script that lists what Verilator wrote into a build folder names that folder.
    glob = re.compile(r"file\(\s*GLOB(?! sources RELATIVE \$\{DIRECTORY\})")
    globs = [str(path.relative_to(ROOT)) for path in tracked()
             if (path.name == "CMakeLists.txt" or path.suffix == ".cmake") and glob.search(path.read_text())]
    assert not globs, globs


def test_the_program_speaks_through_its_writers():
    found = [str(path.relative_to(ROOT)) for path in sources()
             if path.relative_to(ROOT).parts[0] in {"models", "hw"} and re.search(r"std::(cout|cerr)|\bprintf\(", path.read_text())]
    assert not found, found


def rows(name, macro):
    return re.findall(rf"^{macro}\(([^,]+),", (ROOT / name).read_text(), re.M)


def test_every_register_descriptor_and_counter_is_documented():
    text = (ROOT / "docs/platform.md").read_text()
    names = rows("models/spec/csr.def", "CSR") + rows("models/spec/isa.def", "OPCODE") + rows("models/spec/isa.def", "VECTOR_OP")
    names += re.findall(r'^COUNTER\([^,]+, "([^"]+)"', (ROOT / "models/spec/counters.def").read_text(), re.M)
    missing = [name for name in names if f"`{name.strip()}`" not in text]
    assert not missing, missing


def test_shifts_have_one_width():
    program = re.search(r"int kShiftBits = (\d+);", (ROOT / "models/spec/ranges.h").read_text())
    rtl = re.search(r"int unsigned ShiftBits = (\d+);", (ROOT / "rtl/common/command_pkg.sv").read_text())
    assert program[1] == rtl[1]


def test_every_named_format_is_documented():
    text = (ROOT / "docs/formats.md").read_text()
    missing = [name for name in rows("models/spec/formats.def", "FORMAT") if "`" + name.strip('"') + "`" not in text]
    assert not missing, missing


CITATION = re.compile(r"(?<![\w/.-])((?:docs|models|hw|sim|rtl|tests)/[\w/.-]+\.md|[A-Z]{5,}(?:\.md)?)(?:,? (\d+(?:\.\d+)))?(?![\w.])")
ROOT_DOCUMENTS = {"README", "CHANGELOG", "CONTRIBUTING", "LICENSE"}


def missing_citations(text):
    """Documents of this repository that `text` cites and that are not there, and sections of docs/fidelity.md without a statement."""
    found = []
    for name, section in CITATION.findall(text):
        if not name.endswith(".md"):
            found += [f"{name} {section}"] if section and name not in ROOT_DOCUMENTS else []
        elif not (ROOT / name).is_file():
            found.append(name)
        elif section and name == "docs/fidelity.md" and not re.search(rf"^\| {re.escape(section)}\b|; {re.escape(section)} ", (ROOT / name).read_text(), re.M):
            found.append(f"{name} {section}")
    return found


def test_cited_documents_are_here():
    found = [f"{path.relative_to(ROOT)}: {what}" for path in tracked() if path.suffix in {".h", ".cpp", ".def", ".sv", ".py"}
             and path.name != "test_tree.py" for what in missing_citations(path.read_text())]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("text", ["(NOTES 1.4)", "NOTES.md 2.1", "docs/absent.md", "docs/fidelity.md 9.9"])
def test_the_rule_of_citations_sees_a_planted_one(text):
    assert missing_citations(text)


# Which elements a vector holds, how long a tile takes and what a tile may be is a dataflow's to say; the parser of its word and the
# configuration's default name one.
DATAFLOW_ROOMS = ("models/datapath/dataflow/", "models/datapath/core_config.h", "sim/config/")
ASKS_WHICH_DATAFLOW = re.compile(r"\bDataflow::\w+|\b(?:os|ws)_?(?:\(\))? *\?[^?]*:|\bbool (?:os|ws|output_stationary|weight_stationary)\w*\b")


def dataflow_questions(name, text):
    """Places where `text` (the file `name`) decides by the dataflow's name."""
    if not name.startswith(("models/", "hw/", "sim/", "rtl/cosim/")) or name.startswith(DATAFLOW_ROOMS):
        return []
    return [f"{name}: {line.strip()}" for line in text.splitlines() if ASKS_WHICH_DATAFLOW.search(line.split("//")[0])]


def test_a_dataflow_is_asked_not_compared():
    found = [q for path in sources() for q in dataflow_questions(path.relative_to(ROOT).as_posix(), path.read_text())]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name, line", [
    ("sim/host/x.cpp", "if (core.dataflow == datapath::Dataflow::WeightStationary) m = 1;"),
    ("models/kernels/x.cpp", "const auto row = os() ? q : k0;"),
    ("hw/compute/x.cpp", "const std::int64_t step = os ? 1 : core.rows;"),
    ("models/datapath/x.h", "bool os_;"),
    ("rtl/cosim/x.cpp", "bool output_stationary(const CoreConfig& config);"),
])
def test_the_rule_of_dataflows_sees_a_planted_comparison(name, line):
    assert dataflow_questions(name, line)
    assert not dataflow_questions("models/datapath/dataflow/x.cpp", line)


# Inside hw/, bottom up: a folder may include itself and what stands before it.
HW_ROOMS = ["common", "bus", "memory", "compute", "engines", "control"]


def hw_violations(name, text):
    parts = name.split("/")
    if parts[0] != "hw" or len(parts) < 3:
        return []
    rank = HW_ROOMS.index(parts[1])
    rooms = [(included, included.split("/")) for included in INCLUDE.findall(text)]
    return [f"{name} includes {included}" for included, room in rooms
            if room[0] == "hw" and len(room) > 2 and HW_ROOMS.index(room[1]) > rank]


def test_rooms_of_hw_point_down():
    found = [v for path in sources() for v in hw_violations(path.relative_to(ROOT).as_posix(), path.read_text())]
    assert not found, "\n".join(found)


def test_the_rule_of_hw_rooms_sees_a_planted_arrow_up():
    assert hw_violations("hw/compute/core_unit.cpp", '#include "hw/control/decode.h"')
