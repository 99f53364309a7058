# SPDX-License-Identifier: Apache-2.0
"""The switching energy of a shape: its chosen netlist on the stimuli of its unit, window by window."""
import pathlib
import re

import array_stimuli
import circuit
import element_stimuli
import exponent_stimuli
import lane_stimuli
import operand_sums
import part_stimuli
import sequencer_stimuli
import simulation
import stationary_array_stimuli
import synthesis
import timing

HERE = pathlib.Path(__file__).resolve().parent
STIMULI = {unit: stimuli for stimuli in (element_stimuli, lane_stimuli, sequencer_stimuli, exponent_stimuli, part_stimuli, array_stimuli)
           for unit in stimuli.UNITS} | {f"{unit} ws": stationary_array_stimuli for unit in array_stimuli.UNITS}


def work(shape):
    """Which stimuli a shape has: its unit's, of arrays by dataflow."""
    stationary = shape.unit in array_stimuli.UNITS and "core.dataflow=ws" in shape.settings
    return f"{shape.unit} ws" if stationary else shape.unit


def steps(unit):
    """Of stimuli. What decides the figures beside the netlist and the library: the text of the steps themselves."""
    sources = [HERE / f"{name}.py" for name in ("circuit", "cell_tables", "stimulus", STIMULI[unit].__name__, *STIMULI[unit].NEEDS)]
    return "".join(path.read_text() for path in [*sources, *simulation.files()])


def needs_states(unit):
    return unit in lane_stimuli.UNITS


def measure(shape, module, point, library, liberty_file, directory, tools_directory, states=()):
    """`windows`: of each its stream and number, operations, clocks, sums of its operands and energies in pJ. `states`: of an element, what
    its windows come to."""
    netlist = circuit.Netlist(flat(shape, module, library, directory), timing.CLOCK)
    file = directory / "energy.circuit"
    file.write_text(circuit.text(netlist, library, liberty_file, point["delay_ps"]))
    stimulus, known = STIMULI[work(shape)].stimulate(shape, module, netlist.inputs, states)
    windows, outputs, _ = simulation.run(simulation.build(tools_directory), file, stimulus, shape.name)
    file.unlink()
    return {"windows": [row(window, known) for window in windows],
            "states": [element_stimuli.state(netlist.outputs, bits) for bits in outputs]}


def flat(shape, module, library, directory):
    """The netlist, a port a bit, without the boundaries that an array keeps."""
    text = (directory / "timing.v").read_text()
    if len(re.findall(r"^module ", text, re.M)) == 1:
        return text
    file = directory / "flat.v"
    synthesis.script(directory, "flat", [f"read_liberty -lib {library.bare}", f"read_verilog {directory / 'netlist.v'}", f"hierarchy -top {module.top}",
                                         "flatten", "opt_clean -purge", "splitnets -ports -format __", "opt_clean -purge", f"write_verilog -noattr -noexpr {file}"], shape.name)
    return file.read_text()


def row(window, known):
    stream, _, number = window.name.partition(".")
    sums = known.get(window.name, dict.fromkeys(operand_sums.TERMS, 0))
    return {"stream": stream, "window": int(number or 0), "operations": sums["1"], "clocks": window.clocks, "sums": sums,
            "timed_pj": round(window.timed.total_pj, 6), "zero_delay_pj": round(window.zero_delay.total_pj, 6),
            "clock_pj": round(window.timed.clock / 1000, 6), "idle": int(stream == "idle")}
