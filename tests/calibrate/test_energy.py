# SPDX-License-Identifier: Apache-2.0
"""Switching energy: gatesim on circuits whose energy a hand can count, operand sums, the fit of macro-models."""
import lzma
import re
import shutil
import subprocess

import numpy
import pytest

import cell_tables
import circuit
import energy
import energy_fits
import energy_table
import liberty
import macro_models
import memories
import operand_sums
import simulation
import stimulus
import streams
import tiny_library
from problems import InputError, ToolFailure

needs_compiler = pytest.mark.skipif(not shutil.which("c++"), reason="g++ not installed")
PIN_FJ = 0.5 * 2 * 1.1 ** 2  # half of C V^2 of a pin of 2 fF
RISE, FALL = (1000 * pj for pj in tiny_library.OUTPUT_PJ)
PAIR_FJ = RISE + FALL  # an output there and back, without its load


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    return simulation.build(tmp_path_factory.mktemp("gatesim"))


@pytest.fixture
def simulate(program, library_file, tmp_path):
    """simulate(ports, gates, clocks): the window of these clocks, the toggles by name of net. Ports start as the first clock has them."""
    def run(ports, gates, clocks, period=10_000):
        library = liberty.read(library_file())
        lines = [f"module m({', '.join(ports)});", *(f"  {way} {name};" for name, way in ports.items())]
        for number, (cell, pins) in enumerate(gates):
            lines.append(f"  {cell} u{number} (\n    " + ",\n    ".join(f".{pin}({net})" for pin, net in pins.items()) + "\n  );")
        netlist = circuit.Netlist("\n".join([*lines, "endmodule", ""]), "clk_i")
        file = tmp_path / "circuit"
        file.write_text(circuit.text(netlist, library, library.path, period))
        drive = stimulus.Stimulus(netlist.inputs)
        drive.clock(**clocks[0])
        drive.window("w.0")
        for values in clocks[1:]:
            drive.clock(shown=True, **values)
        windows, outputs, toggles = simulation.run(program, file, drive.text, "test")
        return windows[0], {name: toggles[number] for name, number in netlist.numbers.items() if "'" not in name}, outputs
    return run


@needs_compiler
def test_a_chain_of_inverters(simulate):
    """Two clocks move each of three outputs once up and once down; n1 and n2 drive a pin each, y none of ours."""
    chain = [("INV", {"A": "a", "Y": "n1"}), ("INV", {"A": "n1", "Y": "n2"}), ("INV", {"A": "n2", "Y": "y"})]
    window, toggles, _ = simulate({"a": "input", "y": "output"}, chain, [{"a": 0}, {"a": 1}, {"a": 0}])
    for found in (window.timed, window.zero_delay):
        assert found.internal == pytest.approx(3 * PAIR_FJ)
        assert found.load == pytest.approx(4 * PIN_FJ) and found.inputs == pytest.approx(2 * PIN_FJ)
        assert found.toggles == 8 and found.clock == 0
    assert toggles == {"a": 2, "n1": 2, "n2": 2, "y": 2}


@needs_compiler
def test_a_full_adder_glitches(simulate):
    """a and c rise together: the sum follows c at once, and a behind two more gates. It ends where it began, so without delays nothing of
    it is seen."""
    adder = [("XOR2", {"A": "a", "B": "b", "Y": "x"}), ("BUF", {"A": "x", "Y": "y"}), ("BUF", {"A": "y", "Y": "z"}),
             ("XOR2", {"A": "z", "B": "c", "Y": "s"})]
    ports = {"a": "input", "b": "input", "c": "input", "s": "output"}
    window, toggles, outputs = simulate(ports, adder, [{"a": 0, "b": 0, "c": 0}, {"a": 1, "c": 1}])
    assert toggles == {"a": 1, "b": 0, "c": 1, "x": 1, "y": 1, "z": 1, "s": 2} and outputs == ["0"]
    assert window.zero_delay.toggles == 5 and window.timed.toggles == 7
    # Outputs: x, y and z up; in time s up and down as well. Inputs alone count while the other one is low: a always; c while z is still
    # low, which without delays it no longer is.
    alone = 1000 * tiny_library.INPUT_PJ[0]
    assert window.timed.internal == pytest.approx(3 * RISE + PAIR_FJ + 2 * alone)
    assert window.zero_delay.internal == pytest.approx(3 * RISE + alone)


@needs_compiler
def test_a_pulse_shorter_than_the_delay_does_not_pass(simulate):
    """a and its inverse meet for one inverter's delay, which is that of a gate with a quarter of its load."""
    hazard = [("INV2", {"A": "a", "Y": "n"}), ("AND2", {"A": "a", "B": "n", "Y": "y"})]
    loads = [("INV", {"A": "y", "Y": f"z{i}"}) for i in range(8)]
    window, toggles, _ = simulate({"a": "input"} | {f"z{i}": "output" for i in range(8)}, hazard + loads, [{"a": 0}, {"a": 1}, {"a": 0}])
    assert toggles["n"] == 2 and toggles["y"] == 0
    assert window.timed.toggles == window.zero_delay.toggles == 4


@needs_compiler
@pytest.mark.parametrize("flop, reset", [("DFF", {}), ("DFFR", {"RN": "rst_ni"})])
def test_a_flip_flop_divides_the_clock(simulate, flop, reset):
    ports = {"clk_i": "input", "rst_ni": "input", "q": "output"}
    gates = [("INV", {"A": "q", "Y": "d"}), (flop, {"CK": "clk_i", "D": "d", "Q": "q"} | reset)]
    window, toggles, outputs = simulate(ports, gates, [{"rst_ni": 1}] + [{}] * 8)
    assert toggles["q"] == 9 and outputs == list("01010101")
    clock = 8 * (2 * PIN_FJ + 1000 * sum(tiny_library.CLOCK_PJ))
    assert window.timed.clock == pytest.approx(clock) and window.zero_delay.clock == pytest.approx(clock)
    assert window.timed.internal == pytest.approx(8 * PAIR_FJ)  # eight edges of q, eight of d
    if reset:
        _, _, held = simulate(ports, gates, [{"rst_ni": 1}, {}, {"rst_ni": 0}, {}, {"rst_ni": 1}, {}])
        assert held == list("00001")  # behind the first clock it is set; it counts, is cleared, is held; released after an edge, it counts at the next


@needs_compiler
@pytest.mark.parametrize("text, stimulus_text, said", [
    ("nonsense", "", "no word of it"), ("cell INV 1 2.0 1 10 end", "", "another number of variables"),
    ("cell INV 1 2.0 1 1010 end driver INV nets 4 inputs 1 2 gate INV 3 3 voltage 1", "", "driver without delays|loop")])
def test_gatesim_refuses(program, tmp_path, text, stimulus_text, said):
    (tmp_path / "c").write_text(text)
    done = subprocess.run([program, tmp_path / "c"], input=stimulus_text, capture_output=True, text=True)
    assert done.returncode == 2 and re.search(said, done.stderr)
    with pytest.raises(ToolFailure, match="gatesim"):
        simulation.run(program, tmp_path / "c", stimulus_text, "x")


@needs_compiler
@pytest.mark.skipif(not shutil.which("sta"), reason="opensta not installed")
def test_opensta_says_the_same_of_equal_activities(program, library_file, tmp_path):
    """Every net of a chain moves in each clock: the one activity that OpenSTA 2.0 can be told of all nets. Of the internal energy of a
    library with one supply rail it reports twice as much: that of both edges for each of them (later versions take their mean)."""
    library = liberty.read(library_file())
    gates = "".join(f"  {cell} u{i} (\n    .A({a}),\n    .Y({y})\n  );\n" for i, (cell, a, y) in enumerate(
        [("INV", "a", "n1"), ("INV2", "n1", "n2"), ("BUF", "n2", "n3"), ("INV", "n2", "n4"), ("INV", "n3", "n5"), ("INV2", "n5", "y")]))
    wires = "".join(f"  wire n{i};\n" for i in range(1, 6))
    netlist_text = f"module chain(a, y);\n  input a;\n  output y;\n{wires}{gates}endmodule\n"
    (tmp_path / "chain.v").write_text(netlist_text)
    (tmp_path / "run.tcl").write_text("\n".join([
        f"read_liberty {library.path}", "read_verilog chain.v", "link_design chain", "create_clock -name clock -period 10",
        "set_driving_cell -lib_cell INV [get_ports a]", "set_input_delay 0 -clock clock [get_ports a]",
        "set_power_activity -global -activity 1.0 -duty 0.5", "report_power -digits 8", "exit"]))
    done = subprocess.run(["sta", "-no_splash", "run.tcl"], cwd=tmp_path, capture_output=True, text=True, env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"})
    internal, switching = (float(word) * 1e15 * 10e-9 for word in re.search(r"^Combinational\s+(\S+)\s+(\S+)", done.stdout, re.M).groups())
    netlist = circuit.Netlist(netlist_text, "clk_i")
    (tmp_path / "circuit").write_text(circuit.text(netlist, library, library.path, 10_000, load_ff=0))
    drive = stimulus.Stimulus(netlist.inputs)
    drive.clock()
    drive.window("w.0")
    for clock in range(100):
        drive.clock(a=1 - clock % 2)
    window = simulation.run(program, tmp_path / "circuit", drive.text, "test")[0][0]
    assert window.timed.toggles == 700
    assert window.timed.internal / 100 == pytest.approx(internal / 2, rel=0.03) and internal > 0
    assert window.timed.load / 100 == pytest.approx(switching, rel=0.03) and switching > 0


LOADS_FIRST = """library (x) { lu_table_template (t) { variable_1 : total_output_net_capacitance; variable_2 : input_net_transition;
 index_1 ("1, 2"); index_2 ("10, 20, 30"); }
 cell (C) { pin (Y) { timing () { related_pin : "A"; cell_rise (t) { index_2 ("11, 20, 30"); values ("1, 2, 3", \\
 "4, 5, 6"); } } } } }"""


def test_tables_are_a_row_a_slew_whatever_the_library_has(tmp_path):
    path = tmp_path / "x.lib"
    path.write_text(LOADS_FIRST)
    one = cell_tables.group(str(path), "C").all("pin")[0].all("timing")[0].all("cell_rise")[0]
    assert cell_tables.content(str(path), one) == ([11, 20, 30], [1, 2], [1, 4, 2, 5, 3, 6])
    assert cell_tables.table(str(path), one, 1000, 1, 1000).split()[:9] == ["3", "11000", "20000", "30000", "2", "1", "2", "1000", "4000"]


def test_operand_sums_are_sums_over_the_stream():
    a, b = [0, 5, 5, 7, 0], [1, 1, 2, 0, 3]
    found = operand_sums.sums(a, b, before=(1, 0))
    assert found["1"] == 5 and found["hd_a"] == 1 + 2 + 0 + 1 + 3 and found["hd_b"] == 1 + 0 + 2 + 1 + 2
    assert found["wt_a"] == 0 + 2 + 2 + 3 + 0 and found["nz_b"] == 4 and found["nz_a*nz_b"] == 2
    assert found["hd_a*wt_b"] == 1 * 1 + 2 * 1 + 0 * 1 + 1 * 0 + 3 * 2
    assert set(found) == set(operand_sums.TERMS) and len(operand_sums.TERMS) == 16


def windows(coefficients, streams_, seed=1, noise=0.0):
    random = numpy.random.default_rng(seed)
    rows = []
    for stream in streams_:
        spread = {"uniform": 255, "nn": 63, "weight_stationary": 15, "sparse": 31, "trace": 127}[stream]
        for number in range(4):
            sums = operand_sums.sums(*random.integers(0, spread + 1, (2, 64)))
            pj = sum(value * sums[term] for term, value in coefficients.items()) * (1 + noise * random.standard_normal())
            rows.append({"unit": "u", "format": "f", "settings": [], "parameters": {"N": 8}, "stream": stream, "window": number, "operations": 64,
                         "clocks": 64, "sums": sums, "timed_pj": pj, "zero_delay_pj": pj / 2, "clock_pj": 1.0, "idle": 0})
    return rows


def test_a_macro_model_finds_what_was_planted():
    rows = windows({"1": 0.5, "hd_a*wt_b": 0.03}, ["uniform", "nn", "weight_stationary", "sparse", "trace"])
    idle = rows[0] | {"stream": "idle", "operations": 0, "idle": 1, "timed_pj": 3.2, "zero_delay_pj": 1.6, "sums": dict.fromkeys(operand_sums.TERMS, 0)}
    terms = ["1", "hd_a*wt_b"]
    found = macro_models.model([*rows, idle], terms)
    assert found["timed"]["pj"] == pytest.approx([0.5, 0.03], rel=1e-4)
    assert found["zero_delay"]["pj"] == pytest.approx([0.25, 0.015], rel=1e-4)
    assert found["timed"]["rms_percent"] == found["timed"]["unseen_max_percent"] == 0 and found["idle_pj"] == pytest.approx(0.05)
    # An operation takes no less than a clock of idling.
    busy = macro_models.model([*rows, idle | {"timed_pj": 64.0}], terms)["timed"]
    assert busy["pj"][0] == pytest.approx(1) and busy["pj"][1] < 0.03 and busy["rms_percent"] > 1
    # What the fit does not know is what it is judged by.
    wrong = [row | {"timed_pj": 2 * row["timed_pj"]} if row["stream"] == "trace" else row for row in rows]
    judged = macro_models.model(wrong, terms)["timed"]
    assert judged["pj"] == found["timed"]["pj"] and judged["unseen_max_percent"] == 50 and judged["unseen_mean_percent"] == 25


def test_no_coefficient_is_below_zero():
    random = numpy.random.default_rng(3)
    for _ in range(20):
        a, b = random.standard_normal((12, 4)), random.standard_normal(12)
        x = macro_models.least_squares(a, b)
        slope = a.T @ (b - a @ x)
        assert (x >= 0).all() and (slope[x == 0] <= 1e-8).all() and abs(slope[x > 0]).max(initial=0) < 1e-8  # Karush, Kuhn and Tucker


def test_windows_are_read_as_they_were_written(tmp_path):
    rows = windows({"1": 0.5}, ["nn"])
    energy_table.write(tmp_path, rows)
    assert energy_table.read(tmp_path) == rows
    with pytest.raises(InputError, match="absent/energy.csv: No such file"):
        energy_table.read(tmp_path / "absent")
    text = (tmp_path / "energy.csv").read_text()
    (tmp_path / "energy.csv").write_text(text.replace(",32.0,", ",-32.0,", 1))
    with pytest.raises(InputError, match="energy.csv:2: an energy below zero"):
        energy_table.read(tmp_path)
    (tmp_path / "energy.csv").write_text(text.replace("hd_b", "hd_c", 1))
    with pytest.raises(InputError, match="its columns"):
        energy_table.read(tmp_path)


def test_between_shapes_coefficients_follow_their_form():
    """Planted: of N bits 0.1 N + 0.2 pJ a MAC and 0.01 N a bit of a that moves."""
    rows, samples = [], []
    for n in (4, 6, 8, 12, 16):
        of_shape = windows({"1": 0.1 * n + 0.2, "hd_a": 0.01 * n}, ["uniform", "nn", "weight_stationary"], seed=n)
        idle = of_shape[0] | {"stream": "idle", "operations": 0, "idle": 1, "timed_pj": 0.64 * n, "zero_delay_pj": 0.64 * n, "clocks": 64}
        rows += [row | {"parameters": {"N": n}} for row in [*of_shape, idle]]
        samples.append({"unit": "u", "format": "f", "settings": [], "parameters": {"N": n}})
    forms = {"u": {"energy": [1, "hd_a"], "coefficients": ["N", 1]}}
    energies = energy_fits.Energies(rows, forms)
    assert energies.of(samples[0])["energy"]["timed"]["terms"] == ["1", "hd_a"] and energies.of(samples[0] | {"format": "g"}) == {}
    found = energies.regressions(samples)["u"]
    assert found["energy.timed.1"]["coefficients"] == pytest.approx([0.1, 0.2], rel=1e-3)
    assert found["energy.timed.hd_a"]["coefficients"] == pytest.approx([0.01, 0], abs=1e-5)
    assert found["energy.zero_delay.1"]["coefficients"] == pytest.approx([0.05, 0.1], rel=1e-3)
    assert found["energy.idle_pj"]["coefficients"] == pytest.approx([0.01, 0], abs=1e-5)
    assert found["energy.timed.1"]["range"] == {"N": [4, 16]} and found["energy.timed.1"]["held_out_max_percent"] < 0.1
    # One shape off the form: what the others foretell of it, and it of them, is wrong, and said.
    bent = [row | {"timed_pj": 1.5 * row["timed_pj"]} if row["parameters"] == {"N": 8} and row["operations"] else row for row in rows]
    assert energy_fits.Energies(bent, forms).regressions(samples)["u"]["energy.timed.1"]["held_out_max_percent"] > 20


def test_units_without_operands_have_regressions_too():
    rows, samples = [], []
    for n in (4, 8, 16, 32):
        rows += [row | {"stream": "commands", "parameters": {"N": n}} for row in windows({"1": 0.1 * n}, ["nn"], seed=n)]
        samples.append({"unit": "u", "format": "", "settings": [], "parameters": {"N": n}})
    rows = [row | {"format": ""} for row in rows]
    found = energy_fits.Energies(rows, {"u": {"energy": [1], "coefficients": ["N", 1]}}).regressions(samples)["u"]
    assert found["energy.timed.1"]["coefficients"] == pytest.approx([0.1, 0], abs=1e-3)


def test_glue_is_what_elements_leave():
    """Planted: an element takes 0.25 pJ a MAC without delays, an array of 2 x 2 of them 2 pJ a clock, 1 of it beside them; that its elements
    glitch more than one alone is not the glue's."""
    element = windows({"1": 0.5}, ["uniform", "nn", "weight_stationary"])
    element = [row | {"unit": "dfp_pe", "format": "dfp8", "parameters": {"ABits": 8}} for row in element]
    array = [row | {"unit": "systolic_array", "parameters": {"rows": 2, "cols": 2}, "clocks": 16, "timed_pj": 16 * 3.6, "zero_delay_pj": 16 * 2.0}
             for row in element]
    idle = {"stream": "idle", "operations": 0, "idle": 1, "clocks": 64, "zero_delay_pj": 0.0}
    rows = [*element, *array, element[0] | idle | {"timed_pj": 64 * 0.1}, array[0] | idle | {"timed_pj": 64 * 0.7}]
    samples = [{name: row[name] for name in ("unit", "format", "settings", "parameters")} for row in (element[0], array[0])]
    energies = energy_fits.Energies(rows, {"dfp_pe": {"energy": ["1"]}, "systolic_array": {"energy": ["1"]}})
    found = energies.glue(samples[1], samples)
    assert found["timed"]["pj"] == pytest.approx([1]) and found["zero_delay"]["pj"] == pytest.approx([1]) and found["idle_pj"] == pytest.approx(0.3)
    assert energies.glue(samples[1], samples[1:]) == {}  # its element was not measured


def test_streams_are_what_they_are_called():
    random = numpy.random.default_rng(1)
    a, b = streams.gaussian(random)
    zeros = [(row == 0).mean() for row in (a, b)]
    assert a.shape == b.shape == (streams.WINDOWS, streams.MACS) and (a >= 0).all() and (b < 0).any()
    assert 0.3 < zeros[0] < 0.7 and 0.05 < zeros[1] < 0.35
    codes = streams.float_codes(4, 3, random, (1000,))
    assert set((codes >> 3 & 15).tolist()) == {6, 7} and set((codes >> 7).tolist()) == {0, 1} and len(set((codes & 7).tolist())) == 8
    found_a, found_b = streams.trace(random)
    assert found_a.shape == found_b.shape == (streams.WINDOWS, streams.MACS) and (found_b < 0).any() and found_a.max() > 0


def test_whether_a_code_is_zero_may_cost_too():
    rows = windows({"1": 0.5, "nz_b": -0.2, "hd_a": 0.03}, ["uniform", "nn", "weight_stationary"])
    found = macro_models.model(rows, ["1", "hd_a", "nz_b"])["timed"]
    assert found["pj"] == pytest.approx([0.5, 0.03, -0.2], rel=1e-3)


MACRO = """library (m) { capacitive_load_unit (1, pf); leakage_power_unit : "1nW"; time_unit : "1ns"; nom_voltage : 1.2;
 cell (m_cell) { memory () { type : ram; address_width : 10; word_width : 64; } area : 5000.5; cell_leakage_power : 12.5;
  pin (A_CLK) { direction : input;
   internal_power () { when : "A_MEN & A_WEN & !A_REN"; rise_power ("scalar") { values (110.5); } fall_power ("scalar") { values (0.5); } }
   internal_power () { when : "A_MEN & !A_WEN & A_REN"; rise_power ("scalar") { values (91.0); } fall_power ("scalar") { values (0); } } }
  bus (A_DOUT) { direction : output; timing () { related_pin : "A_CLK"; cell_rise (t) { index_1 ("1, 2"); values ("4.3, 4.4", "4.5, 4.6"); }
   cell_fall (t) { values ("4.25"); } } } } }"""


@pytest.mark.parametrize("packed", [False, True])
def test_a_memory_macro_is_a_row(tmp_path, capsys, packed):
    path = tmp_path / ("m.lib.xz" if packed else "m.lib")
    path.write_bytes(lzma.compress(MACRO.encode()) if packed else MACRO.encode())
    said = ["--source", "a data\nsheet"]
    assert memories.main([*said, str(path)]) == 0
    source, header, row = capsys.readouterr().out.splitlines()
    assert source == "# source: a data sheet"
    assert dict(zip(header.split(","), row.split(","))) == {
        "words": "1024", "bits": "64", "area_um2": "5000.5", "leakage_nw": "12.5", "read_pj": "91.0", "write_pj": "111.0", "access_ps": "4600.0",
        "voltage": "1.2", "library": "m"}
    path.write_text("library (m) { }")
    assert memories.main([*said, str(path)]) == 2 and memories.main([*said, str(tmp_path / "absent")]) == 2
    assert "Liberty file of an SRAM macro" in capsys.readouterr().err
    with pytest.raises(SystemExit):  # without a source
        memories.main([str(path)])
