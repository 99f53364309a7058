// SPDX-License-Identifier: Apache-2.0
// What all plots share: the colours of the page, drawing when they come into view, the box that follows the pointer.

const SERIES = 12;
const hasWebgl = (() => {
  try {
    return document.createElement("canvas").getContext("webgl") !== null;
  } catch {
    return false;
  }
})();
const hasPlotly = typeof Plotly !== "undefined";

const theme = { ink: "", soft: "", line: "", card: "", series: [] };
function readTheme() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  Object.assign(theme, { ink: colour("--ink"), soft: colour("--soft"), line: colour("--line"), card: colour("--card"), accent: colour("--accent") });
  theme.series = Array.from({ length: SERIES }, (_, i) => colour(`--c${i}`));
}
const seriesColour = (index) => theme.series[index % SERIES];

function axis(title, more = {}) {
  return { title: { text: title }, gridcolor: theme.line, zerolinecolor: theme.line, linecolor: theme.line, automargin: true, ...more };
}
function layoutOf(more) {
  return {
    paper_bgcolor: theme.card, plot_bgcolor: theme.card, font: { color: theme.ink, size: 12, family: "system-ui, sans-serif" },
    margin: { l: 60, r: 16, t: 12, b: 48 }, colorway: theme.series, hovermode: "closest", dragmode: "zoom",
    legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, font: { size: 11 } }, autosize: true, ...more,
  };
}

/// Nothing leaves the page: no button that sends a plot anywhere.
const CONFIG = { responsive: true, displaylogo: false, scrollZoom: false, showSendToCloud: false, modeBarButtonsToRemove: ["sendChartToCloud"] };
const NARROW = 520;  // pixels, below which the buttons of a plot would hide its legend

/// Every plot by its name, in the order of the page: { box, figure(forExport) -> {traces, layout} or null, drawn, stale, after }.
const plots = new Map();

function drawPlot(plot) {
  plot.stale = false;
  const figure = plot.figure(false);
  plot.box.hidden = figure === null;
  plot.empty.hidden = figure !== null;
  if (figure === null) return;
  Plotly.react(plot.box, figure.traces, figure.layout, { ...CONFIG, displayModeBar: plot.box.clientWidth > NARROW });
  if (!plot.drawn && plot.after) plot.after(plot.box);
  plot.drawn = true;
}
/// One plot a frame, so that the first is seen while the next is drawn.
const waiting = [];
function drawNext() {
  const [plot] = waiting;
  if (plot.inView && plot.stale) drawPlot(plot);
  waiting.shift();
  if (waiting.length > 0) requestAnimationFrame(() => setTimeout(drawNext));
}
function drawSoon(plot) {
  if (waiting.push(plot) === 1) requestAnimationFrame(() => setTimeout(drawNext));
}
/// Draws what is in view now and the rest when it comes there.
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const plot = plots.get(entry.target.dataset.plot);
    plot.inView = entry.isIntersecting;
    if (plot.inView && plot.stale) drawSoon(plot);
  }
}, { rootMargin: "50px" });

/// A figure of the page. `empty`: what to say where there is nothing to show.
function addPlot(name, parent, empty, figure, after) {
  const box = make("div", { class: "plot", tabindex: "0", role: "img", "aria-label": name });
  const frame = make("div", { "data-plot": name }, box, make("p", { class: "hint", hidden: true }, empty));
  plots.set(name, { box, figure, after, empty: frame.lastChild, drawn: false, stale: true, inView: false });
  parent.append(frame);
  watcher.observe(frame);
}
function redraw(...names) {
  for (const name of names) {
    const plot = plots.get(name);
    if (!plot) continue;
    plot.stale = true;
    if (plot.inView) drawPlot(plot);
  }
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  readTheme();
  redraw(...plots.keys());
});

// The box that says what a point is.
const tip = make("div", { class: "tip", role: "status", hidden: true });
document.body.append(tip);
const TOLD_SETTINGS = 14;

/// `figures`: columns to tell beside the row's settings; near the point at (x, y) of the window.
function showTip(row, figures, x, y) {
  const line = (column) => make("tr", {}, make("td", {}, column.name), make("td", {}, `${shown(column.values[row]) || "-"} ${column.unit || ""}`));
  const told = figures.filter((column, at) => column && figures.indexOf(column) === at);
  const settings = differing.filter((column) => column.values[row] !== null);
  tip.replaceChildren(make("strong", {}, nameOf(row)), make("table", {}, ...told.map(line), ...settings.slice(0, TOLD_SETTINGS).map(line)),
    settings.length > TOLD_SETTINGS ? make("small", {}, `and ${settings.length - TOLD_SETTINGS} more settings`) : "");
  tip.hidden = false;
  const width = tip.offsetWidth, height = tip.offsetHeight;
  tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - width - 4))}px`;
  tip.style.top = `${Math.max(4, y + 14 + height > innerHeight ? y - height - 14 : y + 14)}px`;
}
const hideTip = () => { tip.hidden = true; };
addEventListener("scroll", hideTip, { passive: true });
