#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""explore_speed.py BINADE: processor time of a point of LeNet-5, and how many of them two cores do in a minute."""

import resource
import subprocess
import sys
import tempfile

SIZES = ",".join(str(8 * i) for i in range(1, 21))
CASES = {
    "one sample": ["--batch", "1", "--values", "full", "--axis", "format=posit8,dfp8"],
    "one sample, no values": ["--values", "none", "--axis", "format=posit8,dfp8"],
    "100 samples": ["--batch", "100", "--values", "full", "--axis", "format=dfp8"],
    "screened": ["--values", "none", "--screen", "100000", "--axis", f"core.cols={SIZES}", "--axis", "format=posit8,dfp8"],
}
POINTS = {"one sample": 40, "one sample, no values": 40, "100 samples": 20, "screened": 800}


def processor_seconds(words):
    def used():
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return children.ru_utime + children.ru_stime

    before = used()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.argv[1], "explore", "--network", "lenet5", "--axis", f"core.rows={SIZES}", *words, "--out", f"{folder}/sweep"]
        subprocess.run(command, check=True, capture_output=True)
    return used() - before


print(f"{'a point of LeNet-5':24}{'ms':>8}{'a minute':>12}")
for name, words in CASES.items():
    each = processor_seconds(words) / POINTS[name]
    print(f"{name:24}{1000 * each:8.2f}{2 * 60 / each:12,.0f}")
