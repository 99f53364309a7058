#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What whole accelerators take for a multiply-accumulate beside machines of ours like them (`accelerators` of published_costs.yaml): the section of
docs/cost.md between its markers. The one place where figures are scaled: theirs, to the 45 nm and 0.9 V of models/cost/published.csv, by
node x voltage^2. Chips without their DRAM, layers without the others."""
import argparse
import json
import subprocess
import sys
from pathlib import Path

import cost_checks
import yaml

HERE = Path(__file__).resolve().parent
FIRST, LAST = "<!-- accelerators -->\n", "<!-- /accelerators -->\n"
NODE_NM, VOLTS = 45, 0.9  # of models/cost/published.csv
OFF_CHIP = "dram "


def factor(entry):
    return NODE_NM / entry["node_nm"] * (VOLTS / entry["volts"]) ** 2


def on_chip_pj(layers, operations):
    """A multiply-accumulate of these layers, and of that the core's."""
    found = [layer for layer in layers if layer["op"].startswith(operations)]
    macs = sum(layer["macs"] for layer in found)
    parts = [(name, pj) for layer in found for name, pj in layer["energy"]["components_pj"].items() if not name.startswith(OFF_CHIP)]
    memories = ("scratchpad", "partial sums", "memory leakage")
    return sum(pj for _, pj in parts) / macs, sum(pj for name, pj in parts if not name.startswith(memories)) / macs


def ran(binade, entry, table):
    command = [binade, "run", *entry["run"], "--values", "none", "--report-format", "json", *(["--cost-table", table] if table else [])]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
    return on_chip_pj(json.loads(done.stdout)["layers"], entry["operations"])


def section(entries, binade, technology):
    lines = [f"| accelerator | published | scaled to {NODE_NM} nm, {VOLTS} V | ours, published constants of {NODE_NM} nm | of that the core | deviation | "
             f"ours, core of `{technology}`, unscaled | of that the core |", "|---|---|---|---|---|---|---|---|"]
    for entry in entries:
        whole, core = ran(binade, entry, None)
        calibrated, calibrated_core = ran(binade, entry, technology)
        scaled = entry["pj_per_mac"] * factor(entry)
        lines.append(f"| {entry['name']}, {entry['mark']} | {entry['pj_per_mac']} = {entry['from']} | {scaled:.2f} (x {factor(entry):.2f}) | {whole:.2f} | {core:.2f} | "
                     f"{cost_checks.verdict(whole, scaled)} | {calibrated:.2f} | {calibrated_core:.2f} |")
    lines += ["", "In pJ. Ours:", "", "```sh"]
    lines += [f"binade run {' '.join(entry['run'])} --values none   # {entry['name']}" for entry in entries]
    lines += ["```", "", *(f"- {entry['name']}: {entry['title']}." for entry in entries)]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binade", default=str(HERE.parent / "build/binade"))
    parser.add_argument("--technology", default="asap7")
    arguments = parser.parse_args()
    entries = yaml.safe_load((HERE / "published_costs.yaml").read_text(encoding="utf-8"))["accelerators"]
    cost_checks.write_section(section(entries, arguments.binade, arguments.technology), FIRST, LAST)


if __name__ == "__main__":
    main()
