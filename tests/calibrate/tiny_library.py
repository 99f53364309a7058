# SPDX-License-Identifier: Apache-2.0
"""A small cell library as text, for tests of the flow: invented figures, every class of cells that the mapping needs."""

GATES = {"INV": ("!A", "A", 1), "INV2": ("!A", "A", 2), "BUF": ("A", "A", 2), "NAND2": ("!(A * B)", "AB", 2), "NOR2": ("!(A + B)", "AB", 2),
         "AND2": ("A B", "AB", 3), "OR2": ("A | B", "AB", 3), "XOR2": ("A ^ B", "AB", 5)}
FLOPS = {"DFF": "", "DFFR": 'clear : "!RN";'}
# As in ASAP7: the state is the inverse of the data, so what resets the data presets the state.
INVERTED = {"DFFN": "", "DFFSRN": 'clear : "!SN"; preset : "!RN"; clear_preset_var1 : L; clear_preset_var2 : L;'}


SLEWS, LOADS = (0.01, 0.1, 0.5), (0.001, 0.02, 0.1)  # ns, pF; ABC takes tables of three by three and more


def table(kind, resistance):
    """Delay or transition in ns: linear in the load, a fifth of the slew."""
    rows = ", ".join('"' + ", ".join(f"{0.02 + 0.2 * slew + resistance * load:.4f}" for load in LOADS) + '"' for slew in SLEWS)
    return f'{kind} (t3) {{ index_1 ("{joined(SLEWS)}"); index_2 ("{joined(LOADS)}"); values ({rows}); }}'


def joined(numbers):
    return ", ".join(map(str, numbers))


def arc(pin, tables=("cell_rise", "cell_fall", "rise_transition", "fall_transition"), more="", resistance=8):
    return f'timing () {{ related_pin : "{pin}"; {more} {" ".join(table(kind, resistance) for kind in tables)} }}'


# pJ, of each edge: of an output besides its load (rise, fall), of an input by itself while the cell's other inputs are low.
OUTPUT_PJ, INPUT_PJ, CLOCK_PJ = (0.003, 0.001), (0.0004, 0.0002), (0.0007, 0.0005)


def power(pair, more=""):
    rise, fall = (f'{name} (scalar) {{ values ("{value}"); }}' for name, value in zip(("rise_power", "fall_power"), pair))
    return f"internal_power () {{ {more} {rise} {fall} }}"


def input_power(pin, pins):
    others = " ".join(f"!{other}" for other in pins if other != pin)
    return power(INPUT_PJ, f'when : "{others}";') if others else ""


def gate(name, function, pins, area, timed):
    inputs = "".join(f"pin ({pin}) {{ direction : input; capacitance : 0.002; {input_power(pin, pins)} }}\n" for pin in pins)
    resistance = 4 if name == "INV2" else 8
    arcs = "".join(arc(pin, more="timing_sense : non_unate;", resistance=resistance) for pin in pins) if timed else ""
    arcs += "".join(power(OUTPUT_PJ, f'related_pin : "{pin}";') for pin in pins)
    return (f"cell ({name}) {{ area : {area}; cell_leakage_power : {area * 0.5};\n{inputs}"
            f'pin (Y) {{ direction : output; function : "{function}"; max_capacitance : 0.5; {arcs} }} }}\n')


def flop(name, resets, timed, data="D", output="Q"):
    pins = "".join(f"pin ({pin}) {{ direction : input; capacitance : 0.002; }}\n" for pin in ("SN", "RN") if pin in resets)
    setup = arc("CK", ("rise_constraint", "fall_constraint"), "timing_type : setup_rising;") if timed else ""
    launch = arc("CK", more="timing_type : rising_edge;") if timed else ""
    launch += power(OUTPUT_PJ, 'related_pin : "CK";')
    return (f'cell ({name}) {{ area : {9 if resets else 7}; leakage_power () {{ value : 3; when : "D"; }} leakage_power () {{ value : 5; when : "!D"; }}\n'
            f'ff (IQ, IQN) {{ clocked_on : "CK"; next_state : "{data}"; {resets} }}\n{pins}'
            f'pin (CK) {{ direction : input; capacitance : 0.002; clock : true; {power(CLOCK_PJ)} }} pin (D) {{ direction : input; capacitance : 0.002; {setup} }}\n'
            f'pin ({output}) {{ direction : output; function : "IQ"; max_capacitance : 0.5; {launch} }} }}\n')


def text(without=(), timed=True, inverted=False):
    cells = "".join(gate(name, *row, timed) for name, row in GATES.items() if name not in without)
    if inverted:
        cells += "".join(flop(name, resets, timed, "!D", "QN") for name, resets in INVERTED.items())
    else:
        cells += "".join(flop(name, resets, timed) for name, resets in FLOPS.items() if name not in without)
    return f"""/* invented */ library (tiny) {{
delay_model : table_lookup; time_unit : "1ns"; voltage_unit : "1V"; current_unit : "1mA"; pulling_resistance_unit : "1kohm";
leakage_power_unit : "1nW"; capacitive_load_unit (1, pf); nom_voltage : 1.1; nom_temperature : 25; nom_process : 1;
operating_conditions (typical) {{ process : 1; voltage : 1.1; temperature : 25; }} default_operating_conditions : typical;
input_threshold_pct_rise : 50; input_threshold_pct_fall : 50; output_threshold_pct_rise : 50; output_threshold_pct_fall : 50;
slew_lower_threshold_pct_rise : 20; slew_upper_threshold_pct_rise : 80; slew_lower_threshold_pct_fall : 20; slew_upper_threshold_pct_fall : 80;
lu_table_template (t3) {{ variable_1 : input_net_transition; variable_2 : total_output_net_capacitance;
  index_1 ("{joined(SLEWS)}"); index_2 ("{joined(LOADS)}"); }}
{cells}}}
"""
