# SPDX-License-Identifier: Apache-2.0
"""The page of `binade report` in a browser: what it shows, how it answers to pointer and keys, at 10,000 points too."""
import csv
import json
import os
import shutil
import subprocess
import time

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

import browser
from conftest import BINADE, ROOT, TRACE
from sweep_database import OBJECTIVES, make_sweep

LARGE = 10000 if os.environ.get("BINADE_FULL") else 2500
FORMATS = ["dfp8", "fp32", "posit8"]  # in the order of their folders
needs_library = pytest.mark.skipif(not (ROOT / "plotly/plotly.min.js").is_file(), reason="no plotly/plotly.min.js: make deps could not fetch it")


class Place:
    """A folder with runs in three formats, trainings by two recipes, a small sweep and a large one; and a browser."""

    def __init__(self, folder):
        self.folder, self.pages = folder, {}
        self.downloads = folder / "downloads"
        self.program("run", "--trace", TRACE, "--samples", "2", "--format", ",".join(FORMATS), "--out", "runs")
        for recipe in ("fp32", "dfp8"):
            self.program("train", "--network", "mlp", "--recipe", recipe, "--steps", 6, "--set", "train.epochs=3", "--out", f"trainings/{recipe}")
        self.points = {name: self.sweep(name, count) for name, count in (("small", 300), ("large", LARGE))}
        self.driver = browser.start(self.downloads)

    def program(self, *arguments, program=BINADE):
        done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, cwd=self.folder, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def page(self, name, *inputs, program=BINADE):
        file = self.folder / f"{name}.html"
        if not file.is_file():
            self.program("report", *inputs, "--out", file.name, program=program)
        return browser.Page(self.driver, file)

    def sweep(self, name, count, **made):
        """A folder of that name; its points."""
        report = json.loads((self.folder / "runs/posit8/report.json").read_text())
        (self.folder / name).mkdir()
        return make_sweep(self.folder / name / "explore.db", report, count, **made)

    def small(self):
        return self.page("one", "runs", "small", "trainings")

    def bare(self):
        """The same page by a program that is moved away from its share and so has no library: a table and no plots."""
        program = self.folder / "bin/binade"
        if not program.is_file():
            program.parent.mkdir()
            shutil.copy(BINADE, program)
        return self.page("bare", "runs", "small", "trainings", program=program)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = Place(tmp_path_factory.mktemp("page"))
    yield place
    place.driver.quit()


def count(page):
    """Rows that the table says are left."""
    return int(page.ask("#rows-count", "e.textContent").split(" of ")[0].replace(",", ""))


def cells(page, head):
    """The column of the table's page under that head."""
    at = [text.split(",")[0].rstrip(" \u25b4\u25be") for text in page.all("#rows-head tr:first-child th")].index(head)
    return page.all(f"#rows-body td:nth-child({at + 1})")


def number(text):
    return float(text.replace(",", "")) if text else None


def at_point(page, plot, row):
    """Where on the screen the plot has the row's point."""
    return page.run(f"""const plot = {plot}, frame = plot.getBoundingClientRect();
        for (const trace of plot.data) {{
          const at = (trace.customdata || []).indexOf(arguments[0]);
          if (at >= 0) return [frame.left + plot._fullLayout.xaxis._offset + plot._fullLayout.xaxis.d2p(trace.x[at]),
                               frame.top + plot._fullLayout.yaxis._offset + plot._fullLayout.yaxis.d2p(trace.y[at])];
        }}""", row)


def point_to(page, x, y, click=False):
    chain = ActionChains(page.driver, duration=0)
    chain.w3c_actions.pointer_action.move_to_location(round(x) - 1, round(y))
    chain.w3c_actions.pointer_action.move_to_location(round(x), round(y))
    if click:
        chain.w3c_actions.pointer_action.click()
    chain.perform()


def front_of(points):
    """In cycles and energy."""
    return sorted((point["total_cycles"], point["energy.total_pj"]) for point in points if point.get("front") == 1)


def row_named(page, name):
    return page.run("""const button = [...document.querySelectorAll('#rows-body tr')].find((e) => e.querySelector('button').textContent === arguments[0]);
        return button && Number(button.dataset.row);""", name)


def test_without_the_library_a_page_says_so_and_shows_the_rest(place):
    page = place.bare()
    assert page.errors() == []
    assert page.ask("#no-plots", "e.offsetHeight") > 0 and page.ask("#plain", "e.open") and page.all("#plain svg", "1")
    assert count(page) == 305 and page.all(".plot", "1") == []
    page.choose('input[aria-label="filter kind"]', "point")
    assert count(page) == 300
    assert (place.folder / "bare.html").stat().st_size < 2e6


def test_the_table_sorts_and_filters(place):
    page = place.bare()
    done = [point for point in place.points["small"] if point["status"] == "done"]
    assert count(page) == 305
    page.choose('input[aria-label="filter output.sqnr_db"]', ">30")
    page.choose('input[aria-label="filter kind"]', "point")
    expected = [point for point in done if point["output.sqnr_db"] > 30]
    assert count(page) == len(expected) > 20
    head = "document.querySelector('#rows-head th:nth-child(%d) button')"
    at = [text.split(",")[0] for text in page.all("#rows-head tr:first-child th")].index("output.sqnr_db") + 1
    for descending in (False, True):
        page.run(head % at + ".click()")
        assert page.ask(f"#rows-head th:nth-child({at})", "e.ariaSort") == ("descending" if descending else "ascending")
        shown = [number(text) for text in cells(page, "output.sqnr_db")]
        assert shown == pytest.approx(sorted((point["output.sqnr_db"] for point in expected), reverse=descending)[:50], rel=1e-5)
    page.choose('input[aria-label="filter output.sqnr_db"]', "30..35")
    assert count(page) == sum(30 <= point["output.sqnr_db"] <= 35 for point in done)
    page.run("document.getElementById('clear').click()")
    assert count(page) == 305 and page.ask("#filter-bar", "e.hidden") and page.errors() == []


def test_a_row_without_a_value_is_last_both_ways(place):
    page = place.bare()
    at = [text.split(",")[0] for text in page.all("#rows-head tr:first-child th")].index("total_cycles") + 1
    for _ in range(2):
        page.run(f"document.querySelector('#rows-head th:nth-child({at}) button').click()")
        assert all(cells(page, "total_cycles"))


def test_downloads_hold_the_rows_that_are_left(place):
    page = place.bare()
    page.choose('input[aria-label="filter status"]', "done")
    names = []
    for name in ("csv", "json"):
        page.run(f"document.getElementById('download-{name}').click()")
        file = place.downloads / f"report.{name}"
        for _ in range(200):
            if file.is_file():
                break
            time.sleep(0.05)
        names.append(file)
    done = [point for point in place.points["small"] if point["status"] == "done"]
    with open(names[0], newline="") as file:
        rows = list(csv.DictReader(file))
    objects = json.loads(names[1].read_text())
    assert len(rows) == len(objects) == len(done)
    for row, item, point in zip(rows, objects, done):
        assert row["identity"] == item["identity"] == point["identity"] and item["core.rows"] == json.loads(point["axes"])["core.rows"]
        assert float(row["energy.total_pj"]) == item["energy.total_pj"] == point["energy.total_pj"] and item["output.exact"] is False
    # The program writes the same columns.
    own = list(csv.DictReader(place.program("report", "small", "--report-format", "csv").splitlines()))
    assert [row["total_cycles"] for row in own if row["status"] == "done"] == [row["total_cycles"] for row in rows]
    assert len(json.loads(place.program("report", "small", "--report-format", "json"))) == 300


@needs_library
def test_the_front_is_the_front(place):
    page = place.page("sweep", "small")
    plot = page.plot("pareto")
    title = page.run(f"return [{plot}.layout.xaxis.title.text, {plot}.layout.yaxis.title.text];")
    assert [text.split(",")[0] for text in title] == list(OBJECTIVES)  # the sweep's own
    line = page.run(f"const line = {plot}.data.at(-1); return [line.x, line.y];")
    front = front_of(place.points["small"])
    assert sorted(zip(*line)) == front and len(front) > 5
    # The other way up; axes begin logarithmic where the figure spans two decades.
    for word in ("log", "linear"):
        assert page.run(f"return [{plot}.layout.xaxis.type, {plot}.layout.yaxis.type];") == [word, word]
        page.run("const boxes = document.querySelectorAll('#pareto input[type=checkbox]'); boxes[0].click(); boxes[1].click();")
    page.run("const e = document.querySelectorAll('#pareto select')[3]; e.value = 'more'; e.dispatchEvent(new Event('change'));")
    line = page.run(f"const line = {plot}.data.at(-1); return [line.x, line.y];")
    done = [(point["total_cycles"], point["energy.total_pj"]) for point in place.points["small"] if point["status"] == "done"]
    assert sorted(zip(*line)) == sorted(a for a in done if not any(b[0] <= a[0] and b[1] >= a[1] and b != a for b in done))
    assert page.errors() == []


@needs_library
def test_a_point_tells_its_configuration_and_a_click_filters(place):
    page = place.small()
    plot = page.plot("pareto")
    page.run("const e = document.querySelectorAll('#pareto select')[2]; e.value = 'output.sqnr_db'; e.dispatchEvent(new Event('change'));")
    point = max((point for point in place.points["small"] if point["status"] == "done"), key=lambda point: point["output.sqnr_db"])
    axes = json.loads(point["axes"])
    row = 3 + point["position"]
    point_to(page, *at_point(page, plot, row))
    page.wait("!document.querySelector('.tip').hidden")
    told = page.ask(".tip", "e.innerText")
    assert f"{point['total_cycles']:,}" in told
    assert axes == {key: type(axes[key])(value.split(" ")[0].replace(",", "")) for key, value in (line.split("\t") for line in told.splitlines()[1:]) if key in axes}
    point_to(page, *at_point(page, plot, row), click=True)
    page.wait("!document.getElementById('filter-bar').hidden")
    assert count(page) == 1 and cells(page, "total_cycles") == [f"{point['total_cycles']:,}"]
    assert len(page.run(f"return {plot}.data.flatMap((trace) => trace.customdata || []);")) > 290  # the others stay, faint
    page.run("document.getElementById('clear').click()")
    assert count(page) == 305


@needs_library
def test_points_that_were_ranked_stand_beside_those_that_ran(place):
    points = place.sweep("screened", 40, screened=7000)
    page = place.page("ranked", "screened")
    plot = page.plot("pareto")
    # An even choice of them, hollow; they are better than all, and the front is that of simulations all the same.
    assert count(page) == 40 + 5000
    symbols = page.run(f"return {plot}.data.slice(0, -1).flatMap((trace) => trace.marker.symbol);")
    assert symbols.count("circle-open") == 5000 and symbols.count("circle") == 37
    line = page.run(f"const line = {plot}.data.at(-1); return [line.x, line.y];")
    assert sorted(zip(*line)) == front_of(points)
    rows = json.loads(place.program("report", "screened", "--report-format", "json"))
    told = {row["identity"]: row for row in rows if row["kind"] == "point"}
    for point in points:
        if point["status"] == "done":
            assert told[point["identity"]]["estimate.total_cycles"] == pytest.approx(point["total_cycles"] * 1.01)
    alone = [row for row in rows if row["kind"] == "screened"]
    assert len(alone) == 5000 and alone[0]["status"] == "screened" and all(row["energy.total_pj"] == row["total_cycles"] + 10 for row in alone)
    assert "7,037 were ranked in closed form; 5,000 that were not simulated" in place.program("report", "screened")
    assert page.errors() == []


@needs_library
def test_points_that_lack_units_are_crosses_and_on_no_front(place):
    points = place.sweep("lacking", 40, lacking=5)
    page = place.page("crosses", "lacking")
    plot = page.plot("pareto")
    symbols = page.run(f"return {plot}.data.slice(0, -1).flatMap((trace) => trace.marker.symbol);")
    assert symbols.count("x-thin-open") == 5 and symbols.count("circle") == 32
    line = page.run(f"const line = {plot}.data.at(-1); return [line.x, line.y, line.name];")
    assert sorted(zip(*line[:2])) == front_of(points)
    assert line[2].endswith("; 5 lack units (x)")
    assert "5 points (lane); 5 left out of the front" in place.program("report", "lacking")
    assert page.errors() == []


@needs_library
def test_a_run_links_to_its_row_of_the_comparison(place):
    link = (place.folder / "runs/posit8/report.html").read_text().split('<p><a href="')[1].split('"')[0]
    assert link.startswith("../compare.html#run=")
    page = browser.Page(place.driver, f"{place.folder}/runs/posit8/{link}")
    assert count(page) == 1 and "posit8" in cells(page, "name")[0]


@needs_library
def test_keys_walk_along_the_points(place):
    page = place.page("sweep", "small")
    plot = page.plot("pareto")
    page.run(f"{plot}.focus()")
    ActionChains(page.driver).send_keys(Keys.HOME, Keys.ARROW_RIGHT).perform()
    order = sorted((point for point in place.points["small"] if point["status"] == "done"), key=lambda point: point["total_cycles"])
    assert f"{order[1]['total_cycles']:,}" in page.ask(".tip", "e.innerText")
    ActionChains(page.driver).send_keys(Keys.ENTER).perform()
    assert count(page) == 1 and cells(page, "total_cycles") == [f"{order[1]['total_cycles']:,}"]
    # And to every control: Tab comes from the plot's toolbar and axes to the table's first button.
    ActionChains(page.driver).send_keys(Keys.ESCAPE).perform()
    assert page.ask(".tip", "e.hidden")
    reached = set()
    page.run("document.getElementById('download-csv').focus()")
    for _ in range(12):
        ActionChains(page.driver).send_keys(Keys.TAB).perform()
        reached.add(page.run("return document.activeElement.tagName;"))
    assert {"BUTTON", "SUMMARY"} <= reached


@needs_library
def test_a_brush_filters_the_page(place):
    page = place.page("sweep", "small")
    plot = page.plot("parallel")
    at = page.run(f"return {plot}.data[0].dimensions.map((dimension) => dimension.label);").index("core.rows")
    page.run(f"Plotly.restyle({plot}, {{'dimensions[{at}].constraintrange': [[[7, 17]]]}}, [0])")
    page.wait("!document.getElementById('filter-bar').hidden")
    done = [point for point in place.points["small"] if point["status"] == "done"]
    page.choose('input[aria-label="filter status"]', "done")
    assert count(page) == sum(7 <= json.loads(point["axes"])["core.rows"] <= 17 for point in done)


@needs_library
def test_layers_curves_and_differences(place):
    page = place.small()
    reports = {word: json.loads((place.folder / "runs" / word / "report.json").read_text()) for word in FORMATS}
    page.run("document.querySelectorAll('#rows-body button').forEach((e) => { if (e.textContent === 'dfp8') e.click(); });")
    report = reports["dfp8"]
    sums = {}
    for name in ("cycles", "bound", "energy"):
        plot = page.plot(name)
        sums[name] = page.run(f"return {plot}.data.map((trace) => [trace.name, trace.y.reduce((a, b) => a + b, 0)]);")
    assert sum(value for _, value in sums["cycles"]) == report["total_cycles"]
    assert dict(sums["bound"]) == {name: value for name, value in report["bound_cycles"].items() if value}
    energies = {name: value for name, value in report["energy"]["components_pj"].items() if value}
    assert {name: pytest.approx(value) for name, value in sums["energy"]} == energies
    plot = page.plot("sqnr")
    assert page.run(f"return {plot}.data[0].y;") == pytest.approx([layer["end_to_end"]["sqnr_db"] for layer in report["layers"]])
    plot = page.plot("roofline")
    points = page.run(f"return [{plot}.data[0].x, {plot}.data[0].y];")
    macs = [layer for layer in report["layers"] if layer["macs"]]
    assert points[0] == pytest.approx([layer["macs"] / layer["dram"]["burst_bytes"] for layer in macs])
    assert points[1] == pytest.approx([layer["macs"] / layer["total_cycles"] * report["clock_ghz"] for layer in macs])
    roof = page.run(f"return [{plot}.data.at(-1).x, {plot}.data.at(-1).y];")
    for x, y in zip(*points):
        assert y <= min(roof[1][-1], x * report["machine"]["dram_gb_per_s"]) * 1.0001
    page.run("document.getElementById('clear').click()")
    plot = page.plot("curves")
    history = json.loads((place.folder / "trainings/dfp8/report.json").read_text())["history"]
    lines = page.run(f"return {plot}.data.map((trace) => trace.y);")
    figure = page.run("return document.querySelector('#curves select').value;")
    assert [row[figure] for row in history] in lines and len(lines) == 2
    page.choose('input[aria-label="filter kind"]', "run")
    differs = dict(zip(page.all("#differs tr td:first-child"), page.all("#differs tr", "[...e.cells].slice(1).map((cell) => cell.textContent)")[1:]))
    for key in ("format", "accumulate"):
        assert differs[key] == [str(reports[word]["config"][key]) for word in FORMATS]
    assert "core.rows" not in differs and page.errors() == []


@needs_library
def test_light_dark_wide_and_narrow(place):
    page = place.small()
    plot = page.plot("pareto")
    colours = []
    for scheme in ("light", "dark"):
        page.scheme(scheme)
        page.wait(f"{plot}.layout.paper_bgcolor === getComputedStyle(document.documentElement).getPropertyValue('--card').trim()")
        colours.append(page.run(f"return [{plot}.layout.paper_bgcolor, {plot}.layout.font.color];"))
    assert colours[0] != colours[1]
    for width in (browser.NARROW, browser.WIDE):
        page.resize(width)
        page.wait(f"Math.abs({plot}._fullLayout.width - {plot}.clientWidth) < 2")
        assert page.run("return document.documentElement.scrollWidth;") <= width
        assert page.run(f"return {plot}._fullLayout.width;") > 0.8 * width - 60


@needs_library
def test_a_large_sweep(place):
    """2,500 points, enough for WebGL; 10,000 in the full suite."""
    begin = time.monotonic()
    page = place.page("large", "large", "runs")
    plot = page.plot("pareto")
    drawn = time.monotonic() - begin
    paint = page.run("return performance.getEntriesByName('first-contentful-paint')[0].startTime;")
    print(f"{LARGE} points: first paint {paint:.0f} ms, written, loaded and drawn in {drawn:.1f} s, {(place.folder / 'large.html').stat().st_size / 1e6:.1f} MB")
    assert paint < 3000
    assert page.run(f"return {plot}.data.flatMap((trace) => trace.customdata || []).length;") == LARGE  # 3 failed, 3 runs
    page.plot("parallel")
    page.choose('input[aria-label="filter total_cycles"]', "<1e5")
    assert count(page) == sum(point.get("total_cycles", 1e9) < 1e5 for point in place.points["large"]) + sum(
        json.loads((place.folder / "runs" / word / "report.json").read_text())["total_cycles"] < 1e5 for word in FORMATS)
    assert page.errors() == []


def test_names_are_text_and_nothing_else(place):
    folder = place.folder / "hostile"
    folder.mkdir()
    report = json.loads((place.folder / "runs/posit8/report.json").read_text())
    word = "</script><img src=x onerror=document.title='run'>"
    make_sweep(folder / "explore.db", {**report, "network": word, "tensors": word + "\u2028"}, 5, failed=1)
    page = place.page("hostile", "hostile")
    assert page.run("return document.title;") == "1 sweep" and page.all("img", "1") == [] and page.errors() == []
    page.run("document.querySelectorAll('.choices input').forEach((e) => { if (e.parentElement.textContent.trim() === 'network') e.click(); });")
    assert word in cells(page, "network")


@needs_library
def test_pictures(place):
    import xml.etree.ElementTree
    out = place.program("report", "runs", "small", "trainings", "--report-format", "svg", "--out", "pictures", "--width", 800)
    names = sorted(path.stem for path in (place.folder / "pictures").iterdir())
    assert names == ["bound", "curves", "cycles", "energy", "parallel", "pareto", "roofline", "sqnr"] and out.count("picture: ") == 8
    for name in names:
        root = xml.etree.ElementTree.parse(place.folder / f"pictures/{name}.svg").getroot()
        assert root.tag.endswith("svg") and root.get("width") == "800"
    pareto = (place.folder / "pictures/pareto.svg").read_text()
    assert pareto.count("<path") > 300 and "<image" not in pareto
    place.program("report", "small", "--plot", "pareto", "--out", "front.png", "--x", "output.sqnr_db", "--y", "energy.total_pj", "--log", "y")
    png = (place.folder / "front.png").read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n" and int.from_bytes(png[16:20], "big") == 2000
