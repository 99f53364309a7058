// SPDX-License-Identifier: Apache-2.0
// Learning curves of trainings: a figure of every epoch.

const curves = { figure: null, log: false };

function curvesFigure() {
  const rows = new Set(visible());
  const trainings = data.trainings.filter((training) => rows.has(training.row) && training.history[curves.figure].some((value) => value !== null));
  if (trainings.length === 0) return null;
  const finite = (value) => (typeof value === "number" ? value : null);
  return {
    traces: trainings.map((training, index) => ({
      type: "scatter", mode: training.history.epoch.length > 60 ? "lines" : "lines+markers", name: nameOf(training.row), x: training.history.epoch,
      y: training.history[curves.figure].map(finite), line: { color: seriesColour(index), width: 2, dash: index < SERIES ? "solid" : "dash" }, connectgaps: false, hovertemplate: "%{fullData.name}<br>epoch %{x}: %{y}<extra></extra>",
    })),
    layout: layoutOf({ height: 420, showlegend: true, xaxis: axis("epoch"), yaxis: axis(curves.figure.replaceAll("_", " "), { type: curves.log ? "log" : "linear" }) }),
  };
}

function addCurves() {
  if (data.trainings.length === 0) return;
  const told = Object.keys(data.trainings[0].history).filter((name) => name !== "epoch" &&
    data.trainings.some((training) => training.history[name].some((value) => typeof value === "number")));
  curves.figure = ["test_accuracy", "train_loss"].find((name) => told.includes(name)) || told[0];
  if (!curves.figure) return;
  const again = () => redraw("curves");
  const section = card("curves", "Learning curves", "A line is a training; a click on a name in the legend hides it.", make("div", { class: "controls" },
    select("figure", told.map((name) => [name, name.replaceAll("_", " ")]), curves.figure, (name) => { curves.figure = name; again(); }),
    checkbox("log", false, (on) => { curves.log = on; again(); })));
  addPlot("curves", section, "None of the rows that are left is a training with this figure.", curvesFigure);
  listeners.push((of) => { if (of !== "theme") again(); });
}
