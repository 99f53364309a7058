#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Accuracy over the energy of a multiply-accumulate, in a technology: a picture, and the section of docs/cost.md between its markers. The
accuracies are those of the histories (study.py), nothing is trained or run; `binade cost` prices the elements."""
import argparse
import csv
import html
import math
import re
import subprocess
import sys
from pathlib import Path

import cost_checks
import study
import yaml
from maps import maps_of

HERE = Path(__file__).resolve().parent
FIRST, LAST = "<!-- accuracy and energy -->\n", "<!-- /accuracy and energy -->\n"
COLOURS = {"posit": "#b4451f", "flex": "#6a3d9a", "dfp": "#1f6f3a", "sdfp": "#7fb069", "float": "#1f5fa8"}
WIDTH, HEIGHT, LEFT, TOP, GAP = 340, 300, 56, 40, 44
KEEPS = 0.5  # points: what a format may lose against the best of its panel and still keep its accuracy


def family(word):
    return next((name for name in COLOURS if word.startswith(name)), "float")


def accuracies(panel, studies):
    """Format -> accuracy, the mean over the seeds that are finished."""
    one = next(found for found in studies if found["name"] == panel["study"])
    if "maps" in panel:
        return {word: value for grid in maps_of(one, study.HISTORIES) if grid.grid["name"] in panel["maps"] for word, value in grid.accuracies().items()}
    found = {}
    for row in one["rows"]:
        runs = [run for run in (study.Run(one, row, seed) for seed in one["seeds"]) if run.done()]
        if runs and row["name"] in panel["formats"]:
            found[panel["formats"][row["name"]]] = sum(float(run.rows()[-1]["test_accuracy"]) for run in runs) / len(runs)
    return found


def prices(binade, technology, words):
    """Format -> its row of `binade cost`; formats that the table does not know have none."""
    done = subprocess.run([binade, "cost", ",".join(words), "--cost-table", technology, "--report-format", "csv"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"binade cost: {done.stderr.strip()}")
    rows = csv.DictReader(line for line in done.stdout.splitlines() if not line.startswith("#"))
    return {row["format"]: row for row in rows if row["energy_pj_per_mac"]}


def points_of(panel, studies, binade, technology):
    """(format, accuracy, pJ, error in per cent, interpolated), cheapest first, those equal in both once; and the formats that are left out, not
    or not well enough priced."""
    known = accuracies(panel, studies)
    priced = prices(binade, technology, list(known))
    usable = {word: row for word, row in priced.items() if "extrapolated" not in row["flags"]}
    points = {}
    for word in (word for word in known if word in usable):
        row, accuracy = usable[word], 100 * known[word]
        point = (word, accuracy, float(row["energy_pj_per_mac"]), float(row["energy_error_percent"]), "interpolated" in row["flags"])
        points.setdefault(point[1:3], point)
    return sorted(points.values(), key=lambda point: (point[2], -point[1])), [word for word in known if word not in usable]


def front(points):
    """What no cheaper format equals in accuracy."""
    found, best = [], 0.0
    for point in points:
        if point[1] > best:
            found.append(point)
            best = point[1]
    return found


def axis(points):
    """Whole factors of two around all energies."""
    energies = [energy for of_panel in points for _, _, energy, _, _ in of_panel]
    return math.floor(math.log2(min(energies))), math.ceil(math.log2(max(energies)))


def picture(panels, points, technology, provenance):
    low, high = axis(points)
    total = len(panels) * (WIDTH + LEFT + GAP)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{HEIGHT + TOP + 78}" font-family="sans-serif" font-size="11">',
             f'<rect width="{total}" height="{HEIGHT + TOP + 78}" fill="white"/>']
    for number, (panel, shown) in enumerate(zip(panels, points)):
        left, bottom = number * (WIDTH + LEFT + GAP) + LEFT, panel["from"]

        def x(energy, left=left):
            return left + WIDTH * (math.log2(energy) - low) / (high - low)

        def y(accuracy, bottom=bottom, top=max(accuracy for _, accuracy, *_ in shown)):
            return TOP + HEIGHT * (1 - (accuracy - bottom) / (1.04 * (top - bottom)))
        parts.append(f'<text x="{left}" y="{TOP - 20}" font-size="13">{html.escape(panel["title"])}</text>')
        parts.append(f'<text x="{left}" y="{TOP - 6}" fill="#555">test accuracy, %</text>')
        parts.append(f'<path d="M{left},{TOP} V{TOP + HEIGHT} H{left + WIDTH}" fill="none" stroke="#888"/>')
        for power in range(low, high + 1):
            parts.append(f'<text x="{x(2 ** power):.1f}" y="{TOP + HEIGHT + 15}" text-anchor="middle" fill="#555">{2 ** power:g}</text>')
        step = next(step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20) if (max(accuracy for _, accuracy, *_ in shown) - bottom) / step <= 8)
        for k in range(9):
            if y(bottom + k * step) >= TOP:
                parts.append(f'<text x="{left - 6}" y="{y(bottom + k * step) + 4:.1f}" text-anchor="end" fill="#555">{bottom + k * step:g}</text>')
        steps = [(x(energy), y(accuracy)) for _, accuracy, energy, _, _ in front(shown) if accuracy >= bottom]
        parts.append(f'<polyline points="{" ".join(f"{px:.1f},{py:.1f}" for px, py in steps)}" fill="none" stroke="#bbb" stroke-dasharray="3 3"/>')
        named = {point[0] for point in front(shown)} if "maps" in panel else {point[0] for point in shown}
        for word, accuracy, energy, error, between in shown:
            if accuracy < bottom:
                continue
            colour, px, py = COLOURS[family(word)], x(energy), y(accuracy)
            low_x, high_x = x(energy * (1 - error / 100)), x(energy * (1 + error / 100))
            parts.append(f'<path d="M{low_x:.1f},{py:.1f} H{high_x:.1f}" stroke="{colour}" stroke-opacity="0.35"/>')
            parts.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="4" fill="{"white" if between else colour}" stroke="{colour}"><title>{word}: {accuracy:.2f} %, '
                         f'{energy:.3g} pJ +-{error:.0f} %{", interpolated" if between else ""}</title></circle>')
            if word in named:
                parts.append(f'<text x="{px + 6:.1f}" y="{py - 5:.1f}" fill="{colour}">{word}</text>')
        parts.append(f'<text x="{left + WIDTH / 2}" y="{TOP + HEIGHT + 31}" text-anchor="middle" fill="#555">pJ a multiply-accumulate of the element, {technology}</text>')
    for number, (name, colour) in enumerate(COLOURS.items()):
        parts.append(f'<circle cx="{LEFT + 70 * number}" cy="{TOP + HEIGHT + 48}" r="4" fill="{colour}"/><text x="{LEFT + 70 * number + 8}" y="{TOP + HEIGHT + 52}">{name}</text>')
    parts.append(f'<text x="{LEFT + 70 * len(COLOURS)}" y="{TOP + HEIGHT + 52}">filled: measured; hollow: interpolated; bars: error of the energy; dashed: what nothing cheaper equals</text>')
    parts.append(f'<text x="{LEFT - 4}" y="{TOP + HEIGHT + 70}" fill="#555">{html.escape(provenance)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def section(panels, points, left_out, technology, name):
    lines = [f"![accuracy over energy in {technology}](results/{name})", "", "| panel | format | pJ a multiply-accumulate | accuracy, % | |", "|---|---|---|---|---|"]
    for panel, shown in zip(panels, points):
        best = max(accuracy for _, accuracy, *_ in shown)
        cheapest = next(point for point in shown if point[1] >= best - KEEPS)
        for word, accuracy, energy, error, between in front(shown):
            said = ["interpolated"] if between else []
            said += [f"cheapest within {KEEPS} points of the best"] if word == cheapest[0] else []
            if accuracy >= panel["from"]:
                lines.append(f"| {panel['title']} | {word} | {energy:.3g} +-{error:.0f} % | {accuracy:.2f} | {', '.join(said)} |")
    out = [f"{len(words)} of \"{panel['title']}\"" for panel, words in zip(panels, left_out) if words]
    if out:
        lines += ["", f"Not shown, since they lie beyond what was measured: {', '.join(out)}."]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binade", default=str(HERE.parent / "build/binade"))
    parser.add_argument("--technology", default="asap7")
    arguments = parser.parse_args()
    panels = yaml.safe_load((HERE / "accuracy_energy.yaml").read_text(encoding="utf-8"))["panels"]
    studies = yaml.safe_load((HERE / "runs.yaml").read_text(encoding="utf-8"))
    found = [points_of(panel, studies, arguments.binade, arguments.technology) for panel in panels]
    provenance = cost_checks.priced(arguments.binade, arguments.technology, {"format": "dfp8"})["provenance"]
    provenance = re.sub(r"; \d{4}-.*; not", "; not", provenance)
    name = f"accuracy-energy-{arguments.technology}.svg"
    (cost_checks.PAGE.parent / "results" / name).write_text(picture(panels, [points for points, _ in found], arguments.technology, provenance), encoding="utf-8")
    text = section(panels, [points for points, _ in found], [out for _, out in found], arguments.technology, name)
    cost_checks.write_section(text, FIRST, LAST)


if __name__ == "__main__":
    main()
