# SPDX-License-Identifier: Apache-2.0
"""Accuracy of trained networks in other formats, without further training: one run for each cell of a map of formats."""

import gzip
import json
import re
import struct
import subprocess
from pathlib import Path

import history_file

TEST_IMAGES = 2000  # the last of MNIST's 10,000 of t10k: those that trainings here are tested on
CHUNK = 8  # formats of one run


def last_images(data, folder):
    """A folder with the test images alone, as IDX."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"):
        raw = gzip.decompress((data / name).read_bytes())
        axes = raw[3]
        extents = struct.unpack(f">{axes}I", raw[4 : 4 + 4 * axes])
        size = (len(raw) - 4 - 4 * axes) // extents[0]
        head = raw[:4] + struct.pack(f">{axes}I", TEST_IMAGES, *extents[1:])
        (folder / name).write_bytes(gzip.compress(head + raw[len(raw) - TEST_IMAGES * size :]))
    return folder


class Map:
    """A grid of formats; `format` with {row} and {column} makes a cell's word."""

    def __init__(self, study, grid, histories):
        self.study, self.grid = study, grid
        self.name = re.sub(r"[^A-Za-z0-9]+", "-", f"{study['name']} {grid['name']}")
        self.words = ["--network", study["network"], "--weights", study["weights"], "--reference", "none"]
        for key, value in grid.get("set", {}).items():
            self.words += ["--set", f"{key}={value}"]
        self.history = histories / f"{self.name}.csv"

    def word(self, row, column):
        # A column may be a format's word itself, with a {row} in it.
        return self.grid["format"].format(row=row, column=column).format(row=row)

    def formats(self):
        skipped = set(self.grid.get("without", []))
        words = [self.word(row, column) for row in self.grid["rows"] for column in self.grid["columns"]]
        return [word for word in words if word not in skipped]

    def command(self):
        return "binade run " + " ".join(self.words)

    def accuracies(self):
        """By format: what the history holds."""
        return {row["format"]: float(row["top1"]) for row in history_file.read(self.history, self.command())}

    def missing(self):
        known = self.accuracies()
        return [word for word in self.formats() if word not in known]

    def make(self, binade, data, work):
        """Runs what is missing, some formats at a time; what is finished is kept."""
        missing = self.missing()
        folder = last_images(data, work / "test-images") if missing else None
        words = [w if w != self.study["weights"] else str(data / w) for w in self.words]
        while missing:
            some, missing = missing[:CHUNK], missing[CHUNK:]
            out = work / self.name / some[0]
            command = [binade, "run", *words, "--data", str(folder), "--format", ",".join(some), "--out", str(out), "--jobs", "1"]
            print(self.command() + " --format " + ",".join(some), flush=True)
            if subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode != 0:
                return False
            known = self.accuracies()
            for word in some:
                report = out / "report.json" if len(some) == 1 else out / word / "report.json"
                known[word] = json.loads(report.read_text())["top1"]["correct"] / TEST_IMAGES
            rows = "".join(f"{word},{known[word]}\n" for word in self.formats() if word in known)
            history_file.write(self.history, self.command(), "format,top1\n" + rows)
        return True

    def table(self):
        known = self.accuracies()
        published = self.grid.get("paper", {})

        def cell(row, column):
            word = self.word(row, column)
            value = f"{100 * known[word]:.2f}" if word in known else "-"
            return value + (f" ({published[word]})" if word in published else "")

        heads = [str(column).format(row="N") for column in self.grid["columns"]]
        lines = [f"| {self.grid['axes']} | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
        for row in self.grid["rows"]:
            lines.append(f"| {row} | " + " | ".join(cell(row, column) for column in self.grid["columns"]) + " |")
        return "\n".join(lines)

    def picture(self):
        """The map as SVG: from white, 10 %, to dark blue, 100 %."""
        known = self.accuracies()
        rows, columns = self.grid["rows"], self.grid["columns"]
        width, height, left, top = 64, 26, 70, 26
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width * len(columns)}" height="{top + height * len(rows)}" '
            'font-family="sans-serif" font-size="12" text-anchor="middle">'
        ]
        for j, column in enumerate(columns):
            text = str(column).format(row="N")
            parts.append(f'<text x="{left + width * (j + 0.5)}" y="{top - 8}">{text}</text>')
        for i, row in enumerate(rows):
            parts.append(f'<text x="{left / 2}" y="{top + height * (i + 0.66):.0f}">{row}</text>')
            for j, column in enumerate(columns):
                accuracy = known.get(self.word(row, column))
                if accuracy is None:
                    continue
                share = max(0.0, (accuracy - 0.1) / 0.9)
                colour = "#" + "".join(f"{round(255 + (to - 255) * share):02x}" for to in (0x08, 0x45, 0x94))
                x, y = left + width * j, top + height * i
                parts.append(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{colour}" stroke="white"/>')
                ink = "white" if share > 0.5 else "black"
                parts.append(f'<text x="{x + width / 2}" y="{y + 17}" fill="{ink}">{100 * accuracy:.1f}</text>')
        return "\n".join([*parts, "</svg>", ""])


def maps_of(study, histories: Path):
    return [Map(study, grid, histories) for grid in study.get("maps", [])]
