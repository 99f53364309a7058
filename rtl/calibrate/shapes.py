# SPDX-License-Identifier: Apache-2.0
"""A shape: one unit with its parameters. Units that `binade verify` knows are said by format and keys, and the program tells the
module's parameters; parts of them are modules of rtl/ with the parameters themselves."""
import dataclasses
import functools
import json
import re
import subprocess

import core_config
import tools
from problems import InputError

# What a larger unit keeps as modules of its own, whatever happens around them: an element's cost is that of the element.
BOUNDARIES = {"systolic_array": ("datapath_pe",),
              "core": ("datapath_pe", "datapath_lane", "sequencer", "vector_queue", "output_queue")}


@dataclasses.dataclass(frozen=True)
class Shape:
    unit: str  # of `binade verify`, or a module of rtl/
    format: str  # empty: a part
    settings: tuple  # key=value
    parameters: tuple = ()  # of a part: (name, value)

    @property
    def name(self):
        return " ".join(filter(None, [self.unit, self.format, *self.settings, *(f"{k}={v}" for k, v in self.parameters)]))

    @property
    def slug(self):
        return re.sub(r"[^A-Za-z0-9_.+-]+", "-", self.name.replace("=", ""))

    @property
    def boundaries(self):
        return BOUNDARIES.get(self.unit, ())

    def verify_arguments(self):
        return ["verify", self.unit, "--format", self.format, *(f"--set={setting}" for setting in self.settings)]


@dataclasses.dataclass(frozen=True)
class Module:
    top: str
    parameters: dict  # name -> SystemVerilog literal

    def variables(self):
        """What the form of a regression may name."""
        values = {}
        for name, literal in self.parameters.items():
            if name == "Config":
                values |= core_config.unpack(literal)
            else:
                values[name] = number(literal)
        return values


def number(literal):
    """Of a literal of SystemVerilog. Raises ValueError where it is none."""
    match = re.fullmatch(r"(?:\d+'([bdh]))?([0-9a-fA-F_]+)", str(literal))
    if not match:
        raise ValueError(literal)
    return int(match[2], {None: 10, "d": 10, "h": 16, "b": 2}[match[1]])


@functools.cache
def elaborate(shape, binade):
    """The module of a shape, asked for once. Throws InputError where the program refuses it."""
    if not shape.format:
        return Module(shape.unit, {name: str(value) for name, value in shape.parameters})
    done = subprocess.run([binade, *shape.verify_arguments(), "--print-module"], capture_output=True, text=True, env=tools.environment())
    if done.returncode:
        raise InputError(f"{shape.name}: {done.stderr.strip()}")
    printed = json.loads(done.stdout)
    return Module(printed["top"], printed["parameters"])


def refused(shapes, binade):
    """A line for each shape that the program refuses."""
    for shape in shapes:
        try:
            elaborate(shape, binade)
        except InputError as error:
            yield str(error)
