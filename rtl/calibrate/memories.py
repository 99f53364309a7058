#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A table of memories from the Liberty files of SRAM macros: what the data sheet of each says.

  memories.py --source TEXT MACRO.lib... > models/cost/calibrated/TECHNOLOGY/memories.csv

`--source`: where the macros come from, which reports name. A file may be compressed (.xz). Exit codes: 0 done; 2 a file is no macro's."""
import argparse
import csv
import lzma
import pathlib
import re
import sys

import boolean
import cell_tables
import liberty
from problems import InputError

COLUMNS = ("words", "bits", "area_um2", "leakage_nw", "read_pj", "write_pj", "access_ps", "voltage", "library")
# Pins by what they do; an access is a clock with the memory enabled and one of the two.
ENABLE, WRITE, READ = "A_MEN", "A_WEN", "A_REN"
CLOCK, OUT = "A_CLK", "A_DOUT"


def text_of(path):
    data = pathlib.Path(path).read_bytes()
    return (lzma.decompress(data) if str(path).endswith(".xz") else data).decode("latin-1")


def row(path):
    """Throws InputError."""
    try:
        return interpret(re.sub(r"/\*.*?\*/", "", text_of(path), flags=re.S))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; allowed: the Liberty file of an SRAM macro") from None
    except (ValueError, AttributeError, StopIteration, KeyError, lzma.LZMAError) as error:
        raise InputError(f"{path}: {error or 'a pin or a group is missing'}; allowed: the Liberty file of an SRAM macro with {ENABLE}, {WRITE}, {READ}") from None


def interpret(text):
    root = liberty.parse(cell_tables.flattened(text))
    cell, = root.all("cell")
    memory, = cell.all("memory")
    pins = {name: pin for pin in (*cell.all("pin"), *cell.all("bus")) for name in pin.arguments}
    picojoule = liberty.capacitance_unit(root) / 1000  # of the unit of capacitance at one volt squared
    slowest = max(max(cell_tables.numbers(",".join(table.attributes["values_"]))) for arc in pins[OUT].all("timing")
                  for kind in ("cell_rise", "cell_fall") for table in arc.all(kind))
    return {"words": 1 << int(memory.number("address_width")), "bits": int(memory.number("word_width")), "area_um2": cell.number("area"),
            "leakage_nw": cell.number("cell_leakage_power") * liberty.unit(root, "leakage_power_unit", liberty.LEAKAGE_NW),
            "read_pj": round(access(pins[CLOCK], read=True) * picojoule, 6), "write_pj": round(access(pins[CLOCK], read=False) * picojoule, 6),
            "access_ps": round(slowest * liberty.unit(root, "time_unit", liberty.TIME_PS), 3), "voltage": root.number("nom_voltage"),
            "library": root.name}


def access(clock, read):
    """Both edges of the clock while the memory reads, or writes."""
    pins = {ENABLE: True, WRITE: not read, READ: read}
    found = [power for power in clock.all("internal_power") if boolean.evaluate(boolean.parse(power.word("when")), pins)]
    power, = found
    return sum(cell_tables.numbers(",".join(edge.attributes["values_"]))[0] for kind in ("rise_power", "fall_power") for edge in power.all(kind))


def write(source, rows):
    """memories.csv, on the standard output."""
    print(f"# source: {' '.join(source.split())}")
    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda one: (one["words"] * one["bits"], one["bits"])))


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", required=True)
    parser.add_argument("macros", nargs="+", metavar="MACRO.lib")
    arguments = parser.parse_args(words)
    try:
        write(arguments.source, [row(path) for path in arguments.macros])
    except InputError as error:
        print(f"memories: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
