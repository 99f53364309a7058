#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Searches formats for several networks as search_study.yaml says, each resumable, and writes the study of docs/explore.md."""

import argparse
import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
HISTORIES = HERE / "histories"
PAGE = ROOT / "docs" / "explore.md"
PICTURES = ROOT / "docs" / "results"
BEGIN, END = "<!-- study -->\n", "<!-- /study -->\n"
COLOURS = {"accuracy": (0x08, 0x45, 0x94), "speed": (0x7A, 0x35, 0x02)}


def train(network, options, weights):
    """The weights of a network that has none among the data."""
    words = [options.binade, "train", "--network", network["name"], "--data", str(options.data), *network["train"].split()]
    out = options.work / f"train-{network['name']}"
    command = [*words, "--out", str(out), "--resume"] if (out / "checkpoint.npz").exists() else [*words, "--out", str(out)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    shutil.copy(out / "weights.npz", weights)


def weights_of(network, options):
    if "weights" in network:
        return options.data / network["weights"]
    weights = options.work / f"{network['name']}.npz"
    if not weights.exists():
        train(network, options, weights)
    return weights


def tag(families):
    return families.replace(",", "-")


def search_command(network, samples, out, options):
    """What every search of a network begins with."""
    return [options.binade, "search", "--network", network["name"], "--data", str(options.data), "--weights", str(weights_of(network, options)),
            "--samples", str(samples), "--out", str(out), "--resume"]


def search(study, network, families, options):
    """One search; what the folder holds from others is not measured again."""
    out = options.work / "search"
    command = [*search_command(network, study["samples"], out, options), "--family", families]
    command += network.get("options", "").split()
    for name in network.get("fit", []):
        other = next(one for one in study["networks"] if one["name"] == name)
        command += ["--fit", f"{name}:{options.data}:{weights_of(other, options)}", "--fit-samples", str(study["samples"])]
    if network.get("model"):
        command += ["--model", str(options.work / f"model-{network['model']}-{tag(families)}.json")]
    print(" ".join(command), flush=True)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    name = f"{network['name']}-{tag(families)}"
    shutil.copy(out / "model.json", options.work / f"model-{name}.json")
    chosen = json.loads((out / "search.json").read_text())["chosen"]
    confirmed = confirm(study, network, chosen, options) if chosen else None
    keep(name, out / "formats.csv", out / "search.json", confirmed, whole=families == study["families"][-1])


def confirm(study, network, chosen, options):
    """The chosen format's accuracy on all test samples."""
    out = options.work / "confirmed"
    command = [*search_command(network, study["test_samples"], out, options), "--format", chosen, "--exhaustive", "--evaluations", "0"]
    command += ["--model", str(options.work / f"model-{network.get('model') or network['name']}-{tag(study['families'][0])}.json")]
    print(" ".join(command), flush=True)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with (out / "formats.csv").open(newline="") as stream:
        row = next(csv.DictReader(stream))
    report = json.loads((out / "search.json").read_text())
    return {"samples": report["samples"], "measured": float(row["measured"]), "correct": int(row["correct"]), "reference_correct": report["reference_correct"]}


def keep(name, formats, report, confirmed, whole):
    """What the page is written from; of a search whose maps are in a wider one's, the rows that it tells."""
    with formats.open(newline="") as stream:
        reader = csv.DictReader(stream)
        heads, rows = reader.fieldnames, list(reader)
    if not whole:
        rows = [row for row in rows if row["evaluation"] or row["chosen"] == "true" or row["exhaustive_best"] == "true"]
    with (HISTORIES / f"search-{name}.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, heads, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    report = json.loads(report.read_text())
    report["count"] = len(report["formats"])
    report["confirmed"] = confirmed
    del report["formats"], report["tool"]
    (HISTORIES / f"search-{name}.json").write_text(json.dumps(report, indent=1) + "\n")


class Found:
    """One search as it was kept."""

    def __init__(self, network, families):
        self.network = network
        file = HISTORIES / f"search-{network['name']}-{tag(families)}.json"
        self.report = json.loads(file.read_text())
        with file.with_suffix(".csv").open(newline="") as stream:
            self.rows = {row["format"]: row for row in csv.DictReader(stream)}

    def row(self, what):
        return self.rows.get(self.report[what] or "")


def number(text):
    return float(text) if text else None


def percent(text):
    return f"{100 * float(text):.1f}" if text else "-"


def picture(rows, value, kind, top, unit):
    """A map of a family as SVG, precision to the right, range downwards; `value` of a row, None: no cell. White is 0, dark is `top`."""
    ranges = sorted({int(row["range"]) for row in rows})
    precisions = sorted({int(row["precision"]) for row in rows})
    width, height, left, above = 40, 22, 46, 30
    words = {"float": ("exponent bits", "mantissa bits"), "fixed": ("integer bits", "fraction bits")}[rows[0]["family"]]
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width * len(precisions)}" height="{above + height * len(ranges)}" '
             f'font-family="sans-serif" font-size="11" text-anchor="middle"><title>{words[1]} to the right, {words[0]} downwards, {unit}</title>']
    for j, precision in enumerate(precisions):
        parts.append(f'<text x="{left + width * (j + 0.5)}" y="{above - 8}">{precision}</text>')
    for i, one in enumerate(ranges):
        parts.append(f'<text x="{left / 2}" y="{above + height * i + 15}">{one}</text>')
    for row in rows:
        figure = value(row)
        if figure is None:
            continue
        share = max(0.0, min(1.0, figure / top))
        colour = "#" + "".join(f"{round(255 + (to - 255) * share):02x}" for to in COLOURS[kind])
        x, y = left + width * precisions.index(int(row["precision"])), above + height * ranges.index(int(row["range"]))
        parts.append(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{colour}" stroke="white"/>')
        shown = f"{100 * figure:.0f}" if kind == "accuracy" else f"{figure:.3g}"
        parts.append(f'<text x="{x + width / 2}" y="{y + 15}" fill="{"white" if share > 0.5 else "black"}">{shown}</text>')
    return "\n".join([*parts, "</svg>", ""])


def draw(found):
    """The pictures of one network; lines that show them."""
    lines = []
    for family in ("float", "fixed"):
        rows = [row for row in found.rows.values() if row["family"] == family]
        if not rows:
            continue
        whole = found.report["exhaustive"]
        name = f"search-{found.network['name']}-{family}.svg"
        (PICTURES / name).write_text(picture(rows, lambda row, column="measured" if whole else "predicted": number(row[column]), "accuracy", 1, "% of the accuracy in binary64"))
        what = f"{found.network['name']}, `{family}`: {'measured' if whole else 'predicted'} accuracy, % of that in binary64"
        lines += [f"![{what}](results/{name})", "", what + ".", ""]
    return lines


def draw_speeds(found):
    lines = []
    for family in ("float", "fixed"):
        rows = [row for row in found.rows.values() if row["family"] == family]
        if not rows:
            continue
        name = f"search-speed-{family}.svg"
        top = 20
        (PICTURES / name).write_text(picture(rows, lambda row: number(row["iso_area_speedup"]), "speed", top, "iso-area speed-up over fp32"))
        lines += [f"![`{family}`: iso-area speed-up](results/{name})", "", f"`{family}`: iso-area speed-up over `fp32`.", ""]
    return lines


def table(all_found):
    lines = ["| network | chosen | bits | predicted, % | measured, % | on all images, % | speed-up | evaluations | best of all | its speed-up | search, s | all formats, s | ratio |",
             "|---|---|---|---|---|---|---|---|---|---|---|---|---|"]
    for found in all_found:
        report, chosen, best = found.report, found.row("chosen"), found.row("exhaustive_best")
        evaluated = [row["format"] for row in sorted((r for r in found.rows.values() if r["evaluation"]), key=lambda r: int(r["evaluation"]))]
        whole = report["exhaustive_seconds"]
        cells = [found.network["name"]]
        cells += [f"`{chosen['format']}`", chosen["bits"], percent(chosen["predicted"]), percent(chosen["measured"]), percent(report["confirmed"]["measured"]), f"{float(chosen['iso_area_speedup']):.1f}"] if chosen else ["none"] + ["-"] * 5
        cells += [", ".join(f"`{word}`" for word in evaluated) or "none"]
        cells += [f"`{best['format']}`", f"{float(best['iso_area_speedup']):.1f}"] if best else ["not asked", "-"]
        cells += [f"{report['search_seconds']:.3g}", f"{whole:.4g}{'' if report['exhaustive'] else ' (estimated)'}" if whole else "-", f"{whole / report['search_seconds']:.2g}" if whole else "-"]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def section(study, families):
    """The searches of one choice of families: their results and their models."""
    found = [Found(network, families) for network in study["networks"] if (HISTORIES / f"search-{network['name']}-{tag(families)}.json").exists()]
    if not found:
        return found, []
    words = " and ".join(f"`{word}`" for word in families.split(","))
    text = [f"### {words}: {found[0].report['count']} formats", "", *table(found), ""]
    speeds = [float(one.row("chosen")["iso_area_speedup"]) for one in found if one.row("chosen")]
    if speeds:
        text += [f"Chosen formats are {sum(speeds) / len(speeds):.1f} times as fast as `fp32` on the same area in the mean of these networks.", ""]
    text += ["| network | model | correlation of R2 and accuracy |", "|---|---|---|"]
    for one in found:
        model = one.report["model"]
        text.append(f"| {one.network['name']} | accuracy = {model['slope']:.3f} R2 {model['intercept']:+.3f}, {model['points']} points of {', '.join(model['networks'])} | {model['correlation']:.3f} |")
    return found, [*text, ""]


def page(study):
    text = ["", study["about"].strip(), ""]
    for families in study["families"]:
        found, lines = section(study, families)
        text += lines
    text += ["### Beside the paper", "", study["paper"].strip(), "", "### Maps", "", "Precision to the right, range downwards.", ""]
    for one in found:
        text += draw(one)
    text += draw_speeds(found[0]) if found else []
    whole = PAGE.read_text()
    begin, end = whole.index(BEGIN) + len(BEGIN), whole.index(END)
    PAGE.write_text(whole[:begin] + "\n".join(text) + whole[end:])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--binade", type=lambda text: str(Path(text).resolve()), default=str(ROOT / "build" / "binade"))
    parser.add_argument("--work", type=Path, default=ROOT / "out" / "search", help="where weights and measurements lie")
    parser.add_argument("what", choices=["run", "page"], help="run: make what is missing, then the page; page: from the histories alone")
    parser.add_argument("network", nargs="*", help="of run: these alone")
    options = parser.parse_args()
    study = yaml.safe_load((HERE / "search_study.yaml").read_text())
    if options.what == "run":
        options.work.mkdir(parents=True, exist_ok=True)
        for families in study["families"]:
            for network in study["networks"]:
                if not options.network or network["name"] in options.network:
                    search(study, network, families, options)
    page(study)
    return 0


if __name__ == "__main__":
    sys.exit(main())
