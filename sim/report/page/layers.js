// SPDX-License-Identifier: Apache-2.0
// The layers of a few runs: roofline, cycles by cause, what bounds them, energy by component, error.

const RUNS_AT_FIRST = 2, RUNS_AT_MOST = 6;

const layerViews = { share: false };
const runOf = new Map(data.runs.map((run) => [run.row, run]));

/// Picked runs that have layers; where none is, the first that the filters leave.
function chosenRuns() {
  const rows = visible().filter((row) => runOf.has(row));
  return rows.slice(0, picked.size > 0 ? RUNS_AT_MOST : RUNS_AT_FIRST).map((row) => runOf.get(row));
}

/// Stacked bars: a bar a layer, and for several runs a bar a layer and run.
function stackedFigure(part, unit, note) {
  const runs = chosenRuns().filter((run) => run[part].names.length > 0);
  if (runs.length === 0) return null;
  const names = [...new Set(runs.flatMap((run) => run[part].names))];
  const several = runs.length > 1;
  const traces = names.map((name, index) => {
    const layers = [], owners = [], values = [], texts = [];
    const longest = Math.max(...runs.map((run) => run.layers.layer.length));
    for (let layer = 0; layer < longest; ++layer)
      for (const run of runs) {
        if (layer >= run.layers.layer.length) continue;
        const at = run[part].names.indexOf(name), all = run[part].values[layer];
        const value = at < 0 ? 0 : all[at], sum = all.reduce((a, b) => a + b, 0);
        layers.push(run.layers.layer[layer]);
        owners.push(nameOf(run.row));
        values.push(layerViews.share ? (sum > 0 ? (100 * value) / sum : 0) : value);
        texts.push(`${run.layers.layer[layer]}${several ? `, ${nameOf(run.row)}` : ""}<br>${name}: ${shown(value)} ${unit}` +
          `${sum > 0 ? `, ${((100 * value) / sum).toFixed(1)} %` : ""}<br>${note(run, layer)}`);
      }
    return {
      type: "bar", name, x: several ? [layers, owners] : layers, y: values, hovertext: texts, hoverinfo: "text",
      marker: { color: seriesColour(index) },
    };
  }).filter((trace) => trace.y.some((value) => value > 0));
  if (traces.length === 0) return null;
  return {
    traces,
    layout: layoutOf({
      barmode: "stack", height: 400, bargap: 0.2, xaxis: axis("", { type: several ? "multicategory" : "category", tickangle: "auto" }),
      yaxis: axis(layerViews.share ? "share, %" : unit),
    }),
  };
}
const cyclesNote = (run, layer) => `array use ${(100 * run.layers.utilisation[layer]).toFixed(1)} %, bound by ${run.layers.bound_by[layer]}`;
const energyNote = (run, layer) => (run.layers.pj_per_mac[layer] === null ? "no multiply-accumulates" : `${shown(run.layers.pj_per_mac[layer])} pJ a MAC`);

function errorFigure() {
  const runs = chosenRuns().filter((run) => ["sqnr", "datapath"].some((key) => run.layers[key].some((value) => value !== null)));
  if (runs.length === 0) return null;
  const value = (written) => (written === "inf" ? Infinity : written === "-inf" ? -Infinity : typeof written === "number" ? written : null);
  const finite = runs.flatMap((run) => [...run.layers.sqnr, ...run.layers.datapath].map(value)).filter(Number.isFinite);
  const high = (finite.length ? Math.max(...finite) : 0) + 10, low = (finite.length ? Math.min(...finite) : 0) - 10;
  const traces = runs.flatMap((run, index) => [["sqnr", "end to end", "circle"], ["datapath", "datapath", "diamond-open"]].map(([key, words, symbol]) => {
    const values = run.layers[key].map(value);
    return {
      type: "scatter", mode: "lines+markers", name: `${runs.length > 1 ? `${nameOf(run.row)}, ` : ""}${words}`, x: run.layers.layer,
      y: values.map((each) => (each === Infinity ? high : each === -Infinity ? low : each)), connectgaps: false,
      hovertext: values.map((each, layer) => `${run.layers.layer[layer]}, ${words}: ${each === Infinity ? "exact" : each === null ? "-" : `${shown(each)} dB`}`),
      hoverinfo: "text", line: { color: seriesColour(index), width: 1.5, dash: key === "datapath" ? "dot" : "solid" },
      marker: { size: 8, symbol: values.map((each) => (each === Infinity ? "triangle-up" : each === -Infinity ? "x" : symbol)) },
    };
  }));
  return { traces, layout: layoutOf({ height: 360, xaxis: axis("", { type: "category" }), yaxis: axis("SQNR, dB") }) };
}

/// Attained rate over operational intensity of each layer with multiply-accumulates, and each machine's roof.
function rooflineFigure() {
  const runs = chosenRuns().filter((run) => run.layers.macs.some((macs) => macs > 0));
  if (runs.length === 0) return null;
  const traces = [], roofs = new Map();
  let low = Infinity, high = 0;
  runs.forEach((run, index) => {
    const at = run.layers.macs.map((macs, layer) => (macs > 0 && run.layers.intensity[layer] > 0 ? layer : -1)).filter((layer) => layer >= 0);
    for (const layer of at) {
      low = Math.min(low, run.layers.intensity[layer]);
      high = Math.max(high, run.layers.intensity[layer]);
    }
    const key = `${run.peak_gmacs}/${run.dram_gb_per_s}`;
    if (!roofs.has(key)) roofs.set(key, { run, colour: runs.length > 1 ? seriesColour(index) : theme.ink });
    traces.push({
      type: "scatter", mode: runs.length * at.length <= 24 ? "markers+text" : "markers", name: nameOf(run.row), text: at.map((layer) => run.layers.layer[layer]), textposition: "bottom center",
      textfont: { size: 10, color: theme.soft }, x: at.map((layer) => run.layers.intensity[layer]), y: at.map((layer) => run.layers.gmacs[layer]),
      hovertext: at.map((layer) => `${run.layers.layer[layer]} (${run.layers.op[layer]})<br>${shown(run.layers.gmacs[layer])} GMAC/s, ` +
        `${shown(run.layers.intensity[layer])} MAC/byte<br>${cyclesNote(run, layer)}`),
      hoverinfo: "text", marker: { size: 9, color: seriesColour(index) },
    });
  });
  for (const { run, colour } of roofs.values()) {
    const ridge = run.dram_gb_per_s > 0 ? run.peak_gmacs / run.dram_gb_per_s : 0;
    const from = Math.min(low, ridge || low) / 2, to = Math.max(high, ridge) * 2;
    traces.push({
      type: "scatter", mode: "lines", name: `roof: ${shown(run.peak_gmacs)} GMAC/s${run.dram_gb_per_s > 0 ? `, ${shown(run.dram_gb_per_s)} GB/s` : ", ideal memory"}`,
      x: ridge > 0 ? [from, ridge, to] : [from, to], y: ridge > 0 ? [from * run.dram_gb_per_s, run.peak_gmacs, run.peak_gmacs] : [run.peak_gmacs, run.peak_gmacs],
      hoverinfo: "skip", line: { color: colour, width: 1.5, dash: "dash" },
    });
  }
  return {
    traces,
    layout: layoutOf({ height: 440, xaxis: axis("MAC a DRAM byte", { type: "log" }), yaxis: axis("attained, GMAC/s", { type: "log" }) }),
  };
}

const LAYER_PLOTS = ["roofline", "cycles", "bound", "energy", "sqnr"];

function addLayers() {
  if (data.runs.length === 0) return;
  const nothing = "None of the rows that are left has layers with these figures.";
  const hint = (text) => `${text}${data.runs.length > RUNS_AT_FIRST ? ` Of picked runs, ${RUNS_AT_MOST} at most; where none is picked, of the first ${RUNS_AT_FIRST}.` : ""}`;
  const add = (name, title, words, figure, ...controls) => addPlot(name, card(name, title, hint(words), ...controls), nothing, figure);
  add("roofline", "Roofline", "A point is a layer: what it attains, over its multiply-accumulates for each byte that the DRAM moves. The roof is the array's peak and the DRAM's.", rooflineFigure);
  add("cycles", "Cycles per layer, by cause", "Clocks of the compute engine from doorbell to interrupt.", () => stackedFigure("cycles", "cycles", cyclesNote),
    make("div", { class: "controls" }, checkbox("shares (cycles, bounds and energy)", false, (on) => { layerViews.share = on; redraw("cycles", "bound", "energy"); })));
  add("bound", "Cycles per layer, by what bounds them", "Each clock goes to one cause.", () => stackedFigure("bound", "cycles", cyclesNote));
  add("energy", "Energy per layer, by component", data.energy_note || "", () => stackedFigure("energy", "pJ", energyNote));
  if (data.runs.some((run) => run.layers.sqnr.some((value) => value !== null)))
    add("sqnr", "Error per layer", "Signal to quantisation noise, higher is better; end to end against float64, datapath against the exact result of its quantised inputs. A triangle above: exact.", errorFigure);
  listeners.push((of) => { if (of !== "theme") redraw(...LAYER_PLOTS); });
}
