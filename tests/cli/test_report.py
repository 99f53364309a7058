# SPDX-License-Identifier: Apache-2.0
"""`binade report` on the command line: what it reads, what it writes, what it refuses. Its page in a browser: test_report_page.py."""
import csv
import json
import pathlib
import shutil
import sqlite3

import pytest

from conftest import TRACE
from sweep_database import make_sweep

SMALL = ("run", "--trace", TRACE, "--samples", "1")


@pytest.fixture
def inputs(binade, tmp_path):
    """runs/dfp8, runs/fp32, training, sweep/explore.db."""
    assert binade(*SMALL, "--format", "dfp8,fp32", "--out", "runs").code == 0
    assert binade("train", "--network", "mlp", "--recipe", "dfp8", "--steps", 2, "--out", "training").code == 0
    (tmp_path / "sweep").mkdir()
    points = make_sweep(tmp_path / "sweep/explore.db", json.loads((tmp_path / "runs/dfp8/report.json").read_text()), 40)
    return points


def test_a_sweep_in_words(binade, inputs):
    result = binade("report", "sweep")
    assert result.code == 0, result.err
    front = sorted((point for point in inputs if point.get("front")), key=lambda point: point["total_cycles"])
    head, *lines = result.out.splitlines()
    assert head == f"sweep: 40 points, 3 failed, {len(front)} on the front of total_cycles (least), energy.total_pj (least)"
    shown = [line for line in lines if line and not line.startswith(("point ", "---", "failed", "and "))]
    assert [int(line.split()[-2]) for line in shown] == [point["total_cycles"] for point in front][:20]
    assert lines[-1] == "failed, 3: core.rows=4: too small"
    assert binade("report", "sweep/explore.db").out.replace("sweep/explore.db", "sweep") == result.out


def test_kinds_mix(binade, inputs, tmp_path):
    result = binade("report", "runs", "sweep", "training", "--out", "all")
    assert result.code == 0, result.err
    parts = [binade("report", name).out for name in ("runs", "sweep", "training")]
    assert result.out == "\n".join(parts) + "comparison: all\n" and (tmp_path / "all/compare.txt").read_text() == "\n".join(parts)
    with open(tmp_path / "all/compare.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["kind"] for row in rows] == ["run"] * 2 + ["point"] * 40 + ["training"]
    objects = json.loads(binade("report", "runs", "sweep", "training", "--report-format", "json").out)
    for row, item in zip(rows, objects):
        assert {key for key, value in row.items() if value != ""} >= {key for key, value in item.items() if value != ""}
        assert float(row["total_cycles"] or 0) == item.get("total_cycles", 0)
    report = json.loads((tmp_path / "runs/fp32/report.json").read_text())
    assert objects[1]["energy.total_pj"] == report["energy"]["total_pj"] and objects[1]["core.rows"] == report["config"]["core.rows"]
    assert objects[1]["counters.dram.read_bytes"] == report["counters"]["dram.read_bytes"] and "page" not in objects[1]
    assert 0 <= objects[5]["top1"] <= 1 and objects[5]["top1_error"] == pytest.approx((objects[5]["top1"] * (1 - objects[5]["top1"]) / 100) ** 0.5)


@pytest.mark.parametrize("name, said", [("p.html", "<!DOCTYPE html>"), ("p.csv", "name,kind,source,"), ("p.json", "["), ("p.txt", "sweep: 40 points")])
def test_a_files_name_says_its_format(binade, inputs, tmp_path, name, said):
    result = binade("report", "sweep", "--out", name)
    assert result.code == 0 and f"report: {name}\n" in result.out, result.err
    text = (tmp_path / name).read_text()
    assert text.startswith(said)
    (tmp_path / name).unlink()
    word = {"p.txt": "text"}.get(name, name[2:])
    assert binade("report", "sweep", "--report-format", word).out.splitlines()[:3] == text.splitlines()[:3]


def test_bad_inputs_are_told_before_anything_is_written(binade, refused, inputs, tmp_path):
    before = sorted(path for path in tmp_path.rglob("*"))
    assert "absent: no report.json there, and no explore.db; allowed: " in refused("report", "absent")
    assert "nearest is 'total_cycles'" in refused("report", "sweep", "--x", "total_cycle")
    assert "--y format: no row has such a number" in refused("report", "sweep", "--y", "format", "--out", "p.html")
    assert "nowhere to write pictures" in refused("report", "sweep", "--report-format", "svg")
    assert "one file, and no --plot; allowed: --plot pareto" in refused("report", "sweep", "--out", "p.svg")
    assert "--plot: is of pictures" in refused("report", "sweep", "--plot", "pareto", "--out", "p.html")
    assert "runs/dfp8/report.html: a result of `binade run`" in refused("report", "runs", "--out", "runs/dfp8/report.html")
    assert "absent/p.html: cannot write: absent is no directory" in refused("report", "runs", "--out", "absent/p.html")
    assert "--out runs: is a folder" in refused("report", "runs", "--report-format", "html", "--out", "runs")
    assert "sweep/explore.db: a result of `binade explore`" in refused("report", "sweep", "--report-format", "csv", "--out", "sweep/explore.db")
    for option, word in (("--report-format", "pdf"), ("--plot", "pie"), ("--log", "z"), ("--width", "5")):
        assert word in refused("report", "sweep", option, word)
    assert sorted(path for path in tmp_path.rglob("*")) == before


def test_spoilt_databases_are_refused(refused, inputs, tmp_path):
    good = tmp_path / "sweep/explore.db"
    def spoilt(name, *statements):
        shutil.copy(good, tmp_path / name)
        with sqlite3.connect(tmp_path / name) as database:
            for statement in statements:
                database.execute(statement)
        database.close()
        return refused("report", name)
    (tmp_path / "text.db").write_text("no database, but a text that is long enough to have a header of a hundred bytes or so, if it were one at all")
    assert "text.db: file is not a database; allowed: " in refused("report", "text.db")
    (tmp_path / "cut.db").write_bytes(good.read_bytes()[:8192])
    assert "cut.db: " in refused("report", "cut.db")
    assert "v.db: schema version 9; allowed: " in spoilt("v.db", "UPDATE meta SET value = '9' WHERE key = 'schema_version'")
    assert "n.db: schema version not said" in spoilt("n.db", "DELETE FROM meta")
    assert "t.db: no such table: points" in spoilt("t.db", "DROP TABLE points")
    assert "j.db: config: no JSON object" in spoilt("j.db", "UPDATE points SET config = '{' WHERE position = 7")


def test_a_sweep_is_read_while_it_is_written(binade, inputs, tmp_path):
    writer = sqlite3.connect(tmp_path / "sweep/explore.db")
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM points WHERE position > 5")
    assert binade("report", "sweep").out.startswith("sweep: 40 points")
    writer.commit()
    assert binade("report", "sweep").out.startswith("sweep: 6 points")
    writer.close()


def test_pictures_need_chromium(refused, inputs, tmp_path, monkeypatch):
    if not (pathlib.Path(__file__).resolve().parents[2] / "plotly/plotly.min.js").is_file():
        pytest.skip("no plotly/plotly.min.js: make deps could not fetch it")
    for program, said in (("absent-chromium", "pictures need Chromium"), ("false", "false ended with exit code 1"), ("true", "Chromium drew no picture")):
        monkeypatch.setenv("BINADE_CHROMIUM", program)
        assert said in refused("report", "sweep", "--plot", "pareto", "--out", "p.svg")
    assert not (tmp_path / "p.svg").exists()
