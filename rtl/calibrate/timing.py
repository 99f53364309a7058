# SPDX-License-Identifier: Apache-2.0
"""The critical path of a netlist by OpenSTA: from any register or input to any register or output, setup included. Inputs are driven by
the library's smallest inverter and outputs drive four of it; clock ideal, no wires."""
import re

import tools
from problems import ToolFailure

PERIOD_PS = 1_000_000  # longer than any path: the slack tells the path's length
CLOCK, RESET = "clk_i", "rst_ni"  # reset is asynchronous and static while the unit works


def critical_path_ps(shape, library, top, directory):
    netlist = (directory / "timing.v").read_text()
    # OpenSTA does not read ties of outputs; they have no delay.
    (directory / "timing.v").write_text(re.sub(r"^\s*assign \S+ = 1'[hb][01x];\n", "", netlist, flags=re.M))
    inputs = re.findall(r"^\s*input (\S+);", netlist, re.M)
    data = [name for name in inputs if name not in (CLOCK, RESET)]
    period = PERIOD_PS / library.time_ps
    clock = f"create_clock -name clock -period {period:g}" + (f" [get_ports {CLOCK}]" if CLOCK in inputs else "")
    reset = [f"set_false_path -from [get_ports {RESET}]"] if RESET in inputs else []
    ports = "[get_ports {" + " ".join(data) + "}]"
    script = [f"read_liberty {library.path}", f"read_verilog {directory / 'timing.v'}", f"link_design {top}", clock,
              f"set_driving_cell -lib_cell {library.driver} {ports}", f"set_load {library.load_ff / library.capacitance_ff:.9g} [all_outputs]",
              f"set_input_delay 0 -clock clock {ports}", "set_output_delay 0 -clock clock [all_outputs]", *reset,
              "report_checks -path_delay max -digits 6", "exit"]
    file = directory / "timing.tcl"
    file.write_text("\n".join(script) + "\n")
    log = directory / "timing.log"
    tools.run(["sta", "-no_splash", str(file)], log, shape.name, cwd=directory, env=tools.environment() | {"HOME": str(directory)})
    return path_of(log.read_text(), period, log) * library.time_ps


def path_of(report, period, log):
    """Period minus slack, in the library's unit."""
    slacks = re.findall(r"(-?[\d.]+)\s+slack", report)
    if len(slacks) != 1 or re.search(r"^Error", report, re.M):
        raise ToolFailure(f"{log}: OpenSTA reports no path:\n" + "\n".join(report.strip().splitlines()[-6:]))
    return period - float(slacks[0])
