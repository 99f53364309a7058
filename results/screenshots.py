#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the pictures of report pages in docs/images: runs the commands below, has `binade report` make a page of what they leave and
Chromium draw it."""
import argparse
import base64
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/cli"))
import browser  # noqa: E402

# name -> the command whose results the page shows; plots that are drawn, the first at the top; pixels down; colours.
PAGES = {
    "report-sweep": ("explore --network lenet5 --values none --cost-table asap7 --axis core.rows=4,8,16,32 --axis core.cols=4,8,16,32 "
                     "--axis format=posit8,dfp8,flex16+5 --objective time --objective area --out OUT", ("pareto", "parallel"), 1130, "light"),
    "report-layers": ("run --trace traces/lenet5-mnist.npz --format posit8,fp32 --out OUT", ("roofline", "cycles"), 1130, "dark"),
}


def binade(program, words):
    done = subprocess.run([program, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"binade {shlex.join(map(str, words))}\n{done.stderr}exit code {done.returncode}")


def picture(driver, page, plots, down, scheme):
    shown = browser.Page(driver, page)
    shown.scheme(scheme)
    shown.resize(browser.WIDE, down)
    for name in reversed(plots):
        shown.plot(name)
    return base64.b64decode(driver.get_screenshot_as_base64())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binade", default=ROOT / "build/binade")
    parser.add_argument("--out", type=Path, default=ROOT / "docs/images")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(PAGES)}; all where there is none")
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.names if name not in PAGES]:
        parser.error(f"unknown {', '.join(unknown)}; allowed: {', '.join(PAGES)}")
    chosen.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        driver = browser.start(folder)
        try:
            for name in chosen.names or PAGES:
                command, plots, down, scheme = PAGES[name]
                out, page = Path(folder) / name, Path(folder) / f"{name}.html"
                binade(chosen.binade, [str(out) if word == "OUT" else word for word in shlex.split(command)])
                binade(chosen.binade, ["report", out, "--out", page])
                (chosen.out / f"{name}.png").write_bytes(picture(driver, page, plots, down, scheme))
                print(chosen.out / f"{name}.png")
        finally:
            driver.quit()


if __name__ == "__main__":
    main()
