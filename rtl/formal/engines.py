# SPDX-License-Identifier: Apache-2.0
"""The solvers. Each is asked whether a circuit's `fails_o` can be 1: no proves the claim, an assignment of inputs refutes it."""
import os
import pathlib
import re
import resource
import signal
import subprocess

from problems import ToolFailure

PROVED, REFUTED, TIMEOUT = "proved", "refuted", "timeout"


def run(command, log, limit_s, directory):
    """(output, CPU seconds); output None where the time ran out. The limit is of CPU time, so that a busy machine decides nothing."""
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s + 5))
    with open(log, "w", encoding="utf-8") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=directory, preexec_fn=limit)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = used.ru_utime + used.ru_stime
    output = pathlib.Path(log).read_text(encoding="utf-8", errors="replace")
    if process.returncode == -signal.SIGXCPU or (process.returncode == -signal.SIGKILL and seconds >= limit_s):
        return None, seconds
    if process.returncode < 0:
        raise ToolFailure(f"{command[0]} died of {signal.Signals(-process.returncode).name} after {seconds:.0f} s ({log})")
    return output, seconds


def failed(what, log, output):
    tail = "\n".join(output.strip().splitlines()[-6:])
    return ToolFailure(f"{what} said neither yes nor no ({log}):\n{tail}")


def sat(directory, limit_s):
    """Yosys' own: MiniSat over the cells."""
    log = directory / "sat.log"
    output, seconds = run(["yosys", "-p", "read_ilang top.il; sat -prove fails_o 0 -show-inputs -show-outputs top"], log, limit_s, directory)
    if output is None:
        return TIMEOUT, seconds, {}
    if "SAT proof finished - no model found: SUCCESS!" in output:
        return PROVED, seconds, {}
    if "SAT proof finished - model found: FAIL!" not in output:
        raise failed("yosys sat", log, output)
    rows = re.findall(r"^  \\(\S+) +(\S+) +(\S+) +([01x]+)$", output, re.M)
    return REFUTED, seconds, {name: bits for name, _, _, bits in rows}


def abc(directory, limit_s):
    """ABC: simulation and SAT sweeping over and-inverter graphs, which finds what two descriptions have in common."""
    log = directory / "abc.log"
    output, seconds = run(["yosys-abc", "-c", "read_aiger top.aig; dprove; write_cex -n abc.cex"], log, limit_s, directory)
    if output is None:
        return TIMEOUT, seconds, {}
    if re.search(r"^UNSATISFIABLE", output, re.M):
        return PROVED, seconds, {}
    if not re.search(r"^SATISFIABLE", output, re.M):
        raise failed("yosys-abc", log, output)
    return REFUTED, seconds, named(directory)


def named(directory):
    """ABC's assignment by the names of ports."""
    values = dict(re.findall(r"(\S+)=([01])", (directory / "abc.cex").read_text()))
    ports = {}
    for index, bit, name in re.findall(r"^input (\d+) (\d+) (\S+)$", (directory / "top.map").read_text(), re.M):
        ports.setdefault(name, {})[int(bit)] = values.get(f"pi{int(index):0{width(values)}d}", "x")
    return {name: "".join(bits[bit] for bit in sorted(bits, reverse=True)) for name, bits in ports.items()}


def width(values):
    return max((len(name) - 2 for name in values), default=1)


def z3(directory, limit_s):
    """Z3 on Yosys' SMT-LIB, words as bit vectors."""
    text = (directory / "top.smt2").read_text()
    state = re.search(r"\(define-sort \|top_s\| \(\) (.*)\)", text).group(1)
    inputs = re.findall(r"^; yosys-smt2-input (\S+) (\d+)$", text, re.M)
    values = " ".join(f"(|top_n {name}| s)" for name, _ in inputs)
    (directory / "query.smt2").write_text(f"{text}\n(declare-const s {state})\n(assert (|top_n fails_o| s))\n(check-sat)\n(get-value ({values}))\n")
    log = directory / "z3.log"
    output, seconds = run(["z3", "query.smt2"], log, limit_s, directory)
    if output is None:
        return TIMEOUT, seconds, {}
    if output.startswith("unsat"):
        return PROVED, seconds, {}
    if not output.startswith("sat"):
        raise failed("z3", log, output)
    found = re.findall(r"\(\|top_n (\S+)\| s\)\s+(#b[01]+|#x[0-9a-f]+|true|false)\)", output)
    return REFUTED, seconds, {name: bits(value) for name, value in found}


def bits(value):
    if value.startswith("#x"):
        return "".join(f"{int(digit, 16):04b}" for digit in value[2:])
    return {"true": "1", "false": "0"}.get(value, value[2:])


ENGINES = {"sat": sat, "abc": abc, "z3": z3}
PROGRAMS = {"sat": "yosys", "abc": "yosys-abc", "z3": "z3"}
