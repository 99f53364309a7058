# SPDX-License-Identifier: Apache-2.0
"""What gatesim simulates, as text: a netlist of cells (timing.v, a port a bit) with the figures of its library."""
import re

import cell_tables
from problems import ToolFailure

ZERO, ONE = 0, 1  # nets of the constants


class Netlist:
    """Nets by number. Inputs and outputs are ports in order, without the clock."""

    def __init__(self, text, clock):
        self.nets = 2
        self.numbers = {"1'h0": ZERO, "1'h1": ONE, "1'b0": ZERO, "1'b1": ONE, "1'hx": ZERO}
        same = dict(re.findall(r"^\s*assign (\S+)\s+= (\S+?)\s*;", text, re.M))  # behind an escaped name is a blank
        self.same = {name: root(name, same) for name in same}
        self.inputs = [name for name in re.findall(r"^\s*input (\S+);", text, re.M) if name != clock]
        self.outputs = re.findall(r"^\s*output (\S+);", text, re.M)
        self.gates = []  # (cell, {pin: net})
        for cell, body in re.findall(r"^\s*(\w+) \S+\s+\(\n(.*?)\n\s*\);", text, re.M | re.S):
            pins = re.findall(r"\.(\w+)\(([^()]*)\)", body)
            self.gates.append((cell, {pin: self.net(name.strip()) for pin, name in pins if name.strip()}))
        self.clock = self.net(clock) if re.search(rf"^\s*input {clock};", text, re.M) else None

    def net(self, name):
        name = self.same.get(name, name)
        if name not in self.numbers:
            self.numbers[name], self.nets = self.nets, self.nets + 1
        return self.numbers[name]


def root(name, same):
    seen = set()
    while name in same and name not in seen:
        seen.add(name)
        name = same[name]
    return name


def text(netlist, library, liberty_file, period_ps, load_ff=None):
    """`library` with its functions; its tables are read from `liberty_file`, the whole one."""
    used = dict.fromkeys([library.driver, *(cell for cell, _ in netlist.gates)])
    inputs, outputs = ([netlist.net(name) for name in names] for names in (netlist.inputs, netlist.outputs))
    cells = {name: library.cells[name] for name in used}
    rows = []
    for cell, pins in netlist.gates:
        kind = cells[cell]
        if missing := [pin for pin in kind.inputs if pin not in pins]:
            raise ToolFailure(f"a netlist with a {cell} whose {missing[0]} is open")
        nets = [pins[pin] for pin in kind.inputs] + [pins.get(pin, -1) for pin in kind.outputs]
        rows.append(f"gate {cell} " + " ".join(map(str, nets)))
    clock = [f"clock {netlist.clock}"] if netlist.clock is not None else []
    head = [f"voltage {library.voltage:.9g}", f"period {period_ps:.9g}", f"load {library.load_ff if load_ff is None else load_ff:.9g}",
            f"nets {netlist.nets}", *clock, counted("inputs", inputs), counted("outputs", outputs)]
    return "\n".join([*(cell_tables.text(cell, library, liberty_file) for cell in cells.values()), f"driver {library.driver}", *head, *rows, ""])


def counted(word, numbers):
    return " ".join([word, str(len(numbers)), *map(str, numbers)])
