# SPDX-License-Identifier: Apache-2.0
"""Verilog of a library's cells, without delays: what a netlist needs to be simulated. Flip-flops start at the state that they take from
a D of zero, as the registers of the RTL start at zero where they have no reset."""
import re

import boolean


def verilog(cells):
    return "\n".join(model(cell) for cell in cells)


def model(cell):
    ports = ", ".join([*(f"input {name}" for name in cell.inputs), *(f"output {name}" for name in cell.outputs)])
    body = state_lines(cell) if cell.state else []
    body += [f"  assign {name} = {boolean.verilog(function)};" for name, function in cell.outputs.items() if function is not None]
    return "\n".join([f"module {cell.name} ({ports});", *body, "endmodule", ""])


def state_lines(cell):
    assert cell.flip_flop, f"{cell.name}: a latch or table, which no netlist of ours has"
    state, inverse = cell.state.arguments
    attribute = {name: boolean.parse(text) for name, text in cell.state.attributes.items() if name in ("clear", "preset", "next_state", "clocked_on")}
    start = int(boolean.evaluate(attribute["next_state"], dict.fromkeys([*cell.inputs, state], 0)))
    lines = [f"  reg {state} = 1'b{start};", f"  wire {inverse} = ~{state};"]
    events, branches = [edge(attribute["clocked_on"], lines)], []
    both = cell.state.attributes.get("clear_preset_var1", "L")
    order = [("clear", 0), ("preset", 1)] if both == "L" else [("preset", 1), ("clear", 0)]
    for name, level in order:
        if name in attribute:
            lines.append(f"  wire {name}_now = {boolean.verilog(attribute[name])};")
            events.append(f"posedge {name}_now")
            branches.append(f"if ({name}_now) {state} <= 1'b{level}; else ")
    lines.append(f"  always @({' or '.join(events)}) {''.join(branches)}{state} <= {boolean.verilog(attribute['next_state'])};")
    return lines


def edge(clock, lines):
    """The pin itself where it can be said: a wire between would be later than the clock of cells that lack it."""
    if isinstance(clock, str):
        return f"posedge {clock}"
    if clock[0] == "not" and isinstance(clock[1], str):
        return f"negedge {clock[1]}"
    lines.append(f"  wire clock_now = {boolean.verilog(clock)};")
    return "posedge clock_now"


def used(netlist, library):
    """The cells that a netlist instantiates."""
    words = set(re.findall(r"^\s*(\w+) \S+ \($", netlist, re.M))
    return [cell for name, cell in library.cells.items() if name in words]
