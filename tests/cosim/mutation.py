#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Mutation testing of the RTL: mutation.py OUT [UNIT...]

For each unit of UNITS, Yosys plants MUTANTS seeded single faults into its netlist, all in one module with an input `mutsel` that chooses;
`binade verify` then runs each against the same stimuli (`STAGES`, in order, until one kills it). A survivor is equivalent where its unit was
tried exhaustively (decoders), or where a SAT solver proves the circuit equal to the sound one in every state (registers cut out); else it
is open. Prints the kill rate a unit, and writes OUT/UNIT.survivors: a line a survivor, with its verdict and the source lines that
Yosys names. Exits 1 where a netlist without a fault differs, for then the kills mean nothing."""
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINADE = os.environ.get("BINADE", str(ROOT / "build/binade"))
MUTANTS, SEED = 200, 1
PROOF_SECONDS = 60
# Unit, format, configuration: one small shape of each, so that a netlist's registers are reached.
UNITS = {
    "posit_pe": ("posit8", []),
    "flex_pe": ("flex8+5", []),
    "dfp_pe": ("dfp8", []),
    "float_pe": ("fp8e4m3", []),
    "posit_lane": ("posit8", []),
    "flex_lane": ("flex8+5", []),
    "dfp_lane": ("dfp8", []),
    "float_lane": ("fp8e4m3", ["accumulate=fp32"]),
    "posit_decoder": ("posit8", []),
    "posit_encoder": ("posit8", []),
    "float_decoder": ("fp8e4m3", []),
    "float_encoder": ("fp8e4m3", []),
    "systolic_array": ("dfp4", ["core.rows=2", "core.cols=2"]),
    "exponent_unit": ("dfp8", []),
    "core": ("dfp4", ["core.rows=2", "core.cols=2"]),
}
# Cheap stimuli first: most mutants die at once.
STAGES = [["--stimulus", "random", "--stalls", "random"],
          ["--stimulus", "random", "--stalls", "bursty", "--seed", "2"],
          ["--stimulus", "corner"],
          ["--stimulus", "exhaustive"]]


def verify(unit, directory, mutant, stage, module=True):
    word, settings = UNITS[unit]
    command = [BINADE, "verify", unit, "--format", word, *[f"--set={s}" for s in settings], *stage, "--jobs", "1", "--failures", "1",
               "--out", str(directory / f"mutant{mutant}.csv"), "--report-format", "json"]
    if module:
        command += ["--rtl", str(directory / "netlist"), "--top", unit, "--drive", f"mutsel={mutant}"]
    return subprocess.run(command, capture_output=True, text=True)


def build(unit, directory):
    """The mutated netlist in DIRECTORY/netlist; returns the mutants as Yosys lists them, by number."""
    plain = verify(unit, directory, 0, ["--count", "10"], module=False)
    assert plain.returncode == 0, plain.stderr
    top, *parameters = json.loads(plain.stdout)["module"].split()
    sources = " ".join(str(ROOT / "rtl" / s) for s in (ROOT / "rtl/sources.f").read_text().split())
    sets = " ".join("-set {} {}".format(*p.split("=")) for p in parameters)
    listing, netlist = directory / "mutants.txt", directory / "netlist"
    netlist.mkdir(exist_ok=True)
    script = (f"read_verilog -sv {sources}; chparam {sets} {top}; hierarchy -check -top {top}; rename -top {top}; proc; flatten; memory; "
              f"opt -full; clean; write_ilang {directory / 'base.il'}; mutate -list {MUTANTS} -seed {SEED} -ctrl mutsel 10 1 -none -o {listing}; script {listing}; "
              f"opt_clean; write_verilog -noattr {netlist / 'netlist.v'}")
    subprocess.run(["yosys", "-q", "-p", script], check=True, capture_output=True)
    lines = listing.read_text().splitlines()
    return {int(line.split()[4]): line for line in lines if "-mode none" not in line}


def verdict(unit, directory, line):
    """Of a surviving mutant."""
    if unit.endswith("_decoder"):
        return "equivalent: every code tried"
    fault = re.sub(r" -ctrl mutsel 10 \d+", "", line)
    base = directory / "base.il"
    try:
        yosys(f"read_ilang {base}; {plain(unit, 'gold', directory / 'gold.il')}")
        gate = directory / f"{line.split()[4]}.il"
        yosys(f"read_ilang {base}; {fault}; {plain(unit, 'gate', gate)}")
        opened = [open_registers(path) for path in (directory / "gold.il", gate)]
        proof = yosys(f"read_ilang {opened[0]}; read_ilang {opened[1]}; miter -equiv -flatten gold gate miter; hierarchy -top miter; "
                      f"opt -full -share_all; sat -verify -prove trigger 0 -set-def-inputs -timeout {PROOF_SECONDS} miter")
    except subprocess.TimeoutExpired:
        return "open: no proof in time"
    return "equivalent: proved" if proof.returncode == 0 else "open"


def yosys(script):
    return subprocess.run(["yosys", "-q", "-p", script], capture_output=True, text=True, timeout=4 * PROOF_SECONDS)


def plain(unit, name, file):
    """Commands that leave a module of plain registers and logic."""
    return f"rename {unit} {name}; async2sync; dffunmap; opt_clean; write_ilang {file}"


def open_registers(path):
    """The module with its registers cut out: what they hold is an input, what they take an output. Equal modules then are equal
    circuits, whatever state they are in."""
    text = path.read_text()
    ports = max(map(int, re.findall(r"(?:input|output) (\d+) ", text)), default=0)

    def cut(match):
        nonlocal ports
        name, body = match[1], match[2]
        width = re.search(r"parameter \\WIDTH (\d+)", body)[1]
        d, q = (re.search(rf"connect \\{port} (.*)", body)[1] for port in "DQ")
        identifier = "\\register" + re.sub(r"\W", "_", name)
        ports += 2
        return (f"  wire width {width} input {ports - 1} {identifier}_q\n  wire width {width} output {ports} {identifier}_d\n"
                f"  connect {q} {identifier}_q\n  connect {identifier}_d {d}\n")

    opened = path.with_suffix(".open.il")
    opened.write_text(re.sub(r"  cell \$dff (\S+)\n(.*?)  end\n", cut, text, flags=re.S))
    return opened

def kill(unit, directory, mutant):
    """The stage that finds the mutant, or None."""
    for number, stage in enumerate(STAGES):
        done = verify(unit, directory, mutant, stage)
        if done.returncode == 1:
            return number
        assert done.returncode == 0 or "too many operands" in done.stderr, done.stderr
    return None


def test(unit, out):
    directory = out / unit
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    mutants = build(unit, directory)
    if kill(unit, directory, 0) is not None:
        print(f"{unit}: the netlist without a fault differs")
        return False
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        stages = dict(zip(mutants, pool.map(lambda mutant: kill(unit, directory, mutant), mutants)))
        survivors = [mutant for mutant, stage in stages.items() if stage is None]
        verdicts = list(pool.map(lambda mutant: verdict(unit, directory, mutants[mutant]), survivors))
    (out / f"{unit}.survivors").write_text("".join(f"{v}; {mutants[m]}\n" for v, m in zip(verdicts, survivors)))
    killed, still_open = len(mutants) - len(survivors), sum(v.startswith("open") for v in verdicts)
    different = killed + still_open
    by_stage = ", ".join(str(sum(stage == number for stage in stages.values())) for number in range(len(STAGES)))
    print(f"{unit:16} {killed:4} of {len(mutants)} killed, {len(survivors) - still_open} equivalent, {still_open} open: "
          f"{100 * killed / different:.1f} % of those not equivalent (killed by stage {by_stage})", flush=True)
    return True


def main():
    out = pathlib.Path(sys.argv[1]).resolve()
    return 0 if all([test(unit, out) for unit in sys.argv[2:] or UNITS]) else 1


if __name__ == "__main__":
    sys.exit(main())
