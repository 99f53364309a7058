# SPDX-License-Identifier: Apache-2.0
"""Samples of RTL whose text has changed since, but not the circuit of their module: comments, constants that nothing of it uses. They are
taken over to today's text, and nothing is measured again. The same circuit is the same text of Yosys after `proc`, but for names and
places in the sources that Yosys derives."""
import io
import pathlib
import re
import subprocess
import tarfile
import tempfile

import kept
import revision
import shapes
import synthesis
import table
from problems import InputError

DERIVED = re.compile(r"\$[\w$./\\:-]*")


def over(directory, binade):
    """Takes over what holds, in samples.csv and provenance.yaml; the names of the shapes that have another circuit today. Throws InputError."""
    samples, then = table.read_samples(directory), table.read_provenance(directory).get("rtl_revision")
    others, today, carried = [], {}, False
    with tempfile.TemporaryDirectory() as temporary:
        past = None
        for row in samples:
            shape = kept.shape_of(row)
            if shape not in today:
                module = shapes.elaborate(shape, binade)
                today[shape] = revision.digest(module.top) if module.top in revision.sources() else None
                if today[shape] is None:
                    others.append(shape.name)
                elif row["sources"] != today[shape]:
                    past = past or rtl_of(then, pathlib.Path(temporary), directory)
                    if row["parameters"] != module.variables() or not holds(shape, module, row["sources"], past, pathlib.Path(temporary)):
                        others.append(shape.name)
                        today[shape] = None
                    else:
                        carried = True
            row["sources"] = today[shape] or row["sources"]
    if carried:
        table.rewrite(directory, samples, revision.revision())
    return others


def rtl_of(commit, directory, table_directory):
    """The folder rtl/ of a commit, below a directory."""
    done = subprocess.run(["git", "-C", str(revision.ROOT), "archive", commit or "", "rtl"], capture_output=True)
    if done.returncode:
        raise InputError(f"{table_directory}: rtl_revision {commit or 'none'}; allowed: a commit of this repository")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(directory)
    return directory / "rtl"


def holds(shape, module, sources, past, directory):
    """True where the samples are of that RTL and its circuit is today's."""
    if module.top not in revision.sources(past) or revision.digest(module.top, past) != sources:
        return False
    return circuit(shape, module, past, directory) == circuit(shape, module, revision.RTL, directory)


def circuit(shape, module, rtl, directory):
    """The text of a module's circuit, derived names numbered as they come."""
    files = revision.sources(rtl)
    sources = " ".join(str(files[name]) for name in revision.closure(module.top, files))
    sets = " ".join(f"-set {name} {literal}" for name, literal in module.parameters.items())
    synthesis.script(directory, "circuit", [f"read_verilog -sv {sources}", *([f"chparam {sets} {module.top}"] if sets else []),
                                            f"hierarchy -check -top {module.top}", f"rename -top {module.top}", "proc", "flatten",
                                            "opt_clean -purge", "write_ilang circuit.il"], shape.name)
    text = re.sub(r"(?m)^(\s*attribute \\(src|hdlname) .*|autoidx .*|#.*)\n", "", (directory / "circuit.il").read_text())
    seen = {}
    return DERIVED.sub(lambda name: seen.setdefault(name[0], f"${len(seen)}"), text)
