#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Mutation testing of the RTL: mutation.py OUT [UNIT...]

For each unit of UNITS, Yosys plants MUTANTS seeded single faults into its netlist, all in one module with an input `mutsel` that
chooses; `binade verify` then runs each against the same stimuli (`stages`, in order, until one kills it). A survivor is equivalent where
its unit was tried exhaustively (decoders), where ABC proves the circuit equal to the sound one, in every state (registers and memories
cut out) or from cleared registers, or where equivalent.txt says why; one that only a run beyond reach could show (equivalent.txt again) is
called that; else it is open. What is proved does not run the longer stages. Prints the kill rate a unit, and writes
OUT/UNIT.survivors: a line a survivor, with its verdict and the source lines that Yosys names. Exits 1 where a netlist without a fault
differs, for then the kills mean nothing, and where a survivor is open. OUT/UNIT.fates keeps what an interrupted run has found."""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINADE = os.environ.get("BINADE", str(ROOT / "build/binade"))
MUTANTS, SEED = 200, 1  # and one that is none
JOBS = int(os.environ.get("JOBS", os.cpu_count()))
PROOF_SECONDS = 100
# Unit, format, configuration: one small shape of each, so that a netlist's registers are reached.
UNITS = {
    "posit_pe": ("posit8", []),
    "flex_pe": ("flex8+5", []),
    "dfp_pe": ("dfp8", []),
    "float_pe": ("fp8e4m3", ["accumulate=serial"]),
    "posit_lane": ("posit8", []),
    "flex_lane": ("flex8+5", []),
    "dfp_lane": ("dfp8", []),
    "float_lane": ("fp8e4m3", ["accumulate=fp32"]),
    "dfp_float_lane": ("fp16", ["core.format_a=dfp8", "core.format_b=dfp8", "core.acc_bits=20"]),
    "posit_decoder": ("posit8", []),
    "posit_encoder": ("posit8", []),
    "float_decoder": ("fp8e4m3", []),
    "float_encoder": ("fp8e4m3", []),
    "systolic_array": ("dfp4", ["core.rows=3", "core.cols=2", "core.acc_bits=9"]),
    "exponent_unit": ("dfp4", []),
    "core": ("dfp4", ["core.rows=2", "core.cols=2", "core.acc_bits=9"]),
}
# Random vectors of the first stages and of the last two: SHORT and LONG, but where a vector takes long.
SHORT, LONG = 10000, 200000
COUNTS = {"systolic_array": (200, 500), "core": (200, 3000), "exponent_unit": (400, 20000)}


def stages(unit):
    """Cheap stimuli first: most mutants die at once."""
    short, long = COUNTS.get(unit, (SHORT, LONG))
    corners = ["--count", str(short)] if unit in ("core", "exponent_unit") else []
    return [["--stimulus", "random", "--stalls", "random", "--count", str(short)],
            ["--stimulus", "random", "--stalls", "bursty", "--seed", "2", "--count", str(short)],
            ["--stimulus", "corner", "--stalls", "none", *corners],
            ["--stimulus", "exhaustive", "--stalls", "none"],
            *(["--stimulus", "random", "--stalls", "none", "--seed", seed, "--count", str(long)] for seed in ("3", "4"))]


def verify(unit, directory, stage, mutant=None, netlist=True, shape=None):
    word, settings = shape or UNITS[unit]
    command = [BINADE, "verify", unit, "--format", word, *[f"--set={s}" for s in settings], *stage, "--jobs", "1", "--failures", "1",
               "--out", str(directory / f"mutant{mutant}.csv"), "--report-format", "json"]
    if netlist:
        command += ["--rtl", str(directory / "netlist"), "--top", unit]
    if mutant is not None:
        command += ["--drive", f"mutsel={mutant}"]
    return subprocess.run(command, capture_output=True, text=True)


def build(unit, directory, mutants=MUTANTS, shape=None):
    """The unit's netlist in DIRECTORY/netlist, with MUTANTS faults to choose from; returns them as Yosys lists them, by number."""
    plain = verify(unit, directory, ["--count", "10"], netlist=False, shape=shape)
    assert plain.returncode == 0, plain.stderr
    top, *words = json.loads(plain.stdout)["module"].split()
    parameters = [word for word in words if "=" in word]
    sources = " ".join(str(ROOT / "rtl" / s) for s in (ROOT / "rtl/sources.f").read_text().split())
    sets = " ".join("-set {} {}".format(*p.split("=")) for p in parameters)
    listing, netlist = directory / "mutants.txt", directory / "netlist"
    netlist.mkdir(exist_ok=True)
    listing.touch()
    plant = f"mutate -list {mutants + 1} -seed {SEED} -ctrl mutsel 10 1 -none -o {listing}; script {listing};" if mutants else ""
    # Verilator sees loops in vectors whose bits drive each other, so they are split.
    script = (f"read_verilog -sv {sources}; chparam {sets} {top}; hierarchy -check -top {top}; rename -top {top}; proc; flatten; "
              f"memory -nomap; opt -full; clean; write_ilang {directory / 'base.il'}; {plant} write_ilang {directory / 'planted.il'}; "
              f"splitnets; opt_clean; "
              f"write_verilog -noattr {netlist / 'netlist.v'}")
    subprocess.run(["yosys", "-q", "-p", script], check=True, capture_output=True)
    lines = listing.read_text().splitlines()
    return {int(line.split()[4]): line for line in lines if "-mode none" not in line}


# What a unit's neighbours promise (its module's comments on ports), as cases: a mutant equal in each is equivalent.
PROMISES = {"float_encoder": ["significand_i[63] 1'1", "zero_i 1'1", "infinite_i 1'1", "nan_i 1'1"]}


def every_state(unit, directory, line):
    """Proof with registers and memories cut out, or None."""
    if unit.endswith("_decoder"):
        return None
    return "equivalent: proved in every state" if EQUAL in abc("cec", directory, line.split()[4]) else None


def reachable_states(unit, directory, line):
    """Proof by every code, from cleared registers, or for what the inputs can be; or None. Not tried where equivalent.txt explains."""
    if unit.endswith("_decoder"):
        return "equivalent: every code tried"
    if explained(unit, line):
        return None
    # A clock is no signal in what follows.
    if "-port CLK" not in line and EQUAL in abc("dsec", directory, line.split()[4]):
        return "equivalent: proved from cleared registers"
    promises = PROMISES.get(unit)
    if promises and all(keeps(unit, directory, line, promise) for promise in promises):
        return "equivalent: proved for what its inputs can be"
    return None


def explained(unit, line):
    """The verdict in equivalent.txt, or None."""
    reason = explanations().get((unit, name_of(line)))
    return reason if not reason or reason.startswith(BEYOND) else f"equivalent: {reason}"


def keeps(unit, directory, line, promise):
    """True where a combinational unit and its mutant are equal under an assumption on an input."""
    fault = re.sub(r" -ctrl mutsel 10 \d+", "", line)
    copies = "".join(f"read_ilang {directory / 'base.il'}; {change}; rename {unit} {name}; design -stash {name}; "
                     for name, change in (("gold", ""), ("gate", fault)))
    return run(["yosys", "-q", "-p", f"{copies} design -copy-from gold gold; design -copy-from gate gate; miter -equiv -flatten gold gate miter; "
                                     f"hierarchy -top miter; opt -full; sat -verify -prove trigger 0 -set-def-inputs -timeout {PROOF_SECONDS} "
                                     f"-set in_{promise} miter"]).returncode == 0


def name_of(line):
    """Mode, port and bit, and the source line: what survives a new numbering of cells."""
    field = {key: value for key, value in re.findall(r"-(mode|port|portbit|src) (\S+)", line)}  # the last -src is the innermost
    file, row = field.get("src", "?:?").rsplit(":", 1)
    return f"{field['mode']} {field['port']}[{field['portbit']}] {pathlib.Path(file).name}:{row.split('.')[0]}"


BEYOND = "beyond reach"


def explanations():
    """unit, name of the fault -> why nothing that is specified tells it apart, or what run beyond reach would."""
    lines = (pathlib.Path(__file__).parent / "equivalent.txt").read_text().splitlines()
    rows = [[part.strip() for part in line.split("|")] for line in lines if line and not line.startswith("#")]
    return {(unit, name): reason for unit, name, reason in rows}


EQUAL = "Networks are equivalent"
# The cells that are cut out of the circuits that an ABC command compares.
CUT = {"cec": ("dff", "mem_v2"), "dsec": ("mem_v2",)}


def map_circuits(directory):
    """DIRECTORY/COMMAND.blif: the netlist with all faults in gates, as an ABC command takes it; and the sound circuit of each."""
    run(["yosys", "-q", "-p", f"read_ilang {directory / 'planted.il'}; async2sync; dffunmap; opt_clean; write_ilang {directory / 'plain.il'}"],
        check=True)
    for command, kinds in CUT.items():
        opened = directory / f"{command}.il"
        opened.write_text(cut((directory / "plain.il").read_text(), kinds))
        run(["yosys", "-q", "-p", f"read_ilang {opened}; simplemap; techmap; simplemap; opt_clean; setundef -zero; splitnets -ports; "
                                  f"aigmap; zinit -all; opt_clean; write_blif {directory / command}.blif"], check=True)
        write_circuit(command, directory, SOUND)


SOUND = 0


def circuit(command, directory, number):
    """The file of the circuit with fault `number`."""
    return directory / f"{command}.{number}.blif"


def write_circuit(command, directory, number):
    text = (directory / f"{command}.blif").read_text()
    constants = "".join(f".names mutsel[{bit}]\n{'1' if int(number) >> bit & 1 else ''}\n" for bit in range(10))
    text = re.sub(r" mutsel\[\d\](?=[^\n]*\n\.outputs)", "", text).replace("\n.end", f"\n{constants}.end")
    circuit(command, directory, number).write_text(text)


def abc(command, directory, number):
    """What ABC says of the sound circuit and that with a fault: `cec` without registers, `dsec` with them."""
    write_circuit(command, directory, number)
    sound, mutant = circuit(command, directory, SOUND), circuit(command, directory, number)
    try:  # -T does not end every engine of dsec
        said = run(["yosys-abc", "-c", f"{command} -T {PROOF_SECONDS} {sound} {mutant}"], timeout=PROOF_SECONDS).stdout
    except subprocess.TimeoutExpired:
        return "no answer in time"
    assert "failed" not in said.lower().replace("verification failed", ""), said
    return said


def run(command, check=False, timeout=None):
    return subprocess.run(command, capture_output=True, text=True, check=check, timeout=timeout)


# What cutting a cell out leaves: port -> width, first the outputs of the cell.
STATE = {"dff": lambda p: [{"Q": p["WIDTH"]}, {"D": p["WIDTH"], "CLK": 1}],
         "mem_v2": lambda p: [{"RD_DATA": p["RD_PORTS"] * p["WIDTH"]},
                              {"RD_ADDR": p["RD_PORTS"] * p["ABITS"], "RD_EN": p["RD_PORTS"], "RD_CLK": p["RD_PORTS"],
                               "WR_ADDR": p["WR_PORTS"] * p["ABITS"], "WR_DATA": p["WR_PORTS"] * p["WIDTH"],
                               "WR_EN": p["WR_PORTS"] * p["WIDTH"], "WR_CLK": p["WR_PORTS"]}]}


def cut(text, kinds):
    """The RTLIL module with cells of these kinds cut out: what they give is an input, what they take an output. Modules that are equal
    with all registers and memories cut out are equal circuits, whatever state they are in."""
    ports = max(map(int, re.findall(r"(?:input|output) (\d+) ", text)), default=0)

    def opened(match):
        nonlocal ports
        kind, name, body = match.groups()
        parameters = {key: int(value) for key, value in re.findall(r"parameter \\(\w+) (\d+)$", body, re.M)}
        given, taken = STATE[kind](parameters)
        lines = ""
        for direction, pins in (("input", given), ("output", taken)):
            for pin, width in pins.items():
                ports += 1
                wire = f"\\state{re.sub(r'[^a-zA-Z0-9]', '_', name)}_{pin}"
                signal = re.search(rf"connect \\{pin} (.*)", body)[1]
                lines += f"  wire width {width} {direction} {ports} {wire}\n"
                lines += f"  connect {signal} {wire}\n" if direction == "input" else f"  connect {wire} {signal}\n"
        return lines

    return re.sub(rf"  cell \$({'|'.join(kinds)}) (\S+)\n(.*?)  end\n", opened, text, flags=re.S)


def killer(unit, directory, mutant, numbers):
    """The first of these stages that finds the mutant, or None."""
    for number in numbers:
        done = verify(unit, directory, stages(unit)[number], mutant)
        if done.returncode == 1:
            return number
        assert done.returncode == 0 or "too many operands" in done.stderr, done.stderr
    return None


def fate(unit, directory, mutant, line):
    """The stage that kills a mutant, or the proof that it is equivalent, or None. Cheap steps first: proofs take a second, or give up
    after PROOF_SECONDS."""
    first, *short, long, again = range(len(stages(unit)))
    for step in (lambda: killer(unit, directory, mutant, [first]), lambda: every_state(unit, directory, line),
                 lambda: killer(unit, directory, mutant, short), lambda: reachable_states(unit, directory, line),
                 lambda: killer(unit, directory, mutant, [long, again])):
        result = step()
        if result is not None:
            return result
    return None


class Fates:
    """What became of each mutant, on disk as soon as it is known; of the same program, netlist and stages it is found again."""

    def __init__(self, path, unit, directory):
        self.path = path
        inputs = pathlib.Path(BINADE).read_bytes(), (directory / "netlist/netlist.v").read_bytes(), repr(stages(unit)).encode()
        key = hashlib.sha256(b"".join(inputs)).hexdigest()
        lines = path.read_text().splitlines() if path.exists() else []
        if lines[:1] != [key]:
            lines = [key]
            path.write_text(key + "\n")
        self.known = dict(json.loads(line) for line in lines[1:])

    def of(self, mutant, find):
        if mutant not in self.known:
            self.known[mutant] = find()
            with self.path.open("a") as file:
                file.write(json.dumps([mutant, self.known[mutant]]) + "\n")
        return self.known[mutant]


def test(unit, out):
    directory = out / unit
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    mutants = build(unit, directory)
    fates = Fates(out / f"{unit}.fates", unit, directory)
    if fates.of(SOUND, lambda: killer(unit, directory, SOUND, range(len(stages(unit))))) is not None:
        print(f"{unit}: the netlist without a fault differs", flush=True)
        return False
    map_circuits(directory)
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        ends = dict(zip(mutants, pool.map(lambda mutant: fates.of(mutant, lambda: fate(unit, directory, mutant, mutants[mutant])), mutants)))
    verdicts = {mutant: end or explained(unit, mutants[mutant]) or f"open: {name_of(mutants[mutant])}"
                for mutant, end in ends.items() if not isinstance(end, int)}
    (out / f"{unit}.survivors").write_text("".join(f"{said}; {mutants[mutant]}\n" for mutant, said in verdicts.items()))
    killed, still_open, beyond = len(mutants) - len(verdicts), *(sum(v.startswith(w) for v in verdicts.values()) for w in ("open", BEYOND))
    different = killed + still_open + beyond
    by_stage = ", ".join(str(sum(end == number for end in ends.values())) for number in range(len(stages(unit))))
    equivalent = len(verdicts) - still_open - beyond
    print(f"{unit:16} {killed:4} of {len(mutants)} killed, {equivalent} equivalent, {beyond} beyond reach, {still_open} open: "
          f"{100 * killed / different:.1f} % of those not equivalent (killed by stage {by_stage})", flush=True)
    return still_open == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", metavar="OUT", type=pathlib.Path)
    parser.add_argument("units", metavar="UNIT", nargs="*")
    arguments = parser.parse_args()
    for unit in arguments.units:
        if unit not in UNITS:
            parser.error(f"unknown unit {unit}; allowed: {' '.join(UNITS)}")
    return 0 if all([test(unit, arguments.out.resolve()) for unit in arguments.units or UNITS]) else 1


if __name__ == "__main__":
    sys.exit(main())
