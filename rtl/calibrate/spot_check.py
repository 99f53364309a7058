# SPDX-License-Identifier: Apache-2.0
"""Is a netlist the circuit that it was made of? Units of `binade verify` run against the golden model, as the RTL does; parts run beside
their RTL, in one Verilated module with the same random inputs on both."""
import re
import shutil
import subprocess

import cell_models
import tools
from problems import Mismatch, ToolFailure
from synthesis import read_commands

VECTORS = {"systolic_array": 100, "core": 100, "exponent_unit": 300}
OTHERS = 5000
CLOCKS = 20000  # of a part
MANY_CLOCKS = {"autoflex_predictor": 200000, "sdfp_bias_chooser": 200000}  # of parts that take thousands for a result
# Ports of parts that plain random bits would keep from work, or that have values they must not take. `more`: six random bits besides.
INPUTS = {"autoflex_predictor": {"tensor_i": "{bits} % {Tensors}", "init_i": "&{more}", "predict_i": "&{more}"},
          "sdfp_bias_chooser": {"count_i": "{bits} >> ({more} % {CountBits})"}}
MORE = 6
# Clocks after reset before outputs are compared, of parts with registers that no reset sets: a tensor taken, a choice begun.
SETTLING = {"autoflex_predictor": 1, "sdfp_bias_chooser": 64}


def check(shape, module, netlist, library, directory):
    """Returns what was tried. Throws Mismatch with the first difference."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    text = netlist.read_text()
    models = cell_models.verilog(cell_models.used(text, library))
    return against_model(shape, module, text, models, directory) if shape.format else beside_rtl(shape, module, text, models, directory)


def against_model(shape, module, netlist, models, directory):
    sources = directory / "netlist"
    sources.mkdir()
    (sources / "cells.v").write_text(models)
    (sources / "netlist.v").write_text(netlist)
    vectors = VECTORS.get(shape.unit, OTHERS)
    command = [tools.binade(), *shape.verify_arguments(), "--rtl", str(sources), "--top", module.top, "--count", str(vectors), "--jobs", "1",
               "--failures", "1", "--out", str(directory / "mismatch.csv")]
    done = subprocess.run(command, capture_output=True, text=True, env=tools.environment())
    if done.returncode == 1:
        raise Mismatch(f"{shape.name}: the netlist differs from the golden model:\n{done.stdout.strip()}")
    if done.returncode:
        raise ToolFailure(f"{shape.name}: {done.stderr.strip()}")
    return f"binade verify {shape.unit}, {vectors} vectors"


PORT = re.compile(r"^\s*(input|output) (?:\[(\d+):0\] )?(\w+);", re.M)


def beside_rtl(shape, module, netlist, models, directory):
    """The RTL as Verilator reads it and the netlist, from reset on."""
    ports = [(way, int(high or 0) + 1, name) for way, high, name in PORT.findall(netlist)]
    (directory / "cells.v").write_text(models)
    (directory / "netlist.v").write_text(re.sub(rf"^module {module.top}\b", f"module {module.top}_gates", netlist, flags=re.M))
    (directory / "pair.sv").write_text(pair(module, ports))
    (directory / "main.cpp").write_text(MAIN)
    sources = read_commands(shape, module)[0].split()[2:]
    tools.run(["verilator", "--cc", "--exe", "--build", "-Wno-fatal", "-Wno-lint", "-Wno-style", "-O3", "-fno-const-bit-op-tree", "--x-initial", "0", "--x-assign", "0",
               "--top-module", "pair", "--Mdir", str(directory / "obj"), "-CFLAGS", "-O0", *sources, "cells.v", "netlist.v", "pair.sv",
               "main.cpp"], directory / "build.log", shape.name, cwd=directory)
    clocks = MANY_CLOCKS.get(module.top, CLOCKS)
    done = subprocess.run([str(directory / "obj/Vpair"), str(clocks)], capture_output=True, text=True)
    if done.returncode:
        raise Mismatch(f"{shape.name}: the netlist differs from its RTL: {done.stdout.strip()}")
    return f"beside its RTL, {clocks} clocks"


def pair(module, ports):
    """Both circuits with one set of inputs, all but clock and reset from a register of random bits; `differs_o` while an output differs."""
    data = [(width, name) for way, width, name in ports if way == "input" and name not in ("clk_i", "rst_ni")]
    constrained, settling = INPUTS.get(module.top, {}), SETTLING.get(module.top, 0)
    outputs = [(width, name) for way, width, name in ports if way == "output"]
    total = max(sum(width for width, _ in data) + MORE * len(constrained), 1)
    words = -(-total // 32)
    sets = ", ".join(f".{name}({literal})" for name, literal in module.parameters.items())
    clocked = [name for _, _, name in ports if name in ("clk_i", "rst_ni")]
    lines = ["module pair (input clk_i, input rst_ni, output differs_o, output [31:0] port_o);",
             f"  reg [{32 * words - 1}:0] bits = 0;", "  integer word;",
             f"  always @(posedge clk_i) for (word = 0; word < {words}; word = word + 1) bits[32 * word +: 32] <= $urandom;"]
    offset = 0
    for width, name in data:
        bits, offset = f"bits[{offset} +: {width}]", offset + width
        if name in constrained:
            lines.append(f"  wire [{MORE - 1}:0] more_{name} = bits[{offset} +: {MORE}];")
            bits, offset = constrained[name].format(bits=bits, more=f"more_{name}", **module.parameters), offset + MORE
        lines.append(f"  wire [{width - 1}:0] {name} = {bits};")
    if settling:
        lines += ["  reg [31:0] settled = 0;", f"  always @(posedge clk_i) if (rst_ni && settled != {settling}) settled <= settled + 1;"]
    for copy, top, parameters in (("rtl", module.top, f" #({sets})" if sets else ""), ("gates", f"{module.top}_gates", "")):
        lines += [f"  wire [{width - 1}:0] {copy}_{name};" for width, name in outputs]
        connections = [f".{name}({name})" for name in clocked] + [f".{name}({name})" for _, name in data]
        connections += [f".{name}({copy}_{name})" for _, name in outputs]
        lines.append(f"  {top}{parameters} u_{copy} ({', '.join(connections)});")
    differences = [f"(rtl_{name} != gates_{name})" for _, name in outputs]
    compared = f"(settled == {settling}) & " if settling else ""
    lines += [f"  assign differs_o = {compared}({' | '.join(differences)});",
              "  assign port_o = " + " : ".join(f"{test} ? {number}" for number, test in enumerate(differences)) + f" : {len(outputs)};",
              "endmodule", ""]
    return "\n".join(lines)


MAIN = """// SPDX-License-Identifier: Apache-2.0
// Clocks both circuits; exits 1 at the first clock on which an output differs.
#include <cstdio>
#include <cstdlib>

#include "Vpair.h"

int main(int, char** arguments) {
  Vpair pair;
  const long clocks = std::atol(arguments[1]);
  pair.rst_ni = 1;  // so that reset has an edge: before it registers that it sets to one may hold either
  pair.eval();
  for (long clock = 0; clock < clocks; ++clock) {
    pair.rst_ni = clock >= 2;
    pair.clk_i = 0;
    pair.eval();
    if (pair.rst_ni && pair.differs_o) {
      std::printf("clock %ld, output %u\\n", clock, pair.port_o);
      return 1;
    }
    pair.clk_i = 1;
    pair.eval();
  }
  return 0;
}
"""
