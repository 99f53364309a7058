// SPDX-License-Identifier: Apache-2.0
// Puts the page together, keeps the bar of filters, and makes pictures of the plots where the program asks for them.

function drawFilterBar() {
  const chip = (text, onclick) => make("button", { type: "button", class: "chip", title: "remove", onclick }, `${text} \u00d7`);
  const chips = [...filters].map(([name, filter]) => chip(filter.text, () => {
    filters.delete(name);
    document.querySelectorAll("#rows-head input").forEach((input) => { if (`column:${input.getAttribute("aria-label").replace("filter ", "")}` === name) input.value = ""; });
    changed("filter");
  }));
  if (picked.size > 0) chips.push(chip(picked.size === 1 ? nameOf([...picked][0]) : `${picked.size} picked`, () => { picked = new Set(); changed("pick"); }));
  const bar = document.getElementById("filter-bar");
  bar.hidden = chips.length === 0;
  bar.replaceChildren(make("span", {}, `${visible().length.toLocaleString("en-US")} of ${data.rows.toLocaleString("en-US")} rows:`), ...chips,
    make("button", { type: "button", id: "clear", onclick: clearAll }, "clear"));
}

/// Pictures of all plots that have something to show, into the document, for the program that opened it.
async function exportPlots(format, wanted, width) {
  const pictures = {};
  for (const [name, plot] of plots) {
    if (wanted && name !== wanted) continue;
    const figure = plot.figure(true);
    if (figure === null) continue;
    const { height } = figure.layout;
    const picture = await Plotly.toImage({ data: figure.traces, layout: { ...figure.layout, autosize: false, width } }, { format, width, height, scale: format === "png" ? 2 : 1 });
    pictures[name] = format === "svg" ? decodeURIComponent(picture.slice(picture.indexOf(",") + 1)) : picture.slice(picture.indexOf(",") + 1);
  }
  const encoded = btoa(unescape(encodeURIComponent(JSON.stringify(pictures))));
  document.body.append(make("pre", { id: "pictures", hidden: true }, encoded));
}

function start() {
  readTheme();
  document.getElementById("app").append(make("div", { id: "filter-bar", class: "controls", role: "status", hidden: true }));
  listeners.push((of) => { if (of !== "theme") drawFilterBar(); });
  if (hasPlotly) {
    addPareto();
    addParallel();
  }
  addTable();
  addDifferences();
  if (hasPlotly) {
    addCurves();
    addLayers();
    document.getElementById("plain")?.removeAttribute("open");
  } else {
    document.getElementById("no-plots").hidden = false;
  }
  const asked = new URLSearchParams(location.hash.slice(1));
  const named = allRows.find((row) => nameOf(row) === asked.get("run"));
  if (named !== undefined) pick([named], false);
  if (asked.has("export"))
    exportPlots(asked.get("export"), asked.get("plot"), Number(asked.get("width"))).catch((error) => document.body.append(make("pre", { id: "picture-error" }, String(error))));
}

start();
