#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Elaborates every module of rtl/ over several parameter sets with Verilator (-Wall, fatal) and Yosys (check -assert).

lint_rtl.py RTL_DIR [MODULE...]: all modules, or the named ones. Also fails where a module of rtl/sources.f has no
parameter set here, or where an out-of-range parameter is accepted.
All are instances in one design, so that parts which many of them share are elaborated once; where a tool complains, each alone
says which.
"""
import pathlib
import subprocess
import sys
import tempfile

from core_config import config

POSITS = [(4, 0), (6, 3), (16, 1), (32, 2)]
FLOATS = [(6, 7, 0), (2, 1, 0), (4, 3, 2), (8, 23, 1), (5, 2, 5), (4, 3, 6)]


# Operands of a core.
FLEX, POSIT, FLOAT, DFP = dict(datapath=0, n=16), dict(datapath=1, n=8), dict(datapath=2, n=8), dict(datapath=3, n=8)
BF16 = dict(datapath=2, n=16, exponent_bits=8, fraction_bits=7, specials=1)

BITS = {"FloatOut", "Fp32", "Rounder", "Stochastic", "Underflow"}  # parameters of one bit


def quire(a, b, es):
    return 2 * ((a + b - 4) << es) + 32


def float_format(e, m, s, side=""):
    return {f"{side}ExponentBits": e, f"{side}FractionBits": m, f"{side}Specials": s}


def float_sets(**more):
    return [dict(**float_format(*f), **more) for f in FLOATS]


def float_pes(**more):
    """Of one format, and of three."""
    return [dict(**float_format(*a, "A"), **float_format(*b, "B"), **float_format(*out), **more)
            for a, b, out in ([(f, f, f) for f in FLOATS] + list(zip(FLOATS, FLOATS[1:], FLOATS[2:])))]


SETS = {
    "normalizer": [dict(Width=w) for w in (2, 3, 8, 33)],
    "delay_line": [dict(Stages=s) for s in (0, 1, 4)],
    "valid_line": [dict(Stages=s) for s in (0, 1, 4)],
    "saturating_adder": [dict(SumBits=a, TermBits=b) for a, b in ((32, 16), (12, 16), (8, 8))],
    "posit_decoder": [dict(N=n, Es=e) for n, e in POSITS],
    "posit_encoder": [dict(N=n, Es=e, ScaleBits=11, FractionBits=f, Underflow=u) for n, e in POSITS for f, u in ((31, 1), (60, 0))],
    "posit_term": [dict(QuireBits=q) for q in (256, 255, 24)] + [dict(QuireBits=q, ExtraBits=9) for q in (256, 24)],
    "posit_pe": [dict(ABits=a, BBits=b, Es=e, QuireBits=q, Latency=l)
                 for a, b, e in [*((n, n, e) for n, e in POSITS), (8, 16, 2), (32, 4, 1)] for q, l in ((quire(a, b, e), 1), (20, 3))],
    "posit_lane": [dict(N=n, Es=e, PointBits=(a + b - 4) << e, QuireBits=q, Underflow=u, Stochastic=s)
                   for a, b, n, e in [*((n, n, n, e) for n, e in POSITS), (8, 8, 32, 2), (32, 16, 8, 2)]
                   for q, u, s in ((quire(a, b, e), 0, 1), (20, 1, 0))],
    "block_rounder": [dict(SumBits=s, BlockBits=b) for s, b in ((20, 37), (20, 16), (32, 69), (20, 4))],
    "flex_pe": [dict(ABits=a, BBits=n, OutBits=o, BlockBits=b, Latency=l, Rounder=r)
                for a, n, o, b, l, r in ((16, 16, 16, 37, 1, 1), (8, 8, 8, 12, 3, 0), (24, 24, 24, 53, 2, 1), (8, 16, 24, 29, 1, 1))],
    "flex_lane": [dict(N=n, BlockBits=b) for n, b in ((16, 37), (8, 12), (32, 69))],
    "shift_round": [dict(N=n, AccBits=a) for n, a in ((8, 32), (16, 48), (8, 6), (24, 64))],
    "dfp_pe": [dict(ABits=a, BBits=b, AccBits=s, Latency=l)
               for a, b, s, l in ((8, 8, 32, 1), (16, 16, 48, 2), (8, 8, 12, 1), (32, 32, 64, 8), (8, 16, 48, 1))],
    "chain_adder": [dict(ChainBits=c) for c in (37, 12, 64, 2)],
    "dfp_chain_pe": [dict(ABits=a, BBits=b, ChainBits=c, Latency=l) for a, b, c, l in ((16, 16, 37, 1), (8, 16, 12, 3), (32, 32, 64, 2))],
    "dfp_chain_bias": [dict(FloatOut=0, N=n) for n in (8, 32)] + [dict(N=16, **float_format(8, 7, 1)), dict(N=32, **float_format(8, 23, 1))],
    "dfp_chain_lane": [dict(FloatOut=0, N=n, ChainBits=c) for n, c in ((8, 21), (32, 64))] +
                      [dict(N=16, Stochastic=s, **float_format(*f)) for f, s in (((8, 7, 1), 1), ((5, 10, 1), 0))] + [dict()],
    "dfp_lane": [dict(N=n, AccBits=a) for n, a in ((8, 32), (16, 48), (8, 12), (32, 64))],
    "float_decoder": float_sets(),
    "float_encoder": float_sets(ScaleBits=11, SigBits=28) + float_sets(ScaleBits=11, SigBits=4, Stochastic=1),
    "dfp_float_lane": float_sets(AccBits=32) + float_sets(AccBits=64, Stochastic=0) + float_sets(AccBits=2, Stochastic=0),
    "float_multiplier": [dict(ASigBits=a, BSigBits=b, AScaleBits=s) for a, b, s in ((2, 2, 9), (8, 8, 9), (24, 24, 9), (4, 3, 5))],
    "float_adder": [dict(ABits=a, BBits=b) for a, b in ((24, 24), (8, 24), (24, 48))],
    "float_accumulator": float_sets(),
    "float_pe": float_pes(Fp32=0, Latency=1) + float_pes(Fp32=1, Latency=2),
    "float_lane": float_sets(Fp32=0) + float_sets(Fp32=1),
    "sequential_multiplier": [dict(ABits=a, BBits=b) for a, b in ((8, 8), (5, 40), (100, 100))],
    "exponent_statistics": [dict(Lanes=l, MagnitudeBits=m) for l, m in ((8, 16), (1, 8), (5, 64))],
    "autoflex_predictor": [dict(N=n, Tensors=t) for n, t in ((16, 1), (8, 3), (24, 16))],
    "sdfp_bias_chooser": [dict(P=p) for p in (4, 8, 16, 24)],
    "exponent_unit": [dict(N=n, Lanes=l, MagnitudeBits=m, Tensors=t) for n, l, m, t in ((16, 8, 16, 4), (8, 4, 32, 1), (16, 4, 48, 1))],
    "fold_walker": [dict(Rows=r, Cols=c, Dataflow=w, Latency=l, Stream=t)
                    for r, c, w, l, t in ((8, 8, 0, 1, 0), (3, 5, 1, 2, 1), (4, 4, 0, 1, 2), (1, 1, 1, 1, 3))],
    "sequencer": [dict(Rows=r, Cols=c, Dataflow=w, Latency=l, LaneInterval=i)
                  for r, c, w, l, i in ((8, 8, 0, 1, 1), (3, 5, 1, 2, 3), (1, 1, 0, 1, 1))],
    "vector_queue": [dict(Width=8)],
    "output_queue": [dict(Width=8, Entries=e) for e in (2, 4, 5)],
    "datapath_pe": [],
    "datapath_lane": [],
    "bias_start": [],
    "bias_starts": [],
    "systolic_array": [],
    "core": [dict(Config=config(rows=r, cols=c, dataflow=w, latency=l, **d))
             for r, c, w, l in ((3, 3, 0, 1), (2, 3, 1, 2))
             for d in (dict(a=FLEX, acc_bits=37, accumulate=1), dict(a=POSIT, acc_bits=128), dict(a=FLOAT, accumulate=2),
                       dict(a=DFP, raw=1), dict(a=FLEX, b=FLEX | dict(n=8), acc_bits=29, accumulate=1),
                       dict(a=POSIT, b=POSIT | dict(n=16), acc_bits=192), dict(a=POSIT, out=POSIT | dict(n=16), acc_bits=128),
                       dict(a=POSIT | dict(underflow=1), acc_bits=128),
                       dict(a=FLOAT, b=FLOAT | dict(exponent_bits=5, fraction_bits=2, specials=1), out=BF16, accumulate=3),
                       dict(a=DFP, b=DFP | dict(n=16), out=DFP | dict(n=16), acc_bits=48, raw=1), dict(a=DFP, out=BF16),
                       dict(a=DFP, out=BF16, accumulate=4, block=31, acc_bits=21), dict(a=DFP, raw=1, accumulate=4, block=3, acc_bits=18),
                       dict(a=FLEX, acc_bits=37, accumulate=1, bias_first=1), dict(a=FLOAT, accumulate=2, bias_first=1),
                       dict(a=FLOAT, out=BF16, accumulate=3, bias_first=1), dict(a=DFP, out=BF16, accumulate=4, block=31, acc_bits=21, bias_first=1),
                       dict(a=DFP, raw=1, accumulate=4, block=31, acc_bits=21, bias_first=1))],
}
# Each must be refused at elaboration.
REFUSED = [("posit_decoder", dict(N=3)), ("posit_pe", dict(ABits=33)), ("posit_pe", dict(BBits=3)), ("posit_pe", dict(Es=4)), ("posit_pe", dict(QuireBits=3)),
           ("flex_pe", dict(ABits=3)), ("flex_pe", dict(OutBits=33)), ("dfp_pe", dict(BBits=1)), ("dfp_pe", dict(AccBits=65)), ("dfp_pe", dict(Latency=0)), ("float_encoder", dict(ExponentBits=9)),
           ("float_encoder", dict(Specials=4)),
           ("normalizer", dict(Width=1)), ("sequencer", dict(Dataflow=2)),
           *(("core", dict(Config=config(**formats))) for formats in (dict(b=dict(datapath=1)), dict(out=dict(datapath=1)),
                                                                      dict(a=FLEX, out=BF16), dict(a=POSIT, b=POSIT | dict(es=1)))),
           ("core", dict(Config=config(a=FLEX, block=3))), ("core", dict(Config=config(a=POSIT, acc_bits=128, bias_first=1))), ("chain_adder", dict(ChainBits=65)), ("dfp_chain_pe", dict(ABits=33)),
           ("dfp_chain_lane", dict(N=16))]


TOP = "lint_all"  # Its instances' ports are open, which says nothing about them.


def design(directory, jobs):
    """A file with TOP: an instance of each (module, parameters)."""
    rows = []
    for number, (module, parameters) in enumerate(jobs):
        values = ", ".join(f".{k}(1'b{v})" if k in BITS else f".{k}({v})" for k, v in parameters.items())
        rows.append(f"  {module} #({values}) u_{number} ();")
    file = pathlib.Path(directory) / f"{TOP}.sv"
    file.write_text("\n".join(["/* verilator lint_off PINMISSING */", f"module {TOP};", *rows, "endmodule", ""]))
    return str(file)


def verilator(files, waivers, top):
    return subprocess.run(["verilator", "--lint-only", "-Wall", "--top-module", TOP, waivers, *files, top], capture_output=True, text=True)


def yosys(files, top):
    script = f"read_verilog -sv -defer {' '.join(files)}; read_verilog -sv {top}; hierarchy -check -top {TOP}; proc; check -assert"
    return subprocess.run(["yosys", "-q", "-p", script], capture_output=True, text=True)


def main():
    directory = pathlib.Path(sys.argv[1])
    sources = (directory / "sources.f").read_text().split()
    modules = [pathlib.Path(s).stem for s in sources if not s.endswith("_pkg.sv")]
    files = [str(directory / s) for s in sources]
    wanted = sys.argv[2:] or modules
    failures = [f"{m}: no parameter set in lint_rtl.py" for m in modules if m not in SETS]
    on_disk = {str(p.relative_to(directory)) for p in directory.rglob("*.sv") if p.parent.name != "formal"}
    failures += [f"{s}: not in sources.f" for s in sorted(on_disk - set(sources))]
    jobs = [(m, p) for m in wanted for p in SETS.get(m, [])]
    waivers = str(directory / "waivers.vlt")
    tools = {"verilator": lambda top: verilator(files, waivers, top), "yosys": lambda top: yosys(files, top)}
    with tempfile.TemporaryDirectory() as place:
        for name, tool in tools.items():
            if tool(design(place, jobs)).returncode != 0:
                alone = [(job, tool(design(place, [job]))) for job in jobs]
                wrong = [f"{name} {job[0]} {job[1]}:\n{done.stdout[-800:]}{done.stderr[-1500:]}" for job, done in alone if done.returncode != 0]
                failures += wrong or [f"{name}: all in one design, though not alone:\n{tool(design(place, jobs)).stderr[-1500:]}"]
            failures += [f"{module} {parameters}: accepted by {name}" for module, parameters in REFUSED
                         if module in wanted and tool(design(place, [(module, parameters)])).returncode == 0]
    print("\n".join(failures))
    print(f"{len(jobs)} elaborations by each tool, {len(failures)} failures")
    return 1 if failures else 0


sys.exit(main())
