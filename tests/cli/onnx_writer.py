# SPDX-License-Identifier: Apache-2.0
"""Writes ONNX models: the few protobuf fields that tests need, by their numbers in onnx.proto."""
import struct

import numpy as np

FLOAT, INT64, FLOAT16, DOUBLE, BFLOAT16 = 1, 7, 10, 11, 16


def varint(value):
    value &= (1 << 64) - 1
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def tensor(name, array, kind=None, stored="raw", dims=None, external=None):
    """`stored`: raw, fields (float_data, int64_data, int32_data, double_data) or external (a list of key, value)."""
    array = np.asarray(array)
    kind = kind or (INT64 if array.dtype.kind == "i" else FLOAT)
    types = {FLOAT: "<f4", INT64: "<i8", FLOAT16: "<f2", DOUBLE: "<f8"}
    bits = (array.astype("<f4").view("<u4") >> 16).astype("<u2") if kind == BFLOAT16 else array.astype(types[kind])
    out = b"".join(field(1, int(d)) for d in (array.shape if dims is None else dims)) + field(2, kind) + field(8, name)
    if external is not None:
        return out + b"".join(field(13, field(1, k) + field(2, v)) for k, v in external) + field(14, 1)
    if stored == "raw":
        return out + field(9, bits.tobytes())
    if kind in (FLOAT16, BFLOAT16):
        return out + field(5, b"".join(varint(int(v)) for v in bits.view("<u2").ravel()))
    if kind == INT64:
        return out + field(7, b"".join(varint(int(v)) for v in bits.ravel()))
    return out + field(4 if kind == FLOAT else 10, bits.tobytes())


def attribute(name, value):
    out = field(1, name)
    if isinstance(value, bytes):
        return out + field(5, value) + field(20, 4)
    if isinstance(value, str):
        return out + field(4, value) + field(20, 3)
    if isinstance(value, float):
        return out + field(2, value) + field(20, 1)
    if isinstance(value, int):
        return out + field(3, value) + field(20, 2)
    return out + b"".join(field(8, v) for v in value) + field(20, 7)


def node(op, inputs, outputs, name=None, domain="", **attributes):
    out = b"".join(field(1, i) for i in inputs) + b"".join(field(2, o) for o in outputs)
    out += field(3, outputs[0] if name is None else name) + field(4, op) + field(7, domain)
    return out + b"".join(field(5, attribute(k, v)) for k, v in attributes.items())


def value(name, dims, kind=FLOAT):
    shape = b"".join(field(1, field(2, d) if isinstance(d, str) else field(1, d)) for d in dims)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, shape)))


def model(nodes, inputs, outputs, tensors=(), opset=17):
    graph = b"".join(field(1, n) for n in nodes) + field(2, "g") + b"".join(field(5, t) for t in tensors)
    graph += b"".join(field(11, value(n, d)) for n, d in inputs) + b"".join(field(12, field(1, n)) for n in outputs)
    return field(1, 8) + field(2, "tests") + field(7, graph) + field(8, field(2, opset))
