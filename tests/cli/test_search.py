# SPDX-License-Identifier: Apache-2.0
"""`binade search`: on synthetic networks whose labels are planted, on bad input, interrupted, and on real data."""
import csv
import io
import json

import jsonschema
import pytest

from conftest import ROOT

SCHEMA = json.loads((ROOT / "docs/search.schema.json").read_text())
FORMATS = "e2m1,e4m2,e5m3,e5m6,e8m20"


@pytest.fixture
def model(tmp_path):
    """A model of another network: accuracy is R2."""
    points = [{"network": "other", "format": f"e4m{i}", "r2": i / 10, "accuracy": i / 10} for i in range(11)]
    file = tmp_path / "planted.json"
    file.write_text(json.dumps({"schema": "binade-search-model", "schema_version": 1, "points": points}))
    return file


def words(model, *more):
    return ["search", "--network", "mlp", "--model", model, "--format", FORMATS, "--jobs", "2", "--seed", "3", "--samples", "12", *more]


def test_without_labels_it_predicts(binade, model):
    result = binade(*words(model, "--evaluations", "0", "--report-format", "json"))
    assert result.code == 0, result.err
    report = result.json()
    jsonschema.validate(report, SCHEMA)
    assert report["status"] == "predicted" and report["reference_correct"] is None and report["search_seconds"] > 0
    rows = {row["format"]: row for row in report["formats"]}
    assert list(rows) == FORMATS.split(",")
    assert rows["e2m1"]["r2"] < rows["e5m3"]["r2"] < rows["e8m20"]["r2"] <= 1
    enough = [row for row in report["formats"] if row["predicted"] >= 0.99]
    assert enough and report["chosen"] == max(enough, key=lambda row: row["iso_area_speedup"])["format"]
    # The line is that of the planted points.
    for row in report["formats"]:
        assert row["predicted"] == pytest.approx(row["r2"], abs=1e-12)


def test_the_line_may_be_free(binade, model):
    """Accuracies that no anchor fits."""
    planted = json.loads(model.read_text())
    for point in planted["points"]:
        point["accuracy"] = 0.5 * point["r2"] + 0.25
    model.write_text(json.dumps(planted))
    free = binade(*words(model, "--evaluations", "0", "--line", "free", "--report-format", "json")).json()
    assert free["model"]["slope"] == pytest.approx(0.5) and free["model"]["intercept"] == pytest.approx(0.25)
    assert free["status"] == "none" and free["chosen"] is None
    anchored = binade(*words(model, "--evaluations", "0", "--report-format", "json")).json()
    assert anchored["model"]["slope"] + anchored["model"]["intercept"] == pytest.approx(1) and anchored["status"] == "predicted"


def test_its_files_and_what_it_kept(binade, model, tmp_path):
    first = binade(*words(model, "--evaluations", "0", "--out", "out"))
    assert first.code == 0, first.err
    kept = (tmp_path / "out/measures.json").read_text()
    assert len(json.loads(kept)["measures"]) == 5
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out/formats.csv").read_text())))
    assert [row["format"] for row in rows] == FORMATS.split(",")
    again = binade(*words(model, "--evaluations", "0", "--out", "out", "--resume"))
    assert again.code == 0 and again.out == first.out and (tmp_path / "out/measures.json").read_text() == kept
    wider = binade(*words(model, "--evaluations", "0", "--out", "out", "--resume", "--format", "e7m21"))
    assert wider.code == 0 and len(json.loads((tmp_path / "out/measures.json").read_text())["measures"]) == 6
    # The points of the model are there for the next one.
    assert len(json.loads((tmp_path / "out/model.json").read_text())["points"]) == 11


def test_bad_input_is_one_message_each(refused, model, tmp_path):
    out = tmp_path / "out"
    assert "no model of accuracy" in refused("search", "--network", "mlp", "--evaluations", "0")
    assert "no labels" in refused(*words(model))
    assert "no labels" in refused(*words(model, "--evaluations", "0", "--exhaustive"))
    assert "--inputs 20: the network has 12 samples" in refused(*words(model, "--evaluations", "0", "--inputs", "20"))
    assert "allowed: float, ieee, posit" in refused(*words(model, "--evaluations", "0", "--family", "takum"))
    assert "--loss 100%" in refused(*words(model, "--evaluations", "0", "--loss", "100%"))
    assert "--loss 1x" in refused(*words(model, "--evaluations", "0", "--loss", "1x"))
    assert "NETWORK:DATA:WEIGHTS" in refused(*words(model, "--fit", "lenet5:there"))
    assert "--set format=e4m3" in refused(*words(model, "--set", "format=e4m3"))
    assert "core.rowz" in refused(*words(model, "--evaluations", "0", "--set", "core.rowz=3"))
    assert "--resume: it reads" in refused(*words(model, "--resume"))
    assert "knows none of the formats" in refused("search", "--network", "mlp", "--model", model, "--evaluations", "0", "--format", "flex16+5", "--set",
                                                  "accumulate=serial")
    assert "--format: " in refused(*words(model, "--evaluations", "0", "--format", "e9m9"))
    # Several problems are several lines.
    assert len(refused(*words(model, "--loss", "x", "--family", "y", "--fit", "z")).splitlines()) == 3
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps({"schema": "binade-search-model", "schema_version": 1, "points": [{"network": "a"}]}))
    assert "points[0]" in refused(*words(broken, "--evaluations", "0"))
    own = json.loads(model.read_text())
    for point in own["points"]:
        point["network"] = "mlp"
    broken.write_text(json.dumps(own))
    assert "fewer than two different points of networks other than mlp" in refused(*words(broken, "--evaluations", "0"))
    assert not out.exists()


def test_a_folder_of_others_is_left_alone(binade, refused, model, tmp_path):
    arguments = words(model, "--evaluations", "0", "--out", "out")
    assert binade(*arguments).code == 0
    before = (tmp_path / "out/search.json").read_bytes()
    assert "holds 5 measurements; allowed: --resume" in refused(*arguments)
    assert "holds results of `binade search`" in refused("run", "--network", "mlp", "--out", "out")
    assert (tmp_path / "out/search.json").read_bytes() == before
    (tmp_path / "out/measures.json").write_text("{")
    assert "holds no measurements" in refused(*arguments, "--resume")


def test_a_network_that_it_searches_is_not_in_its_model(binade, refused, data_directory):
    weights = data_directory / "lenet5-mnist.npz"
    message = refused("search", "--network", "lenet5", "--data", data_directory, "--weights", weights, "--samples", "20", "--format", "e5m3", "--fit",
                      f"lenet5:{data_directory}:{weights}")
    assert "must not know the network that is searched" in message


def test_real_data(binade, data_directory, tmp_path):
    """LeNet-5 by a model of itself under another name: every format evaluated, and the search no worse."""
    weights = data_directory / "lenet5-mnist.npz"
    other = tmp_path / "twin.yaml"
    listed = binade("networks", "lenet5", "--yaml")
    other.write_text(listed.out.replace("network: lenet5", "network: twin"))
    arguments = ["search", "--network", "lenet5", "--data", data_directory, "--weights", weights, "--samples", "100", "--fit-samples", "100", "--fit",
                 f"{other}:{data_directory}:{weights}", "--format", "e3m2,e4m2,e4m3,e4m4,e5m4,e5m5,e6m7,e6m9", "--out", "out"]
    result = binade(*arguments, "--exhaustive", "--report-format", "json")
    assert result.code == 0, result.err
    report = result.json()
    jsonschema.validate(report, SCHEMA)
    rows = {row["format"]: row for row in report["formats"]}
    assert report["model"]["networks"] == ["twin"] and report["exhaustive"] and report["reference_correct"] >= 95
    right = [row for row in report["formats"] if row["measured"] >= 0.99]
    assert report["exhaustive_best"] == max(right, key=lambda row: row["iso_area_speedup"])["format"]
    assert sum(row["evaluation"] is not None for row in report["formats"]) <= 2
    if report["status"] == "measured":
        assert rows[report["chosen"]]["measured"] >= 0.99
    for row in report["formats"]:
        assert row["correct"] / report["reference_correct"] == pytest.approx(row["measured"])
    # Accuracies are those of a run.
    run = binade("run", "--network", "lenet5", "--data", data_directory, "--weights", weights, "--samples", "100", "--format", "e4m3", "--report-format", "json")
    assert run.json()["top1"]["correct"] == rows["e4m3"]["correct"]
