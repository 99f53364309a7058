# SPDX-License-Identifier: Apache-2.0
"""Exact rationals for the tests of `binade eval`: formats, roundings and policies from their definitions."""

import bisect
import math
import os
import random
import struct
import subprocess
from fractions import Fraction

PROGRAM = os.environ.get("BINADE", "build/binade")


def run(word, operation, lines, *options):
    """(exit code, output lines, standard error) of one `binade eval`."""
    done = subprocess.run([PROGRAM, "eval", word, operation, *map(str, options)],
                          input="".join(line + "\n" for line in lines), capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout.split("\n")[:-1] if done.stdout else [], done.stderr


def results(word, operation, lines, *options):
    """Output lines of a run that must succeed with one line a line."""
    code, output, errors = run(word, operation, lines, *options)
    assert code == 0, errors
    assert errors == ""
    assert len(output) == len(lines)
    return output


def hex_code(code, bits):
    return f"0x{code:0{(bits + 3) // 4}x}"


def floor_log2(x):
    e = x.numerator.bit_length() - x.denominator.bit_length()
    return e if Fraction(2) ** e <= x else e - 1


def posit_value(bits, es, code):
    """None for NaR."""
    if code == 0:
        return Fraction(0)
    if code == 1 << (bits - 1):
        return None
    if code >> (bits - 1):
        return -posit_value(bits, es, (1 << bits) - code)
    text = f"{code:0{bits}b}"[1:]
    run_length = len(text) - len(text.lstrip(text[0]))
    k = run_length - 1 if text[0] == "1" else -run_length
    rest = text[run_length + 1:]
    exponent = int((rest[:es] + "0" * es)[:es] or "0", 2)
    fraction = rest[es:]
    significand = 1 + Fraction(int(fraction, 2), 1 << len(fraction)) if fraction else Fraction(1)
    return Fraction(2) ** ((k << es) + exponent) * significand


class Posit:
    """Nearest by bisection of the table of codes; the boundaries are the codes of one bit more."""

    def __init__(self, bits, es=2):
        self.bits, self.es = bits, es
        self.values = [posit_value(bits, es, c) for c in range(1 << (bits - 1))]
        self.turns = [posit_value(bits + 1, es, 2 * c + 1) for c in range((1 << (bits - 1)) - 1)]

    def value(self, code):
        return posit_value(self.bits, self.es, code)

    def encode(self, x):
        if x is None:
            return 1 << (self.bits - 1)
        if x == 0:
            return 0
        magnitude = abs(x)
        if magnitude >= self.values[-1]:
            code = len(self.values) - 1
        elif magnitude <= self.values[1]:
            code = 1
        else:
            code = bisect.bisect_right(self.values, magnitude) - 1
            turn = self.turns[code]
            code += magnitude > turn or (magnitude == turn and code % 2 == 1)
        return code if x > 0 else (1 << self.bits) - code


def round_integer(x, mode):
    floor = math.floor(x)
    rest = x - floor
    if mode == "rtz":
        return floor if x >= 0 or rest == 0 else floor + 1
    if rest != Fraction(1, 2):
        return floor + (rest > Fraction(1, 2))
    if mode == "rne":
        return floor + floor % 2
    if mode == "rhu":
        return floor + 1
    return floor + 1 if x >= 0 else floor  # rha


def limits(word, bits):
    top = (1 << (bits - 1)) - 1
    return (-top - 1 if word.startswith("flex") else -top), top


def quantize(word, bits, values, mode="rne", bias=0):
    """The line that `quantize` prints."""
    largest = max(abs(v) for v in values)
    exponent = 0
    if largest:
        exponent = floor_log2(Fraction(largest)) - (bits - 2) + bias
        if word.startswith("flex"):
            exponent = min(max(exponent, -32), 0)
    low, high = limits(word, bits)
    mantissas = [min(max(round_integer(Fraction(v) / Fraction(2) ** exponent, mode), low), high) for v in values]
    return " ".join(map(str, [exponent, *mantissas]))


def blocked_dot(bits, a, b, shift, block=32, acc_bits=None):
    """docs/fidelity.md 1.3, the integer model."""
    acc = 0
    for start in range(0, len(a), block):
        p = 0
        for x, y in zip(a[start:start + block], b[start:start + block]):
            p += x * y
            if acc_bits:
                p = min(max(p, -(1 << (acc_bits - 1))), (1 << (acc_bits - 1)) - 1)
        t = round_integer((acc + Fraction(p) / Fraction(2) ** shift) * 4096, "rtz")
        t = min(max(t, -(1 << 31)), (1 << 31) - 1)
        acc = min((t + 0x800) >> 12, (1 << 19) - 1)
    low, high = limits("flex", bits)
    return min(max(acc, low), high)


def exact_dot(word, bits, a, b, shift, mode="rne", acc_bits=None):
    total = 0
    width = acc_bits or (32 if bits <= 8 else 48)
    for x, y in zip(a, b):
        total = min(max(total + x * y, -(1 << (width - 1))), (1 << (width - 1)) - 1)
    low, high = limits(word, bits)
    return min(max(round_integer(Fraction(total) / Fraction(2) ** shift, mode), low), high)


def float32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


class Autoflex:
    """docs/fidelity.md 1.5, full-history rule, floor rule, clamp."""

    def __init__(self, bits, preset, start):
        self.bits, self.alpha, self.exponent, self.history = bits, {"paper": 2, "ngraph": 1}[preset], start, []

    def touch(self, x):
        """The line that `autoflex` prints."""
        top = (1 << (self.bits - 1)) - 1
        used = self.exponent
        gamma = min(top, round_integer(Fraction(x) / Fraction(2) ** used, "rne"))
        overflow = gamma >= top
        if overflow:
            self.history = []
        self.history = (self.history + [float(Fraction(gamma * (2 if overflow else 1)) * Fraction(2) ** used)])[-16:]
        mean = sum(self.history) / len(self.history)
        deviation = math.sqrt(sum((h - mean) ** 2 for h in self.history) / len(self.history))
        chi = float32(self.alpha * (max(self.history) + 3 * deviation + 100 * 2.0 ** used))
        self.exponent = min(max(math.frexp(chi)[1] - 1 - (self.bits - 2), -32), 0) if chi >= 2.0 ** -126 else 0
        return f"{used} {gamma} {'ovf' if overflow else '-'} {self.exponent}"

    def initialise(self, x):
        """docs/fidelity.md 1.4: the lines of the trace; sets the exponent."""
        high_bit, exponent, trace = self.bits - 1, self.exponent, []
        while True:
            stored = min((1 << high_bit) - 1, round_integer(Fraction(x) / Fraction(2) ** exponent, "rne"))
            gamma = stored + 1
            trace.append(f"{exponent} {gamma}")
            if gamma >= (1 << high_bit) - 1:
                exponent += high_bit >> 1
            elif gamma < 1 << (high_bit - 1):
                exponent += gamma.bit_length() - high_bit
                if gamma >= 1 << max((high_bit >> 1) - 2, 0):
                    break
            else:
                break
            if len(trace) > 10:
                exponent = 0
                break
        self.exponent = exponent
        return trace


def generator(seed):
    return random.Random(seed)
