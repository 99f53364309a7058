# SPDX-License-Identifier: Apache-2.0
"""RTL to gates with Yosys and ABC: `elaborate` once for a shape and hierarchy, `map_to` for each delay target."""
import re

import revision
import tools

# Sequential cells first, then logic by ABC: choices from structural hashing (dch), a mapping that weighs area (-B), buffers, then
# sizes up to the target and down again. {D} is the target.
MAP = "+strash;dch;map,-B,0.9,{D};topo;buffer,-c;upsize,{D};dnsize,{D};stime,-p"
RELAXED_PS = 1_000_000  # a target that every circuit meets: sizing recovers area only


def read_commands(shape, module):
    files = revision.sources()
    sources = " ".join(str(files[name]) for name in revision.closure(module.top, files))
    sets = " ".join(f"-set {name} {literal}" for name, literal in module.parameters.items())
    return [f"read_verilog -sv {sources}", *([f"chparam {sets} {module.top}"] if sets else []),
            f"hierarchy -check -top {module.top}", f"rename -top {module.top}",
            *(f"setattr -mod -set keep_hierarchy 1 *{name}*" for name in shape.boundaries)]


def elaborate(shape, module, hierarchy, directory):
    """DIRECTORY/base.il: the circuit in generic gates. Flat: one module, but for the shape's boundaries."""
    flatten = "-flatten " if hierarchy == "flat" else ""
    script(directory, "base", [*read_commands(shape, module), f"synth {flatten}-top {module.top}", f"write_ilang {directory / 'base.il'}"],
           shape.name)


def map_to(shape, library, target_ps, source, directory):
    """DIRECTORY/netlist.v, flat, with the RTL's ports; timing.v, the same with a port a bit; returns {module: {cell: count}}."""
    constraints = directory / "constraints"
    constraints.write_text(f"set_driving_cell {library.driver}\nset_load {library.load_ff}\n")
    script(directory, "map", [
        f"read_ilang {source}", f"dfflibmap -liberty {library.bare}",
        f"abc -liberty {library.path} -constr {constraints} -D {target_ps:.0f} -script {MAP}",
        "setundef -zero", "splitnets", "clean -purge", f"read_liberty -lib {library.bare}", "check -assert",
        f"tee -o {directory / 'cells.txt'} stat", "flatten", "clean -purge",
        f"write_verilog -noattr -noexpr {directory / 'netlist.v'}",
        "splitnets -ports -format __", "clean", f"write_verilog -noattr -noexpr {directory / 'timing.v'}"], shape.name)
    counts = cell_counts((directory / "cells.txt").read_text())
    return counts


def cell_counts(text):
    """{module: {cell or module: count}} of what `stat` prints."""
    counts = {}
    for name, body in re.findall(r"^=== ([^\n]+) ===\n(.*?)(?=^=== |\Z)", text, re.M | re.S):
        cells = body.partition("Number of cells:")[2].splitlines()[1:]
        counts[name.lstrip("\\")] = {row[0].lstrip("\\"): int(row[1]) for row in map(str.split, cells) if len(row) == 2 and row[1].isdigit()}
    counts.pop("design hierarchy", None)
    return counts


def script(directory, name, commands, what):
    file = directory / f"{name}.ys"
    file.write_text("\n".join(commands) + "\n")
    tools.run(["yosys", "-q", "-s", str(file)], directory / f"{name}.log", what, cwd=directory)
