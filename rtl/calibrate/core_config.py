# SPDX-License-Identifier: Apache-2.0
"""The fields of the parameter Config of core and array, as models/spec/core_config.def lays them out."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]


def fields():
    """Name and bits, the most significant first; those of the operands as a_n, b_n, out_n, ..."""
    text = (ROOT / "models/spec/core_config.def").read_text()
    core, operand = (re.findall(rf"^{macro}\((\w+), (\d+),", text, re.M) for macro in ("CORE_FIELD", "OPERAND_FIELD"))
    rows = core + [(f"{side}_{name}", bits) for side in ("a", "b", "out") for name, bits in operand]
    return [(name, int(bits)) for name, bits in rows]


def unpack(literal):
    """The fields of BITS'hDIGITS as numbers."""
    width, digits = re.fullmatch(r"(\d+)'h([0-9a-fA-F_]+)", literal).groups()
    layout = fields()
    assert int(width) == sum(bits for _, bits in layout), literal
    rest, values = int(digits, 16), {}
    for name, bits in reversed(layout):
        values[name] = rest & ((1 << bits) - 1)
        rest >>= bits
    return values
