#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Ratios of the costs of formats in calibrated tables, beside each other and beside those that others publish (published_costs.yaml): the
sections of docs/cost.md between their markers. Ratios only: nothing is scaled from one technology to another."""
import argparse
import json
import subprocess
import sys
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs/cost.md"
FIRST, LAST = "<!-- cross-checks -->\n", "<!-- /cross-checks -->\n"
LIBRARIES = "<!-- libraries -->\n", "<!-- /libraries -->\n"
WORDS = {"area_um2": "area", "energy_pj_per_mac": "energy", "zero_delay_pj_per_mac": "energy without glitches", "iso_area_speedup": "iso-area speed-up over fp32",
         "delay_ps": "critical path"}
ERRORS = {"area_um2": ["area_error_percent"], "delay_ps": ["delay_error_percent"], "energy_pj_per_mac": ["energy_error_percent"], "zero_delay_pj_per_mac": ["energy_error_percent"],
          "iso_area_speedup": ["area_error_percent", "delay_error_percent"]}
FAR, SAME = 2, 1.005  # a factor; what it is shown with


def priced(binade, technology, entry):
    """The row of `binade cost`, and the report that it is of; None where the table does not know the format."""
    sets = [f"--set={setting}" for setting in entry.get("set", [])]
    done = subprocess.run([binade, "cost", entry["format"], *sets, "--cost-table", technology, "--report-format", "json"], capture_output=True, text=True)
    if done.returncode == 2 and "not modelled" in done.stderr:
        return None
    if done.returncode:
        sys.exit(f"binade cost {entry['format']}: {done.stderr.strip()}")
    report = json.loads(done.stdout)
    return report["formats"][0] | {"provenance": report["provenance"]}


def compared(row, rows):
    """The ratio (or figure) of ours; None where it is not modelled."""
    values = [rows[name] and rows[name][row["figure"]] for name in of_row(row)]
    if None in values:
        return None
    return values[0] / values[1] if "over" in row else values[0]


def of_row(row):
    return [row[side] for side in ("of", "over") if side in row]


def foretold(row, rows):
    """Which of a ratio's formats no measurement stands for, and how far off that may be: the regression's error on samples that it did not see."""
    words = []
    for name in of_row(row):
        known = rows[name] or {"flags": ""}
        word = next((word for word in ("extrapolated", "interpolated") if word in known["flags"]), None)
        errors = [known.get(error) for error in ERRORS[row["figure"]]]
        if word and any(errors):
            words.append(f"{name} {word}, +-{sum(error or 0 for error in errors):.0f} %")
    return f" ({'; '.join(words)})" if words else ""


def verdict(ours, published):
    """How far ours lies beyond what is published: 1 within it."""
    if ours is None:
        return "not measured"
    low, high = published if isinstance(published, list) else (published, published)
    factor = max(ours / high, low / ours, 1)
    return "within" if factor < SAME else f"{factor:.2f} x {'more' if ours > high else 'less'}" + (", see below" if factor > FAR else "")


def tables_of(formats, binade, technologies):
    """{technology: {name: row of `binade cost`, None where the table does not know it}}"""
    tables = {technology: {name: priced(binade, technology, entry) for name, entry in formats.items()} for technology in technologies}
    for technology, rows in tables.items():
        if not any(rows.values()):
            sys.exit(f"cost table {technology}: it knows none of the formats")
    return tables


def header(first, of_each, tables):
    columns = [*first, *(column.format(technology) for column in of_each for technology in tables)]
    return [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]


def shown(ours, row, rows):
    return "-" if ours is None else format(ours, ".2f") + foretold(row, rows)


def section(data, tables):
    """Beside what is published."""
    lines = [f"Table `{technology}`: {next(row for row in rows.values() if row)['provenance']}\n" for technology, rows in tables.items()]
    lines += header(["source", "of", "figure", "published"], ["`{}`", "deviation of `{}`"], tables)
    for source in data["sources"]:
        for row in source["rows"]:
            published = " to ".join(map(str, row["published"])) if isinstance(row["published"], list) else str(row["published"])
            if "from" in row:
                published += f" = {row['from']}"
            what = row["of"] + (f" / {row['over']}" if "over" in row else "")
            ours = {technology: compared(row, rows) for technology, rows in tables.items() if row.get("only", technology) == technology}
            cells = [f"{source['name']}, {source['mark']}", what, WORDS[row["figure"]], published,
                     *(shown(ours.get(technology), row, rows) for technology, rows in tables.items()),
                     *(verdict(ours[technology], row["published"]) if technology in ours else "of another node" for technology in tables)]
            lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "Ours are " + "; ".join(f"{name}: {entry['means']}" for name, entry in data["formats"].items()) + ".", ""]
    lines += [f"- {source['name']}: {source['title']}." for source in data["sources"]]
    return "\n".join(lines) + "\n"


def libraries(data, tables):
    """Of each format the ratios to one, a column a technology."""
    figures = ["area_um2", "delay_ps", "energy_pj_per_mac", "zero_delay_pj_per_mac"]
    lines = header([f"over {data['over']}"], [f"{WORDS[figure]}, `{{}}`" for figure in figures], tables)
    for name in data["formats"]:
        rows = [({"of": name, "over": data["over"], "figure": figure}, rows) for figure in figures for rows in tables.values()]
        lines.append(f"| {name} | {' | '.join(shown(compared(row, rows), row, rows) for row, rows in rows)} |")
    return "\n".join(lines) + "\n"


def with_section(page, text, opening=FIRST, closing=LAST):
    first, last = page.index(opening) + len(opening), page.index(closing)
    return page[:first] + text + page[last:]


def write_section(text, opening=FIRST, closing=LAST):
    """Into docs/cost.md, between its markers."""
    PAGE.write_text(with_section(PAGE.read_text(encoding="utf-8"), text, opening, closing), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binade", default=str(HERE.parent / "build/binade"))
    parser.add_argument("--technology", nargs="+", default=["asap7", "sg13g2"])
    arguments = parser.parse_args()
    data = yaml.safe_load((HERE / "published_costs.yaml").read_text(encoding="utf-8"))
    write_section(section(data, tables_of(data["formats"], arguments.binade, arguments.technology)))
    between = data["libraries"]
    write_section(libraries(between, tables_of({name: {"format": name} for name in between["formats"]}, arguments.binade, arguments.technology)), *LIBRARIES)


if __name__ == "__main__":
    main()
