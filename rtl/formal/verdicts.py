# SPDX-License-Identifier: Apache-2.0
"""What proofs came to: kept beside their circuits, as lines, as results.json and as the table of a document."""
import json
import re
import zlib

import engines
import files
import miter
from problems import InputError

BEGIN, END = "<!-- proofs: written by rtl/formal/prove.py --document -->", "<!-- end of proofs -->"


def settle(proof, out, versions):
    """The verdict of a proof, kept from before or made."""
    directory = out / re.sub(r"[^A-Za-z0-9=_-]+", ".", f"{proof.name} {proof.engine}")
    if proof.fault:
        directory = out / f"{directory.name}.{zlib.crc32(repr(proof.fault).encode()):08x}"
    directory.mkdir(parents=True, exist_ok=True)
    unit, check = miter.sources(proof, directory)
    used = {name: text for name, text in versions.items() if name in ("yosys", engines.PROGRAMS[proof.engine])}
    digest = miter.digest(proof, [*unit, *check], used)
    file = directory / "result.json"
    kept = read(file)
    if kept.get("digest") == digest and (kept["verdict"] != engines.TIMEOUT or kept["limit_s"] >= proof.limit_s):
        return kept | labels(proof)
    gates = miter.build(proof, unit, check, directory)
    verdict, seconds, values = engines.ENGINES[proof.engine](directory, proof.limit_s)
    made = labels(proof) | {"digest": digest, "verdict": verdict, "cpu_s": round(seconds, 1), "limit_s": proof.limit_s, "and_gates": gates,
                            "values": values, "log": str(directory)}
    files.write_atomically(file, json.dumps(made, indent=1) + "\n")
    return made


def labels(proof):
    """What the plan says of it."""
    fault = {"fault": {"source": proof.fault.source, "find": proof.fault.find, "replace": proof.fault.replace}} if proof.fault else {}
    return {"name": proof.name, "unit": proof.unit, "shape": proof.shape, "engine": proof.engine, "claim": proof.claim, "bounds": proof.bounds} | fault


def read(file):
    """A result from before; empty where there is none."""
    try:
        return json.loads(file.read_text())
    except (OSError, ValueError):
        return {}


def line(result):
    words = f"{result['name']}: {result['verdict']} ({result['engine']}, {result['cpu_s']} s, {result['and_gates']} gates)"
    if "fault" in result:
        words = f"'{result['fault']['find']}' -> '{result['fault']['replace']}' in {result['fault']['source']}: {words}"
    elif result["verdict"] == engines.REFUTED:
        words += "".join(f"\n  {name} = {bits}" for name, bits in sorted(result["values"].items())) + f"\n  {result['log']}"
    elif result["verdict"] == engines.TIMEOUT:
        words += f": no answer within {result['limit_s']} s"
    return words


def write(out, results, versions):
    files.write_atomically(out / "results.json", json.dumps({"versions": versions, "results": results}, indent=1) + "\n")


def conclude(results, mutated):
    """Prints the count of verdicts and returns the exit code."""
    counts = {word: sum(result["verdict"] == word for result in results) for word in (engines.PROVED, engines.REFUTED, engines.TIMEOUT)}
    print(", ".join(f"{count} {word}" for word, count in counts.items() if count))
    if mutated:
        return int(counts[engines.REFUTED] != len(results))
    return int(counts[engines.REFUTED] > 0)


def marks_of(document):
    """The text before, between and after the marks of a document."""
    try:
        before, begin, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    except OSError as error:
        raise InputError(f"--document {document}: {error.strerror}; allowed: a document with {BEGIN} and {END}") from None
    between, end, after = rest.partition(END)
    if not begin or not end:
        raise InputError(f"--document {document}: without marks; allowed: a document with {BEGIN} and {END}")
    return before, between, after


def table(results, versions):
    """A row for each claim, then one for each proof."""
    claims = dict.fromkeys((result["name"].removesuffix(result["shape"]).strip(), result["claim"], result["bounds"]) for result in results)
    rows = ["| unit | claim | bounds |", "|---|---|---|", *(f"| {unit} | {claim} | {bounds} |" for unit, claim, bounds in claims), "",
            "| unit | parameters | engine | verdict | CPU s | and gates |", "|---|---|---|---|---:|---:|"]
    rows += [f"| {result['name'].removesuffix(result['shape']).strip()} | {result['shape']} | {result['engine']} | {verdict(result)} | "
             f"{result['cpu_s']:.1f} | {result['and_gates']} |" for result in results]
    return "\n".join(["", *rows, "", "; ".join(versions.values()) + ".", ""])


def verdict(result):
    return f"no answer within {result['limit_s']} s" if result["verdict"] == engines.TIMEOUT else result["verdict"]


def write_document(document, results, versions):
    before, _, after = marks_of(document)
    files.write_atomically(document, before + BEGIN + table(results, versions) + END + after)
