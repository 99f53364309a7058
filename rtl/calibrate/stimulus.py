# SPDX-License-Identifier: Apache-2.0
"""Values of a netlist's ports, clock by clock, as gatesim reads them."""
import re


class Stimulus:
    """`inputs`: the bits of the ports, in the circuit's order. A port that is not named keeps what it was; all start at zero."""

    def __init__(self, inputs):
        self.bits = [(match[1], int(match[2])) if (match := re.fullmatch(r"(\w+?)_(\d+)_", name)) else (name, 0) for name in inputs]
        self.ports = {port for port, _ in self.bits}
        self.values = dict.fromkeys(self.ports, 0)
        self.lines = []

    def set(self, **values):
        """Ports that the netlist lacks are left out."""
        self.values |= {port: value for port, value in values.items() if port in self.ports}

    def clock(self, count=1, shown=False, **values):
        self.set(**values)
        word = "".join("1" if self.values[port] >> bit & 1 else "0" for port, bit in self.bits)
        self.lines += [f"+ {word}" if shown else word] * count

    def window(self, name):
        self.lines.append(f"window {name}")

    @property
    def text(self):
        return "\n".join(self.lines) + "\n"
