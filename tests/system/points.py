# SPDX-License-Identifier: Apache-2.0
"""The product of everything that the cores must agree on: axes, what may not meet, samples of it that cover all pairs."""
import itertools
import os
import pathlib
import random

FLEX = ("flex16+5", "flex8+5")
FIXED = ("fixed16.8",)
# What products are of and what their sums become: core.format_a, core.format_b, core.format_out.
MIXED = {"posit8 x posit16": ("posit8", "posit16", "posit16"), "posit8 -> posit16": ("posit8", "posit8", "posit16"),
         "fp8e4m3 x fp8e5m2 -> bf16": ("fp8e4m3", "fp8e5m2", "bf16"), "dfp8 x dfp16": ("dfp8", "dfp16", "dfp16"),
         "dfp8 -> fp32": ("dfp8", "dfp8", "fp32"), "flex16+5 x flex8+5": ("flex16+5", "flex8+5", "flex16+5")}
SHARED_AFTER = ("dfp8", "dfp16", "sdfp8", "dfp8 x dfp16")  # the exponent follows from the finished tensor
SUMS_BEFORE_EXPONENT = (*SHARED_AFTER, "dfp8 -> fp32")  # integers that are rounded when they are complete
# A sum narrow enough to saturate now and then: the LSB stays (posits minpos^2, floats the square of the least fraction bit).
NARROW = {"flex16+5": 32, "flex8+5": 16, "fixed16.8": 18, "dfp8": 16, "dfp16": 32, "sdfp8": 16,
          "posit8": 50, "posit16": 114, "posit8es0": 13, "posit8es1u": 26,
          "e6m7": 76, "fp16": 50, "bf16": 268, "fp8e4m3": 20, "fp32": 300,
          "posit8 x posit16": 82, "posit8 -> posit16": 50, "fp8e4m3 x fp8e5m2 -> bf16": 36, "dfp8 x dfp16": 24, "dfp8 -> fp32": 16,
          "flex16+5 x flex8+5": 24}
# Factor on the hot workload's input: the first layers overflow, some later ones meet Inf, NaN, NaR or a clamped exponent.
HEAT = {"flex16+5": 2**17, "flex8+5": 2**9, "fixed16.8": 2**5, "dfp8": 2**20, "dfp16": 2**20, "sdfp8": 2**20,
        "posit8": 2**22, "posit16": 2**54, "posit8es0": 2**5, "posit8es1u": 2**11,
        "e6m7": 2**31, "fp16": 2**14, "bf16": 2.0**126, "fp8e4m3": 2**7, "fp32": 2.0**126,
        "posit8 x posit16": 2**22, "posit8 -> posit16": 2**22, "fp8e4m3 x fp8e5m2 -> bf16": 2**7, "dfp8 x dfp16": 2**20,
        "dfp8 -> fp32": 2**20, "flex16+5 x flex8+5": 2**17}
ARRAYS = {"3x5": (3, 5), "4x4": (4, 4), "8x8": (8, 8)}
STARVED = {"bus.bytes_per_cycle": 2, "bus.outstanding": 1, "scratchpad.banks": 1, "scratchpad.bank_bytes": 2,
           "core.lane_throughput": 0.5, "queue_depth": 1}

# What decides the numbers, and what must not.
SEMANTIC = {
    "format": (*FLEX, *FIXED, "dfp8", "dfp16", "sdfp8", "posit8", "posit16", "posit8es0", "posit8es1u", "e6m7", "fp16", "bf16",
               "fp8e4m3", "fp32", *MIXED),
    "policy": ("exact", "blocked", "serial", "fp32", "chained"),
    "rounding": ("auto", "rtz", "sr"),
    "sum": ("full", "narrow"),
    "block": (32, 24, 4),
    "chain": (31, 5),
    "bias": ("last", "first"),
    "add_shift": (0, 2),
    "init": ("golden", "device"),
    "workload": ("lenet5", "lenet5-batches", "every-layer", "every-layer-hot"),
}
PHYSICAL = {
    "flow": ("os-none", "os-drain", "os-full", "ws-none", "ws-full"),
    "edge": ("ragged", "full"),
    "pe_latency": (1, 2),
    "array": tuple(ARRAYS),
    "tiles": ("ample", "small"),  # small: several tiles, and K in parts
    "memory": ("starved", "normal", "ideal"),
}
AXES = {**SEMANTIC, **PHYSICAL}

# (axes, allowed): checked as soon as a point has all of the axes.
RULES = (
    (("format", "policy"), lambda f, p: p != "blocked" or f in (*FLEX, *FIXED, "flex16+5 x flex8+5")),
    (("format", "policy"), lambda f, p: p not in ("blocked", "serial") or f not in SUMS_BEFORE_EXPONENT),
    (("policy", "rounding"), lambda p, r: (p, r) != ("serial", "sr")),
    (("format", "policy"), lambda f, p: p != "chained" or f in (*FLEX, *FIXED, *SUMS_BEFORE_EXPONENT, "flex16+5 x flex8+5")),
    (("policy", "sum"), lambda p, s: s == "full" or p in ("exact", "blocked", "chained")),
    (("policy", "chain"), lambda p, c: c == 31 or p == "chained"),
    (("format", "add_shift"), lambda f, a: a == 0 or f in SUMS_BEFORE_EXPONENT),
    (("policy", "block"), lambda p, b: b == 32 or p == "blocked"),
    (("policy", "flow", "block", "array"), lambda p, f, b, a: p != "blocked" or f.startswith("os") or divides(ARRAYS[a][0], b)),
    (("format", "init"), lambda f, i: i == "golden" or f.startswith("flex")),
    (("tiles", "memory"), lambda t, m: (t, m) != ("small", "ideal")),  # ideal memory has no capacity limit
)


def divides(a, b):
    return a % b == 0 or b % a == 0


def allowed(point, rules=RULES):
    return all(rule(*(point[axis] for axis in names)) for names, rule in rules if all(axis in point for axis in names))


def complete(point, rng, axes=AXES, rules=RULES):
    """A random whole point that has the given values, or None where there is none."""
    if not allowed(point, rules):
        return None
    axis = next((axis for axis in axes if axis not in point), None)
    if axis is None:
        return point
    for value in rng.sample(axes[axis], len(axes[axis])):
        whole = complete({**point, axis: value}, rng, axes, rules)
        if whole:
            return whole
    return None


def pairs(point):
    return set(itertools.combinations(sorted(point.items(), key=lambda item: item[0]), 2))


def pairwise(seed, axes=AXES, rules=RULES, tries=20):
    """Few points in which every two values that can meet do meet."""
    rng = random.Random(seed)
    open_pairs = [pair for one, two in itertools.combinations(sorted(axes), 2)
                  for pair in itertools.product([(one, v) for v in axes[one]], [(two, v) for v in axes[two]])]
    rng.shuffle(open_pairs)
    points, covered = [], set()
    for pair in open_pairs:
        if pair in covered:
            continue
        candidates = [point for _ in range(tries) if (point := complete(dict(pair), rng, axes, rules))]
        if candidates:
            points.append(max(candidates, key=lambda point: len(pairs(point) - covered)))
            covered |= pairs(points[-1])
    return points


def whole_product(seed):
    """Every format, policy and physical value with every other; the remaining axes drawn for each point."""
    rng = random.Random(seed)
    axes = {"format": AXES["format"], "policy": AXES["policy"], **PHYSICAL}
    for values in itertools.product(*axes.values()):
        point = complete(dict(zip(axes, values)), rng)
        if point:
            yield point


FULL = os.environ.get("BINADE_FULL") == "1"
FEW = os.environ.get("BINADE_POINTS") == "few" and not FULL


def part(chosen, *axes):
    """All of them; where few points are asked for, those that show a value of the axes first."""
    if not FEW:
        return chosen
    few, shown = [], set()
    for point in chosen:
        new = {(axis, point[axis]) for axis in axes} - shown
        if new:
            few.append(point)
            shown |= new
    return few


def settings(point):
    """The point's configuration keys."""
    rows, cols = ARRAYS[point["array"]]
    dataflow, overlap = point["flow"].split("-")
    keys = {"accumulate": point["policy"], "rounding": point["rounding"], "flex.init": point["init"],
            "core.rows": rows, "core.cols": cols, "core.dataflow": dataflow, "core.overlap": overlap, "core.edge": point["edge"],
            "core.pe_latency": point["pe_latency"], "core.block": point["block"], "core.chain": point["chain"],
            "core.bias": point["bias"], "dfp.add_shift": point["add_shift"]}
    if point["format"] in MIXED:
        keys |= dict(zip(("core.format_a", "core.format_b", "core.format_out"), MIXED[point["format"]]))
    if point["sum"] == "narrow":
        keys["core.acc_bits"] = NARROW[point["format"]]
    if point["format"].startswith("sdfp"):
        keys |= {"sdfp.weights": "auto", "sdfp.activations": "auto"}
    if point["tiles"] == "small":
        keys |= {"scratchpad.a_bytes": 1024, "scratchpad.b_bytes": 1024, "scratchpad.o_bytes": 1024, "core.psum_bytes": 2048}
    if point["memory"] == "ideal":
        keys["memory.ideal"] = "true"
    if point["memory"] == "starved":
        keys |= STARVED
    return keys


# What a built core is made of beside format, dataflow and array; everything else in a point is a field of a command or outside the core.
USUAL = {"rounding": "auto", "sum": "full", "block": 32, "chain": 31, "bias": "last", "pe_latency": 1}
POLICY = {"flex": "blocked", "posit": "exact", "dfp": "exact", "sdfp": "exact", "fixed": "exact", "fp32": "fp32"}  # else serial


def word_of(form, keys):
    """The format axis's word for a format and the keys that give operands others."""
    given = dict(key.split("=") for key in keys)
    formats = tuple(given.get(f"core.format_{side}", form) for side in ("a", "b", "out"))
    return next((word for word, theirs in MIXED.items() if theirs == formats), form)


def rtl_sets():
    """The cores that the build makes ahead: (word of the format axis, dataflow, rows, columns)."""
    lines = (pathlib.Path(__file__).resolve().parents[2] / "rtl/sets.txt").read_text().splitlines()
    words = [line.split() for line in lines if line and not line.startswith("#")]
    return [(word_of(form, keys), flow, int(rows), int(cols)) for form, flow, rows, cols, *keys in words]


def policy_of(form):
    return next((policy for start, policy in POLICY.items() if form.startswith(start)), "serial")


def prebuilt(point):
    """The point's core is one of rtl_sets()."""
    flow = point["flow"].split("-")[0]
    bank = flow == "os" or (point["tiles"] == "ample" and point["memory"] != "ideal")  # ws: the partial-sum bank's rows
    usual = all(point[axis] == value for axis, value in USUAL.items()) and point["policy"] == policy_of(point["format"])
    return usual and bank and point["memory"] != "starved" and (point["format"], flow, *ARRAYS[point["array"]]) in rtl_sets()


def rtl_covers(point):
    """docs/rtl/core.md."""
    form, policy = point["format"], point["policy"]
    integers = (*FIXED, *SUMS_BEFORE_EXPONENT)
    if policy == "chained":
        return form in SUMS_BEFORE_EXPONENT
    return policy in (("blocked",) if form.startswith("flex") else ("exact",) if form in integers or form.startswith("posit") else
                      ("serial", "fp32")) and (policy != "blocked" or point["block"] & point["block"] - 1 == 0)


def points_of_set(seed, rtl_set):
    """Points for one built core in which every two values that it can meet do meet."""
    form, flow, rows, cols = rtl_set
    axes = {**AXES, **{axis: (value,) for axis, value in USUAL.items()}, "format": (form,), "policy": (policy_of(form),),
            "array": (f"{rows}x{cols}",), "flow": tuple(f for f in AXES["flow"] if f.startswith(flow)), "memory": ("normal", "ideal")}
    rules = (*RULES, (("flow", "memory", "tiles"), lambda f, m, t: f.startswith("os") or (m, t) == ("normal", "ample")))
    return pairwise(seed, axes, rules)
