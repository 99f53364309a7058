# SPDX-License-Identifier: Apache-2.0
"""A cell library in Liberty: what the calibration reads of it itself (areas, leakage, functions, units), and whether it will do.
Delays are read by Yosys and OpenSTA from the same file, without what neither needs (`slim`)."""
import dataclasses
import hashlib
import math
import pathlib
import re

import boolean
from files import write_atomically
from problems import InputError

# Groups that neither mapping nor timing analysis reads: half of a characterised library.
POWER = ("internal_power", "receiver_capacitance", "receiver_capacitance1_rise", "receiver_capacitance1_fall", "receiver_capacitance2_rise",
         "receiver_capacitance2_fall", "normalized_driver_waveform", "output_current_rise", "output_current_fall", "dynamic_current",
         "power_lut_template")
TIMING = ("timing", "leakage_power", "lu_table_template")
TABLES = ("values", "index_1", "index_2", "index_3")
TIME_PS = {"1ps": 1, "10ps": 10, "100ps": 100, "1ns": 1000}
LEAKAGE_NW = {"1pW": 1e-3, "10pW": 1e-2, "100pW": 0.1, "1nW": 1, "10nW": 10, "100nW": 100, "1uW": 1e3, "1mW": 1e6}
FARAD_FF = {"ff": 1, "pf": 1000}


@dataclasses.dataclass
class Group:
    kind: str
    arguments: list
    attributes: dict
    groups: list

    @property
    def name(self):
        if not self.arguments:
            raise ValueError(f"{self.kind} (): without a name")
        return self.arguments[0]

    def all(self, kind):
        return [group for group in self.groups if group.kind == kind]

    def word(self, name, default=None):
        """An attribute `name : word`."""
        word = self.attributes.get(name, default)
        if not isinstance(word, str):
            raise ValueError(f"{self.kind} ({', '.join(self.arguments)}): {'no' if name not in self.attributes else 'a list as'} {name}")
        return word

    def number(self, name, default=None):
        word = self.word(name, default)
        try:
            value = float(word)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise ValueError(f"{self.kind} ({', '.join(self.arguments)}): {name} is '{word}'")
        return value


@dataclasses.dataclass
class Cell:
    name: str
    area_um2: float
    leakage_nw: float
    inputs: dict  # name -> capacitance in fF
    outputs: dict  # name -> function, parsed; None where the library gives none
    state: Group  # of a flip-flop or latch, else None
    timed: bool

    @property
    def flip_flop(self):
        return self.state is not None and self.state.kind == "ff"


@dataclasses.dataclass
class Library:
    name: str
    path: pathlib.Path
    digest: str
    corner: str
    voltage: float
    temperature: float
    capacitance_ff: float  # of the library's unit
    time_ps: float
    cells: dict
    bare: pathlib.Path = None  # the same without timing, for what reads functions only

    @property
    def driver(self):
        """Drives each input of a circuit: the smallest inverter."""
        return inverters(self)[0].name

    @property
    def load_ff(self):
        """Of each output: four smallest inverters."""
        return FANOUT * next(iter(inverters(self)[0].inputs.values()))


FANOUT = 4


def prepared(library, directory):
    """The same library with smaller files, written into DIRECTORY: they are read several times for each point."""
    path, bare = (directory / f"{library.digest[:16]}{suffix}" for suffix in (".lib", ".bare.lib"))
    if not (path.exists() and bare.exists()):
        text = slim(library.path.read_bytes().decode("latin-1"))
        write_atomically(path, text)
        write_atomically(bare, with_resets_of_data(without(text, TIMING)))
    return dataclasses.replace(library, path=path, bare=bare)


def with_resets_of_data(text):
    """Yosys 0.23 (dfflibmap) takes a flip-flop that stores the inverse of its data for one that stores the data and inverts its output,
    but `clear` and `preset` as they are named, of the inverse: reset would set. So the two are exchanged there."""
    def exchanged(match):
        inverted = re.search(r'next_state\s*:\s*"\s*(?:!|[^"]*\'\s*")', match[0])
        return re.sub(r"\b(clear|preset)(?=\s*:)", lambda word: {"clear": "preset", "preset": "clear"}[word[0]], match[0]) if inverted else match[0]
    return re.sub(r"\bff\s*\([^)]*\)\s*\{[^{}]*\}", exchanged, text)


def read(path):
    """Throws InputError where the file is no Liberty, or lacks what a calibration needs."""
    path = pathlib.Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"--liberty {path}: {error.strerror}; allowed: a Liberty file (.lib)") from None
    text = slim(data.decode("latin-1"))
    if not re.match(r"\s*library\s*\(", text):
        raise InputError(f"--liberty {path}: no Liberty file; allowed: one that starts with 'library (NAME) {{'")
    try:
        root = parse(text)
        library = interpret(root, path, hashlib.sha256(data).hexdigest())
    except ValueError as error:
        raise InputError(f"--liberty {path}: {error}; allowed: a Liberty file with units, areas and functions") from None
    check(library)
    return library


def slim(text):
    """The library without comments and the groups of POWER."""
    return without(re.sub(r"/\*.*?\*/", "", text, flags=re.S), POWER)


def without(text, kinds):
    """A text without the groups of these kinds."""
    start = re.compile(rf"\b(?:{'|'.join(kinds)})\s*\([^)]*\)\s*\{{")
    brace = re.compile(r"[{}]")
    kept, position = [], 0
    while match := start.search(text, position):
        kept.append(text[position:match.start()])
        depth, position = 1, match.end()
        while depth:
            found = brace.search(text, position)
            if not found:
                return "".join(kept)
            depth += 1 if found.group() == "{" else -1
            position = found.end()
    kept.append(text[position:])
    return "".join(kept)


STATEMENT = re.compile(r'\s*(?:(\w+)\s*:\s*("[^"]*"|[^;{}\n]+?)\s*(?:;|\n)|([\w]+)\s*\(((?:"[^"]*"|[^()"])*)\)\s*([{;]?)|(})|;)', re.S)


def parse(text):
    """The outermost group."""
    open_groups, position, root = [], 0, None
    while match := STATEMENT.match(text, position):
        position = match.end()
        name, plain, kind, arguments, ending, closing = match.groups()
        if name:
            if open_groups:
                open_groups[-1].attributes[name] = plain.strip().strip('"')
        elif kind and ending == "{":
            group = Group(kind, words(arguments), {}, [])
            if open_groups:
                open_groups[-1].groups.append(group)
            root = root or group
            open_groups.append(group)
        elif kind and not open_groups:
            raise ValueError(f"{kind} (...) outside a group")
        elif kind and kind not in TABLES:
            open_groups[-1].attributes[kind] = words(arguments)
        elif kind:
            open_groups[-1].attributes[kind] = None
        elif closing and open_groups:
            open_groups.pop()
            if not open_groups:
                return root
    line = text.count("\n", 0, position) + 1
    raise ValueError(f"line {line} (without comments) is no statement of Liberty" if text[position:].strip() else "it ends inside a group")


def words(text):
    return [word.strip().strip('"') for word in text.split(",")] if text.strip() else []


def unit(root, name, scale):
    word = root.word(name)
    if word not in scale:
        raise ValueError(f"{name} is '{word}'")
    return scale[word]


def capacitance_unit(root):
    """In fF, of capacitive_load_unit (amount, prefix)."""
    said = root.attributes.get("capacitive_load_unit")
    match said:
        case [amount, prefix] if re.fullmatch(r"[0-9.]*[0-9][0-9.]*", amount) and prefix.lower() in FARAD_FF:
            return float(amount) * FARAD_FF[prefix.lower()]
    raise ValueError(f"capacitive_load_unit is {said}")


def interpret(root, path, digest):
    capacitance = capacitance_unit(root)
    leakage = unit(root, "leakage_power_unit", LEAKAGE_NW)
    conditions = root.word("default_operating_conditions", next((group.name for group in root.all("operating_conditions")), "nominal"))
    cells = {}
    for group in root.all("cell"):
        cells[group.name] = cell_of(group, leakage, capacitance)
    voltage, temperature = (root.number(name) if name in root.attributes else math.nan for name in ("nom_voltage", "nom_temperature"))
    return Library(root.name, path, digest, conditions, voltage, temperature, capacitance, unit(root, "time_unit", TIME_PS), cells)


def cell_of(group, leakage, capacitance):
    inputs, outputs, timed = {}, {}, False
    for pin in group.all("pin"):
        for name in pin.arguments:
            if pin.attributes.get("direction") == "input":
                inputs[name] = pin.number("capacitance", "0") * capacitance
            elif pin.attributes.get("direction") == "output":
                function = pin.word("function", "")
                outputs[name] = boolean.parse(function) if function and "three_state" not in pin.attributes else None
                timed |= any(arc.all("cell_rise") or arc.all("cell_fall") for arc in pin.all("timing"))
    state = next((g for g in group.groups if g.kind in ("ff", "latch", "statetable")), None)
    return Cell(group.name, group.number("area", "0"), leakage * leakage_of(group), inputs, outputs, state, timed)


def leakage_of(group):
    """The cell's figure; else that of no stated condition; else the mean of the conditions. Summed over the supplies."""
    if "cell_leakage_power" in group.attributes:
        return group.number("cell_leakage_power")
    stated, plain = {}, {}
    for leak in group.all("leakage_power"):
        supply, amount = leak.word("related_pg_pin", ""), leak.number("value")
        if "when" in leak.attributes:
            stated.setdefault(supply, []).append(amount)
        else:
            plain[supply] = amount
    return sum(plain.values()) if plain else sum(sum(amounts) / len(amounts) for amounts in stated.values())


def inverters(library):
    """Those that invert and nothing else, the smallest first."""
    return sorted((cell for cell in library.cells.values() if is_gate(cell, 1, {(True, False)})), key=lambda cell: (cell.area_um2, cell.name))


def is_gate(cell, count, tables):
    if cell.state or len(cell.inputs) != count or len(cell.outputs) != 1:
        return False
    function = next(iter(cell.outputs.values()))
    return function is not None and boolean.names(function) == set(cell.inputs) and boolean.table(function, sorted(cell.inputs)) in tables


def resets(cell):
    return bool({"clear", "preset"} & set(cell.state.attributes))


def check(library):
    """Every class of cells that the mapping needs is there, with timing."""
    cells = library.cells.values()
    if not cells:
        raise InputError(f"--liberty {library.path}: no cell; allowed: a library of standard cells")
    classes = {
        "inverter": bool(inverters(library)),
        "buffer": any(is_gate(cell, 1, {(False, True)}) for cell in cells),
        "2-input NAND or NOR": any(is_gate(cell, 2, {(True, True, True, False), (True, False, False, False)}) for cell in cells),
        "flip-flop": any(cell.flip_flop for cell in cells),
        "flip-flop with asynchronous reset": any(cell.flip_flop and resets(cell) for cell in cells),
    }
    missing = [name for name, there in classes.items() if not there]
    if missing:
        raise InputError(f"--liberty {library.path}: no {', no '.join(missing)}; allowed: a library with each of: {', '.join(classes)}")
    untimed = sorted(cell.name for cell in cells if not cell.timed and any(cell.outputs.values()))
    if untimed:
        raise InputError(f"--liberty {library.path}: no timing tables of {len(untimed)} of {len(cells)} cells ({untimed[0]}, ...); "
                         "allowed: an NLDM library (cell_rise, cell_fall)")
    if not any(cell.area_um2 > 0 for cell in cells):
        raise InputError(f"--liberty {library.path}: no cell has an area; allowed: a library with areas in um2")
