// SPDX-License-Identifier: Apache-2.0
// Two figures against each other with the front of what no other row beats in both.

const GL_POINTS = 2000;  // from here on points are drawn by WebGL, where there is one

const pareto = { x: null, y: null, colour: null, logX: false, logY: false, bars: true, moreX: false, moreY: false, at: -1, order: [] };

const figureColumns = columns.filter((column) => column.numeric && column.varies);

const WIDE_RANGE = 100;  // a figure that spans more begins on a logarithmic axis

/// As the command said; else by the figure's range.
function startsLog(column, axisName) {
  if (data.start.log || !column) return data.start.log.includes(axisName) && data.start.log !== "none";
  const told = column.values.filter((value) => Number.isFinite(value) && value !== 0);
  return told.length > 0 && told.every((value) => value > 0) && told.reduce((a, b) => Math.max(a, b)) > WIDE_RANGE * told.reduce((a, b) => Math.min(a, b));
}

function startAxes() {
  const first = (names) => names.map((name) => columnOf.get(name)).find((column) => figureColumns.includes(column));
  pareto.x = first([data.start.x, "total_cycles", "seconds_at_clock"]) || figureColumns[0];
  pareto.y = first([data.start.y, "top1", "output.sqnr_db", "energy.total_pj", "calibrated.area_um2", "utilisation"].filter((name) => name !== pareto.x?.name)) ||
    figureColumns.find((column) => column !== pareto.x);
  pareto.logX = startsLog(pareto.x, "x");
  pareto.logY = startsLog(pareto.y, "y");
  pareto.moreX = pareto.x && moreIsBetter(pareto.x);
  pareto.moreY = pareto.y && moreIsBetter(pareto.y);
  pareto.colour = columnOf.get("source")?.varies ? columnOf.get("source") : differing.find((column) => new Set(column.values).size <= SERIES) || null;
}

/// Rows that can be drawn: both figures finite, and above 0 on a logarithmic axis.
function drawable(rows) {
  const fits = (value, log) => Number.isFinite(value) && (!log || value > 0);
  return rows.filter((row) => fits(pareto.x.values[row], pareto.logX) && fits(pareto.y.values[row], pareto.logY));
}
/// Those of which no other is at least as good in both figures and better in one; in the order of x.
function frontOf(rows) {
  const signX = pareto.moreX ? -1 : 1, signY = pareto.moreY ? -1 : 1;
  const x = (row) => signX * pareto.x.values[row], y = (row) => signY * pareto.y.values[row];
  const front = [];
  let best = Infinity, bestX = NaN;
  for (const row of [...rows].sort((a, b) => x(a) - x(b) || y(a) - y(b))) {
    if (y(row) < best || (y(row) === best && x(row) === bestX)) {
      best = y(row);
      bestX = x(row);
      front.push(row);
    }
  }
  return front;
}

function errorsOf(column, rows) {
  const error = pareto.bars && column.error ? columnOf.get(column.error) : null;
  if (!error || !rows.some((row) => error.values[row] !== null)) return undefined;
  return { type: "data", array: rows.map((row) => error.values[row] ?? 0), visible: true, thickness: 1, width: 2 };
}

/// Ranked in closed form and not simulated: drawn hollow.
const isScreened = (row) => columnOf.get("kind").values[row] === "screened";

/// Of a figure in which units that the cost table lacks count 0.
const isOfTable = (name) => /^(calibrated\.|energy\.|pj_per_mac$|energy_delay_js$|power_mw$|energy_pj$)/.test(name);
/// Rows without a unit that the cost table lacks, of figures that follow from it: beside rows that have all they are on no front.
function isLacking(row) {
  if (!columnOf.get("calibrated.missing_units")?.values[row]) return false;
  const clock = columnOf.get("clock_ghz")?.values[row], path = columnOf.get("calibrated.critical_path_ps")?.values[row];
  return [pareto.x, pareto.y].some((column) => isOfTable(column.name)) || Math.round(1000 / clock) === Math.ceil(path);
}

function pointTraces(rows, kind) {
  const groups = new Map();
  const scale = pareto.colour && pareto.colour.numeric && new Set(pareto.colour.values).size > SERIES;
  for (const row of rows) {
    const key = pareto.colour && !scale ? shown(pareto.colour.values[row]) || "-" : "";
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(row);
  }
  const keys = [...groups.keys()].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return keys.map((key, index) => {
    const members = groups.get(key);
    const faded = members.map((row) => (picked.size === 0 || picked.has(row) ? 0.9 : 0.15));
    return {
      type: kind, mode: "markers", name: key || "rows", x: members.map((row) => pareto.x.values[row]), y: members.map((row) => pareto.y.values[row]),
      customdata: members, hoverinfo: "none", error_x: errorsOf(pareto.x, members), error_y: errorsOf(pareto.y, members),
      showlegend: keys.length > 1,
      marker: {
        symbol: members.map((row) => (isScreened(row) ? "circle-open" : isLacking(row) ? "x-thin-open" : "circle")),
        size: rows.length > GL_POINTS ? 5 : 8, opacity: picked.size === 0 ? 0.9 : faded, color: scale ? members.map((row) => pareto.colour.values[row]) : seriesColour(index),
        ...(scale ? { colorscale: "Viridis", showscale: true, colorbar: { title: { text: labelOf(pareto.colour), side: "right" }, thickness: 12 } } : {}),
      },
    };
  });
}

function paretoFigure(forExport) {
  if (!pareto.x || !pareto.y) return null;
  const rows = drawable(left());
  if (rows.length === 0) return null;
  const ran = rows.filter((row) => !isScreened(row)), whole = ran.filter((row) => !isLacking(row));  // estimates beat nothing
  const front = frontOf(whole.length > 0 ? whole : ran), lacking = ran.length - whole.length;
  const kind = !forExport && hasWebgl && rows.length > GL_POINTS ? "scattergl" : "scatter";
  pareto.order = [...rows].sort((a, b) => pareto.x.values[a] - pareto.x.values[b]);
  const step = {
    type: kind, mode: "lines", name: `front, ${front.length} of ${rows.length}${lacking > 0 ? `; ${lacking} lack units (x)` : ""}`, x: front.map((row) => pareto.x.values[row]),
    y: front.map((row) => pareto.y.values[row]), hoverinfo: "skip",
    line: { color: theme.ink, width: 1.5, shape: "hv" },
  };
  const type = (log) => (log ? "log" : "linear");
  return {
    traces: [...pointTraces(rows, kind), step],
    layout: layoutOf({
      height: 480, xaxis: axis(labelOf(pareto.x), { type: type(pareto.logX) }), yaxis: axis(labelOf(pareto.y), { type: type(pareto.logY) }),
    }),
  };
}

const tipFigures = () => [pareto.x, pareto.y, pareto.colour, columnOf.get("output.sqnr_db"), columnOf.get("energy.total_pj")].filter(
  (column) => column && column.role === "figure");

/// Arrow keys go from point to point along x, Enter picks.
function walk(event, box) {
  const by = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
  const count = pareto.order.length;
  if (event.key === "Escape") return hideTip();
  if ((event.key === "Enter" || event.key === " ") && pareto.at >= 0) {
    event.preventDefault();
    return pick([pareto.order[pareto.at]], event.shiftKey);
  }
  if (by === undefined || count === 0) return undefined;
  event.preventDefault();
  pareto.at = Math.max(0, Math.min(count - 1, pareto.at + by));
  const row = pareto.order[pareto.at], frame = box.getBoundingClientRect(), { xaxis, yaxis } = box._fullLayout;
  return showTip(row, tipFigures(), frame.left + xaxis._offset + xaxis.d2p(pareto.x.values[row]), frame.top + yaxis._offset + yaxis.d2p(pareto.y.values[row]));
}

function listenToPoints(box) {
  const rowsOf = (event) => (event?.points || []).map((point) => point.customdata).filter((row) => row !== undefined);
  box.on("plotly_hover", (event) => {
    const [row] = rowsOf(event);
    if (row !== undefined) showTip(row, tipFigures(), event.event.clientX, event.event.clientY);
  });
  box.on("plotly_unhover", hideTip);
  box.on("plotly_click", (event) => {
    const [row] = rowsOf(event);
    if (row !== undefined) pick([row], event.event.shiftKey);
  });
  box.on("plotly_selected", (event) => {
    const rows = rowsOf(event);
    if (rows.length > 0) pick(rows, false);
  });
  box.addEventListener("keydown", (event) => walk(event, box));
}

function addPareto() {
  if (figureColumns.length < 2) return;
  startAxes();
  const named = figureColumns.map((column) => [column.name, labelOf(column)]);
  const again = () => redraw("pareto");
  const direction = (key) => select("better", [["less", "less"], ["more", "more"]], pareto[key] ? "more" : "less", (value) => { pareto[key] = value === "more"; again(); });
  const better = { x: direction("moreX"), y: direction("moreY") };
  const choose = (of, more) => (name) => {
    pareto[of] = columnOf.get(name);
    pareto[more] = moreIsBetter(pareto[of]);
    better[of].querySelector("select").value = pareto[more] ? "more" : "less";
    again();
  };
  const colours = [["", "nothing"], ...columns.filter((column) => column.varies && column.name !== "name" && column.name !== "identity" &&
    (column.numeric || new Set(column.values).size <= SERIES)).map((column) => [column.name, column.name])];
  const section = card("pareto", "Pareto front", "A point is a row; the line joins those that no other beats in both figures. " +
    "A cross lacks units that the cost table does not know (calibrated.missing_units), and is on no front beside rows that have all. " +
    "Hover or the arrow keys say what a point is; a click or Enter picks it, with Shift more than one; box and lasso pick many.",
  make("div", { class: "controls" },
    select("x", named, pareto.x.name, choose("x", "moreX")), better.x, checkbox("log", pareto.logX, (on) => { pareto.logX = on; again(); }),
    select("y", named, pareto.y.name, choose("y", "moreY")), better.y, checkbox("log", pareto.logY, (on) => { pareto.logY = on; again(); }),
    select("colour", colours, pareto.colour ? pareto.colour.name : "", (name) => { pareto.colour = columnOf.get(name) || null; again(); }),
    checkbox("error bars", true, (on) => { pareto.bars = on; again(); })));
  addPlot("pareto", section, "No row that is left has both figures.", paretoFigure, listenToPoints);
  listeners.push((of) => { if (of !== "theme") again(); });
}
