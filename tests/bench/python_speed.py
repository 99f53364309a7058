# SPDX-License-Identifier: Apache-2.0
"""Rates of the Python module beside libbinade's own (through ctypes, on codes of four bytes), ml_dtypes, QPyTorch and apytypes.

usage: python_speed.py LIBBINADE.SO; the module on the path (make test-python leaves build/python-site and build/python-venv). What is
not installed there is said and left out; QPyTorch (pip install qtorch) compiles itself where it is first imported, and needs
PyTorch's headers (Debian's libtorch-dev, pybind11-dev). Processor time of the process, the best of several turns.
"""
import ctypes
import importlib
import sys
import time

import numpy as np

import binade

COUNT, TURNS = 1 << 20, 9
LIBRARY = ctypes.CDLL(sys.argv[1])


def module(name):
    """None where it cannot be imported, and why."""
    try:
        return importlib.import_module(name)
    except Exception as error:  # noqa: BLE001: one that compiles itself fails as it likes
        print(f"{name} is left out: {str(error).splitlines()[0][:120]}")
        return None


class Matrix(ctypes.Structure):
    _fields_ = [("codes", ctypes.c_void_p), ("row_step", ctypes.c_size_t), ("k_step", ctypes.c_size_t), ("lsb_exponent", ctypes.c_int32)]


class Gemm(ctypes.Structure):
    _fields_ = [("m", ctypes.c_size_t), ("n", ctypes.c_size_t), ("k", ctypes.c_size_t), ("a", Matrix), ("b", Matrix), ("bias", ctypes.c_void_p)]
    _fields_ += [(name, ctypes.c_int32) for name in ("bias_exponent", "exponent_given", "lsb_exponent", "add_shift", "bias_automatic", "sdfp_bias", "relu")]
    _fields_ += [("seed", ctypes.c_uint32), ("tensor", ctypes.c_uint32)]


class Formats(ctypes.Structure):
    _fields_ = [("a", ctypes.c_void_p), ("b", ctypes.c_void_p), ("out", ctypes.c_void_p)]


def best(work):
    seconds = []
    for _ in range(TURNS):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def handle(word):
    format = ctypes.c_void_p()
    assert LIBRARY.binade_format_new(word.encode(), ctypes.byref(format), None) == 0
    return format


def conversions():
    values = np.random.default_rng(1).normal(size=COUNT)
    single = values.astype(np.float32)
    ml_dtypes, apytypes, qtorch = module("ml_dtypes"), module("apytypes"), module("qtorch.quant")
    if qtorch:
        torch = module("torch")
        torch.set_num_threads(1)
        tensor = torch.from_numpy(single)
    print(f"{'Melement/s':16}{'library':>10}{'encode':>10}{'ratio':>8}{'and back':>10}{'quantize':>10}{'ratio':>8}{'ml_dtypes':>11}{'QPyTorch':>10}{'apytypes':>10}")
    for word, dtype, fields in [("posit8", None, None), ("posit16", None, None), ("fp8e4m3", "float8_e4m3fn", (4, 3)), ("fp8e5m2", "float8_e5m2", (5, 2)),
                                ("bf16", "bfloat16", (8, 7)), ("e6m7", None, (6, 7)), ("dfp8", None, None)]:
        format, codes, back = handle(word), np.zeros(COUNT, np.uint32), np.zeros(COUNT)

        def library():
            assert LIBRARY.binade_quantise(format, values.ctypes.data_as(ctypes.c_void_p), ctypes.c_size_t(COUNT), None,
                                           codes.ctypes.data_as(ctypes.c_void_p), None, None, None) == 0

        def library_and_back():
            library()
            assert LIBRARY.binade_decode(format, codes.ctypes.data_as(ctypes.c_void_p), ctypes.c_size_t(COUNT), 0,
                                         back.ctypes.data_as(ctypes.c_void_p), None) == 0

        calls = (library, lambda: binade.encode(single, word), library_and_back, lambda: binade.quantize(single, word))
        rates = [COUNT / best(work) * 1e-6 for work in calls]
        theirs = [(11, ml_dtypes and dtype and (lambda: single.astype(getattr(ml_dtypes, dtype))))]
        theirs += [(10, qtorch and fields and (lambda: qtorch.float_quantize(tensor, *fields, rounding="nearest")))]
        if qtorch and word == "dfp8":
            theirs[-1] = (10, lambda: qtorch.block_quantize(tensor, 8, rounding="nearest"))
        theirs += [(10, apytypes and fields and (lambda: apytypes.APyFloatArray.from_array(single, *fields)))]
        pairs = [f"{own:10.0f}{module:10.0f}{module / own:8.2f}" for own, module in zip(rates[::2], rates[1::2])]
        print(f"{word:16}" + "".join(pairs)
              + "".join(f"{COUNT / best(work) * 1e-6:{width}.0f}" if work else " " * width for width, work in theirs))


def products():
    print(f"\n{'matmul, GMAC/s':24}{'library':>10}{'matmul':>10}{'ratio':>8}")
    for word in ("posit8", "fp8e4m3", "dfp8", "bf16"):
        for size in (256, 512):
            a, b = (binade.encode(np.random.default_rng(seed).normal(size=(size, size)), word) for seed in range(2))
            wide = [np.ascontiguousarray(getattr(x, "codes", x).astype(np.uint32)) for x in (a, b)]
            out, format, product = np.zeros((size, size), np.uint32), handle(word), ctypes.c_void_p()
            formats = Formats(format, format, None)
            assert LIBRARY.binade_product_new(ctypes.byref(formats), None, 1, ctypes.byref(product), None) == 0
            at = [x.ctypes.data_as(ctypes.c_void_p) for x in wide]
            call = Gemm(size, size, size, Matrix(at[0], 0, 0, 0), Matrix(at[1], 1, size, 0), None)

            def library():
                assert LIBRARY.binade_product_run(product, ctypes.byref(call), out.ctypes.data_as(ctypes.c_void_p), None, None, None) == 0

            rates = [size**3 / best(work) * 1e-9 for work in (library, lambda: binade.matmul(a, b, word))]
            print(f"{word + f' {size}':24}{rates[0]:10.1f}{rates[1]:10.1f}{rates[1] / rates[0]:8.2f}")
    apytypes = module("apytypes")
    if apytypes:
        print(f"\n{'rounded every step':24}{'apytypes':>10}{'matmul':>10}")
        for word, fields in [("fp8e4m3", (4, 3)), ("bf16", (8, 7))]:
            values = [np.random.default_rng(seed).normal(size=(256, 256)) for seed in range(2)]
            a, b = (binade.encode(x, word) for x in values)
            x, y = (apytypes.APyFloatArray.from_array(one, *fields) for one in values)
            rates = [256**3 / best(work) * 1e-9 for work in (lambda: x @ y, lambda: binade.matmul(a, b, word, accumulate="serial"))]
            print(f"{word + ' 256':24}{rates[0]:10.2f}{rates[1]:10.2f}")


if __name__ == "__main__":
    conversions()
    products()
