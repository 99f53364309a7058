# SPDX-License-Identifier: Apache-2.0
"""Delays and energies of a cell as gatesim reads them: functions as truth tables, tables with their nodes, in ps, fF and fJ."""
import functools
import itertools
import re

import boolean
import liberty
from problems import InputError

SLEW = ("input_net_transition", "input_transition_time")
LOAD = ("total_output_net_capacitance",)
TABLE = re.compile(r'\b(values|index_1|index_2)\s*\(((?:"[^"]*"|[^()"])*)\)')
NOTHING = "1 0 1 0 0"  # a table of one node: no energy


@functools.lru_cache(maxsize=None)
def source(path):
    """The library without comments, in one piece."""
    return re.sub(r"/\*.*?\*/", "", open(path, encoding="latin-1").read(), flags=re.S)


@functools.lru_cache(maxsize=None)
def templates(path):
    """Template -> (kinds of its variables, nodes)."""
    found = {"scalar": ((), ())}
    for kind, name, body in re.findall(r"\b(lu_table_template|power_lut_template)\s*\(\s*\"?([\w.-]+)\"?\s*\)\s*\{([^{}]*)\}", source(path)):
        variables = tuple(re.findall(r"variable_[12]\s*:\s*\"?(\w+)", body))
        nodes = tuple(tuple(numbers(words)) for words in re.findall(r'index_[12]\s*\(\s*"([^"]*)"', body))
        found[name] = (variables, nodes)
    return found


def numbers(words):
    return [float(word) for word in re.split(r"[\s,]+", words.strip(" ,\n\t")) if word]


@functools.lru_cache(maxsize=None)
def group(path, name):
    """The cell's group, with what its tables hold: values_, index_1_ and index_2_ as lists of words."""
    text = source(path)
    start = re.search(rf"\bcell\s*\(\s*\"?{re.escape(name)}\"?\s*\)\s*\{{", text)
    depth, position = 1, start.end()
    brace = re.compile(r"[{}]")
    while depth:
        found = brace.search(text, position)
        depth += 1 if found.group() == "{" else -1
        position = found.end()
    return liberty.parse(flattened(text[start.start():position]))


def flattened(text):
    """A library whose tables liberty.parse keeps, as values_, index_1_ and index_2_."""
    return TABLE.sub(lambda match: f"{match[1]}_ ({re.sub(r'[^0-9eE+.,-]+', ' ', match[2])})", text)


@functools.lru_cache(maxsize=None)
def described(path, name, inputs, outputs, scale):
    """Its rows of delays and energies."""
    cell = group(path, name)
    variables = [*inputs, *outputs]
    rows = []
    for pin in cell.all("pin"):
        for pin_name in pin.arguments:
            if pin_name in outputs:
                rows += delays(path, pin, outputs.index(pin_name), inputs, variables, scale)
                rows += powers(path, pin, outputs.index(pin_name) + 1, inputs, variables, scale)
            elif pin_name in inputs:
                rows += powers(path, pin, 0, inputs, variables, scale, pin_name)
    return rows


def text(cell, library, liberty_file):
    """The rows of a cell. Throws InputError where the library lacks what they need."""
    inputs, outputs = tuple(cell.inputs), tuple(cell.outputs)
    scale = (library.time_ps, library.capacitance_ff)
    try:
        rows = [f"cell {cell.name}", " ".join([str(len(inputs)), *(f"{value:.9g}" for value in cell.inputs.values())]),
                " ".join([str(len(outputs)), *(output_function(cell, name) for name in outputs)])]
        if cell.state:
            rows.append(flop(cell))
        return "\n".join([*rows, *described(str(liberty_file), cell.name, inputs, outputs, scale), "end"])
    except (ValueError, AttributeError, KeyError) as error:
        raise InputError(f"--liberty {liberty_file}: {cell.name}: {error}; allowed: a library with tables of delay and of internal_power") from None


def output_function(cell, name):
    function = cell.outputs[name]
    if function is None:
        raise ValueError(f"{name} has no function")
    return truth(function, [*cell.inputs, "state"], cell)


def flop(cell):
    """Its clock, next state, clear and preset."""
    attributes = {name: boolean.parse(words) for name, words in cell.state.attributes.items() if name in ("clear", "preset", "next_state", "clocked_on")}
    clock = attributes["clocked_on"]
    if not isinstance(clock, str):
        raise ValueError("samples on another edge than the rising one of a pin")
    variables = [*cell.inputs, "state"]
    words = ["flop", str(list(cell.inputs).index(clock)), truth(attributes["next_state"], variables, cell)]
    for name in ("clear", "preset"):
        words += ["1", truth(attributes[name], variables, cell)] if name in attributes else ["0"]
    return " ".join(words)


def truth(tree, variables, cell=None):
    """The truth table, a digit a row; the two names of a flip-flop's state are one variable."""
    if cell is not None and cell.state:
        state, inverse = cell.state.arguments
        tree = renamed(tree, {state: "state", inverse: ("not", "state")})
    return "".join("01"[value] for value in boolean.table(tree, variables))


def renamed(tree, names):
    return names.get(tree, tree) if isinstance(tree, str) else (tree[0], *(renamed(one, names) for one in tree[1:]))


@functools.lru_cache(maxsize=None)
def condition(words, variables):
    """Of a `when`: evaluated by Python itself, since cells with many inputs have many of them."""
    def python(tree):
        if isinstance(tree, str):
            return {"0": "False", "1": "True"}.get(tree, f"v[{variables.index(tree) if tree in variables else -1}]")
        if tree[0] == "not":
            return f"(not {python(tree[1])})"
        return f"({python(tree[1])} {dict(zip(('and', 'or', 'xor'), ('and', 'or', '!=')))[tree[0]]} {python(tree[2])})"
    tree = boolean.parse(words)
    if unknown := boolean.names(tree) - set(variables):
        raise ValueError(f"when {words}: {sorted(unknown)[0]} is no pin")
    expression = eval(compile(f"lambda v: {python(tree)}", "when", "eval"))  # of indices and operators alone
    return "".join("01"[bool(expression(v[::-1]))] for v in itertools.product((False, True), repeat=len(variables)))


def when(of_group, variables):
    words = of_group.attributes.get("when")
    return condition(words, tuple(variables)) if words else "-"


def delays(path, pin, output, inputs, variables, scale):
    """Arcs of logic and of clocks; those of clear and preset are not driven while a unit works."""
    time, load = scale
    for arc in pin.all("timing"):
        if arc.attributes.get("timing_type", "combinational") not in ("combinational", "rising_edge", "falling_edge"):
            continue
        tables = [next(iter(arc.all(kind)), None) for kind in ("cell_rise", "rise_transition", "cell_fall", "fall_transition")]
        if tables[0] is None and tables[2] is None:
            continue
        for way in (0, 1):  # a monotone arc may have one edge only
            tables[way] = tables[way] or tables[way + 2]
            tables[way + 2] = tables[way + 2] or tables[way]
        written = " ".join(table(path, one, time, load, time) for one in tables)
        for related in arc.word("related_pin").split():
            yield f"delay {output} {inputs.index(related)} {when(arc, variables)} {written}"


def powers(path, pin, output, inputs, variables, scale, own=None):
    """Internal energies; those of the supply rails that have the same nodes as one arc, their sum."""
    time, load = scale
    merged = {}
    for arc in pin.all("internal_power"):
        for related in arc.attributes.get("related_pin", own or "").split():
            if related not in inputs:
                continue
            if both := arc.all("power"):
                both = both * 2
            else:
                both = [next(iter(arc.all(kind)), None) for kind in ("rise_power", "fall_power")]
            key = (related, when(arc, variables))
            merged.setdefault(key, {}).setdefault(arc.attributes.get("related_pg_pin", ""), both)
    for (related, condition_), rails in merged.items():
        sums = [summed(path, [both[way] for both in rails.values() if both[way] is not None], time, load) for way in (0, 1)]
        for rail in range(max(map(len, sums))):
            rise, fall = (one[rail] if rail < len(one) else NOTHING for one in sums)
            yield f"power {output} {inputs.index(related)} {rail} {condition_} {rise} {fall}"


def summed(path, tables, time, load):
    """Tables of the same nodes are one."""
    by_nodes = {}
    for one in tables:
        slews, loads, values = content(path, one)
        sum_of = by_nodes.setdefault((tuple(slews), tuple(loads)), [0.0] * len(values))
        by_nodes[tuple(slews), tuple(loads)] = [a + b for a, b in zip(sum_of, values)]
    return [written(slews, loads, values, time, load, load) for (slews, loads), values in by_nodes.items()]


def table(path, one, time, load, unit):
    return written(*content(path, one), time, load, unit)


def written(slews, loads, values, time, load, unit):
    parts = [str(len(slews)), *(f"{x * time:.9g}" for x in slews), str(len(loads)), *(f"{x * load:.9g}" for x in loads)]
    return " ".join([*parts, *(f"{x * unit:.9g}" for x in values)])


def content(path, one):
    """Slews, loads and values, a row a slew."""
    variables, nodes = templates(path).get(one.name, ((), ()))
    indices = [numbers(",".join(one.attributes[f"index_{axis}_"])) if f"index_{axis}_" in one.attributes else (list(nodes[axis - 1]) if len(nodes) >= axis else [])
               for axis in (1, 2)]
    values = numbers(",".join(one.attributes["values_"]))
    axes = {}
    for variable, index in zip(variables, indices):
        if variable not in SLEW + LOAD:
            raise ValueError(f"table {one.name} over {variable}")
        axes["slew" if variable in SLEW else "load"] = index
    slews, loads = axes.get("slew") or [0.0], axes.get("load") or [0.0]
    if len(values) == 1:
        return [0.0], [0.0], values
    if len(values) != len(slews) * len(loads):
        raise ValueError(f"table {one.name}: {len(values)} values of {len(slews)} by {len(loads)} nodes")
    if len(variables) == 2 and variables[0] in LOAD:  # a row a load
        values = [values[column * len(slews) + row] for row in range(len(slews)) for column in range(len(loads))]
    return slews, loads, values
