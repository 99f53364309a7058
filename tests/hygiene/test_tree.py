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
# What describes the machine stands below what is built from it, whatever folder holds it.
HW_DESCRIPTION = re.compile(r"hw/(config|conservation|bus/address_map|memory/dram_preset)\.(h|cpp)$")
HW = ["description", "common", "bus", "memory", "compute", "engines", "control", "top"]
SIM = ["report", "jobs", "verify", "lockstep", "host", "config", "import", "data", "platform", "run", "train", "explore", "search", "cli"]
MAX_LINES = 450
LICENSED = {".h", ".c", ".cpp", ".def", ".py", ".sh", ".cmake", ".sv", ".yaml", ".js", ".css"}


def tracked():
    names = subprocess.run(["git", "-C", str(ROOT), "ls-files"], check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in names.splitlines() if (ROOT / name).is_file()]


def sources():
    return [path for path in tracked() if path.suffix in {".h", ".cpp", ".def"}]


def layer(name):
    """Rank of a path, or None where layering does not apply. Tops of one hundred (hw and rtl) are siblings."""
    parts = pathlib.PurePosixPath(name).parts
    if parts[0] == "models" and len(parts) > 2:
        return (MODELS.index(parts[1]), "models")
    if parts[0] == "hw":
        folder = "description" if HW_DESCRIPTION.match(name) else parts[1] if len(parts) > 2 else "top"
        return (100 + HW.index(folder), "hw")
    if parts[0] == "sim":
        return (200 + SIM.index(parts[1]), "sim")
    return {"rtl": (100, "rtl"), "lib": (200, "lib"), "python": (300, "python"), "tests": (300, "tests")}.get(parts[0])


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
        siblings = theirs[1] != mine[1] and theirs[0] // 100 == mine[0] // 100
        if theirs[0] > mine[0] or siblings:
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
    ("models/kernels/x.cpp", '#include "lib/elements.h"'),
    ("lib/x.cpp", '#include "sim/host/device.h"'),
    ("sim/cli/x.cpp", '#include "lib/binade.h"'),
    ("lib/x.cpp", '#include "python/src/module.h"'),
    ("hw/config.cpp", '#include "hw/common/clock.h"'),
    ("hw/common/x.h", '#include "hw/bus/bus.h"'),
    ("hw/bus/bus.h", '#include "hw/memory/dram.h"'),
    ("hw/compute/x.cpp", '#include "hw/control/decode.h"'),
    ("hw/engines/x.cpp", '#include "hw/control/decode.h"'),
    ("hw/control/x.h", '#include "hw/accelerator.h"'),
    ("rtl/cosim/x.cpp", '#include "hw/control/control.h"'),
    ("hw/control/x.cpp", '#include "rtl/cosim/module.h"'),
    ("sim/report/x.h", '#include "sim/jobs/pool.h"'),
    ("sim/host/x.cpp", '#include "sim/config/settings.h"'),
    ("sim/lockstep/x.cpp", '#include "sim/platform/cores.h"'),
    ("sim/platform/x.cpp", '#include "sim/run/share.h"'),
    ("sim/run/x.cpp", '#include "sim/cli/run_options.h"'),
    ("models/datapath/x.cpp", "#include <systemc>"),
    ("models/numerics/x.cpp", "#include <gmpxx.h>"),
])
def test_the_layering_rule_sees_a_planted_arrow_up(name, line):
    assert violations(name, line)


def order_of_subdirectories(name):
    return re.findall(r"^add_subdirectory\((\w+)\)", (ROOT / name / "CMakeLists.txt").read_text(), re.M)


def test_cmake_lists_folders_in_the_order_of_layers():
    assert order_of_subdirectories("models") == MODELS
    assert order_of_subdirectories("sim") == SIM


def folder(name):
    """The folder that a library is made of, of a path; None for what is no such folder."""
    parts = pathlib.PurePosixPath(name).parts
    if parts[0] in {"hw", "lib"}:
        return parts[0]
    return "/".join(parts[:2]) if parts[0] in {"models", "rtl", "sim"} and len(parts) > 2 else None


def library_folder(library):
    """binade_numerics, binade_hw, binade_rtl_cosim, binade_sim_host: the folder behind a library's name."""
    name = library.removeprefix("binade_")
    if name == "sim_eval":  # of one folder with the commands, so that evaluation links no simulator
        return "sim/cli"
    top, _, rest = name.partition("_")
    return name if name in {"hw", "lib"} else f"{top}/{rest}" if rest else f"models/{name}"


def included_folders(files):
    """For each folder, those that its sources include; `files` maps names to texts."""
    graph = {}
    for name, text in files.items():
        if mine := folder(name):
            graph.setdefault(mine, set()).update(theirs for included in INCLUDE.findall(text) if (theirs := folder(included)) and theirs != mine)
    return graph


def declared_folders(texts):
    """The same, as the DEPENDS of every binade_library say it."""
    graph = {}
    for text in texts:
        for library, body in re.findall(r"^binade_library\((\w+)(.*?)\)", text.replace("${CMAKE_DL_LIBS}", ""), re.M | re.S):
            mine = library_folder(library)
            depends = re.findall(r"\bbinade_\w+", body.partition("DEPENDS")[2])
            graph.setdefault(mine, set()).update(theirs for theirs in map(library_folder, depends) if theirs != mine)
    return graph


def false_depends(included, declared):
    found = []
    for name in sorted(included.keys() | declared.keys()):
        includes, depends = included.get(name, set()), declared.get(name, set())
        found += [f"{name} includes {other} and does not depend on it" for other in sorted(includes - depends)]
        found += [f"{name} depends on {other} and does not include it" for other in sorted(depends - includes)]
    return found


def test_cmake_depends_are_the_include_graph():
    files = {path.relative_to(ROOT).as_posix(): path.read_text() for path in sources()}
    texts = [path.read_text() for path in tracked() if path.name == "CMakeLists.txt" and path.relative_to(ROOT).parts[0] in {"models", "lib", "hw", "rtl", "sim"}]
    found = false_depends(included_folders(files), declared_folders(texts))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("depends", ["binade_spec", "binade_spec binade_numerics binade_hw", ""])
def test_the_rule_of_depends_sees_a_planted_difference(depends):
    files = {"models/cost/x.cpp": '#include "models/spec/x.h"\n#include "models/numerics/x.h"\n#include "models/cost/x.h"\n'}
    right = declared_folders(["binade_library(binade_cost\n  SOURCES x.cpp\n  DEPENDS binade_numerics binade_spec fmt::fmt)\n"])
    assert not false_depends(included_folders(files), right)
    planted = declared_folders([f"binade_library(binade_cost\n  SOURCES x.cpp\n  DEPENDS {depends} fmt::fmt)\n"])
    assert false_depends(included_folders(files), planted)


def test_every_source_states_its_licence():
    missing = [str(path.relative_to(ROOT)) for path in tracked()
               if (path.suffix in LICENSED or path.name in {"CMakeLists.txt", "Makefile"})
               and "SPDX-License-Identifier: Apache-2.0" not in path.read_text()[:400]]
    assert not missing, missing


def test_no_file_grows_past_one_subject():
    long = [f"{path.relative_to(ROOT)}: {count}" for path in tracked() if path.suffix in {".h", ".c", ".cpp", ".py", ".sv", ".js"}
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
             if path.relative_to(ROOT).parts[0] in {"models", "lib", "hw"} and re.search(r"std::(cout|cerr)|\bprintf\(", path.read_text())]
    assert not found, found


def rows(name, macro):
    return re.findall(rf"^{macro}\(([^,]+),", (ROOT / name).read_text(), re.M)


def test_every_register_descriptor_and_counter_is_documented():
    text = (ROOT / "docs/platform.md").read_text()
    names = rows("models/spec/csr.def", "CSR") + rows("models/spec/isa.def", "OPCODE") + rows("models/spec/isa.def", "VECTOR_OP")
    names += re.findall(r'^COUNTER\([^,]+, "([^"]+)"', (ROOT / "models/spec/counters.def").read_text(), re.M)
    missing = [name for name in names if f"`{name.strip()}`" not in text]
    assert not missing, missing


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


# Inside a folder, bottom up: a room may include itself and what stands before it. Headers of a model's folder itself say what its
# rooms are built on and include none of them; its sources put the rooms together.
ROOMS = {
    "hw": ["common", "bus", "memory", "compute", "engines", "control"],
    "models/datapath": ["dataflow", "pe", "cycle"],
    "models/kernels": ["simd", "packed", "element"],
}


def room_of(name, folder):
    """The room of `folder` that holds the file, "" for the folder itself, None for a file elsewhere."""
    if not name.startswith(folder + "/"):
        return None
    room, _, rest = name[len(folder) + 1:].partition("/")
    return room if rest else ""


def room_violations(name, text):
    found = []
    for folder, rooms in ROOMS.items():
        mine = room_of(name, folder)
        if mine is None or (mine == "" and (folder == "hw" or not name.endswith(".h"))):
            continue
        rank = rooms.index(mine) if mine else -1
        found += [f"{name} includes {included}" for included in INCLUDE.findall(text)
                  if (theirs := room_of(included, folder)) and rooms.index(theirs) > rank]
    return found


def test_rooms_point_down():
    found = [v for path in sources() for v in room_violations(path.relative_to(ROOT).as_posix(), path.read_text())]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name, line", [
    ("hw/compute/core_unit.cpp", '#include "hw/control/decode.h"'),
    ("models/datapath/pe/x.h", '#include "models/datapath/cycle/sequencer.h"'),
    ("models/datapath/x.h", '#include "models/datapath/dataflow/dataflow.h"'),
    ("models/kernels/simd/x.cpp", '#include "models/kernels/packed/int16_rows.h"'),
    ("models/kernels/tile_kernel.h", '#include "models/kernels/packed/packed_kernel.h"'),
])
def test_the_rule_of_rooms_sees_a_planted_arrow_up(name, line):
    assert room_violations(name, line)


def test_every_room_of_the_models_has_a_readme():
    rooms = [f"{folder}/{room}" for folder in ("models/datapath", "models/kernels") for room in ("", *ROOMS[folder])]
    missing = [room for room in rooms if not (ROOT / room / "README.md").is_file()]
    assert not missing, missing
