# SPDX-License-Identifier: Apache-2.0
"""What a calibration asks of a cell library beyond what the mapping needs (`liberty.check`): figures that a table can say, and tables of numbers.
Apart from liberty.py, whose text measured points hold for."""
import collections
import math
import re

from problems import InputError

TABLE = re.compile(r"\b(values|index_[123])\s*\(([^()]*)\)")
CELL = re.compile(r'\bcell\s*\(\s*"?([^")]*?)"?\s*\)\s*\{')
SPACES = str.maketrans('",\\', "   ")


def check(library):
    """Throws InputError; `library` is as liberty.read has it."""
    where = f"--liberty {library.path}"
    for name, value in (("nom_voltage", library.voltage), ("nom_temperature", library.temperature)):
        if math.isnan(value):
            raise InputError(f"{where}: no {name}; allowed: a library with nom_voltage and nom_temperature")
    if library.voltage <= 0:
        raise InputError(f"{where}: nom_voltage {library.voltage:g}; allowed: above zero")
    for cell in library.cells.values():
        for what, value in (("area", cell.area_um2), ("leakage", cell.leakage_nw)):
            if value < 0:
                raise InputError(f"{where}: {cell.name}: {what} {value:g}; allowed: zero or more")
    if not any(cell.leakage_nw > 0 for cell in library.cells.values()):
        raise InputError(f"{where}: no cell has a leakage; allowed: a library with cell_leakage_power, or leakage_power (), of its cells")
    text = re.sub(r"/\*.*?\*/", lambda comment: "\n" * comment[0].count("\n"), library.path.read_text(encoding="latin-1"), flags=re.S)
    count = collections.Counter(CELL.findall(text))
    if twice := next((name for name in count if count[name] > 1), None):
        raise InputError(f"{where}: cell {twice} {count[twice]} times; allowed: each cell once")
    for table in TABLE.finditer(text):
        if fault := fault_in(table[2]):
            raise InputError(f"{where}:{text.count(chr(10), 0, table.start()) + 1}: {table[1]}: '{fault}'; allowed: finite numbers")


def fault_in(words):
    """The first word of a table that is no number; empty where each is one."""
    split = words.translate(SPACES).split()
    try:
        if "_" not in words and math.isfinite(sum(map(float, split))):
            return ""
    except ValueError:
        pass
    return next((word for word in split if not number(word)), "")


def number(word):
    try:
        return "_" not in word and math.isfinite(float(word))
    except ValueError:
        return False
