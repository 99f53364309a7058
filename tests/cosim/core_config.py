# SPDX-License-Identifier: Apache-2.0
"""The parameter Config of core, array, element and lane from its fields, as models/spec/core_config.def lays them out."""
import pathlib
import re

TEXT = (pathlib.Path(__file__).resolve().parents[2] / "models/spec/core_config.def").read_text()
DEFAULTS = dict(rows=4, cols=4, latency=1, bank_rows=64, bias_blocks=16, lane_interval=1, block=32, acc_bits=32)
OPERAND_DEFAULTS = dict(datapath=3, n=8, es=2, exponent_bits=4, fraction_bits=3, specials=2)


def fields(macro):
    return [(name, int(bits)) for name, bits in re.findall(rf"^{macro}\((\w+), (\d+),", TEXT, re.M)]


def pack(layout, values):
    assert set(values) <= {name for name, _ in layout}, values
    return "".join(format(values.get(name, 0), f"0{bits}b") for name, bits in layout)


def config(a=None, b=None, out=None, **core):
    """BITS'hDIGITS; operands are dicts, `b` and `out` by default as `a`."""
    a = a or {}
    bits = pack(fields("CORE_FIELD"), DEFAULTS | core)
    for operand in (a, b or a, out or a):
        bits += pack(fields("OPERAND_FIELD"), OPERAND_DEFAULTS | operand)
    return f"{len(bits)}'h{int(bits, 2):0{len(bits) // 4}x}"
