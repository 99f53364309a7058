// SPDX-License-Identifier: Apache-2.0
// Parallel coordinates: a line a row through every chosen column; what is brushed on an axis filters the page.

const PARALLEL_COLUMNS = 8;
const FEW_VALUES = 12;  // of a figure: each is a tick
const parallel = { chosen: [] };

function dimensionOf(column, rows) {
  const filter = filters.get(`brush:${column.name}`);
  const range = filter ? { constraintrange: filter.range } : {};
  const values = rows.map((row) => column.values[row]);
  const words = [...new Set(values)].sort(compareValues);
  if (column.numeric && values.every(Number.isFinite))
    return { label: column.name, values, ...(words.length <= FEW_VALUES ? { tickvals: words, ticktext: words.map(shown) } : {}), ...range };
  const finite = values.filter((value) => typeof value === "number" && Number.isFinite(value));
  if (column.numeric && finite.length) {  // infinite ones stand beside the scale
    const low = Math.min(...finite), high = Math.max(...finite), step = (high - low || 1) / 10;
    const place = (value) => (value === Infinity ? high + step : value === -Infinity ? low - step : value);
    const ticks = [low - step, low, (low + high) / 2, high, high + step];
    return { label: column.name, values: values.map(place), tickvals: ticks, ticktext: ["-inf", shown(low), shown((low + high) / 2), shown(high), "inf"], ...range };
  }
  return { label: column.name, values: values.map((value) => words.indexOf(value)), tickvals: words.map((_, i) => i), ticktext: words.map((word) => shown(word) || "-"), words, ...range };
}

function parallelFigure() {
  const has = (row) => parallel.chosen.every((column) => column.values[row] !== null && !Number.isNaN(column.values[row]));
  const rows = left("brush:").filter((row) => (picked.size === 0 || picked.has(row)) && has(row));
  if (rows.length < 2 || parallel.chosen.length < 2 || !hasWebgl) return null;
  parallel.dimensions = parallel.chosen.map((column) => ({ column, ...dimensionOf(column, rows) }));
  parallel.rows = rows;
  const coloured = pareto.y && rows.every((row) => Number.isFinite(pareto.y.values[row]));
  return {
    traces: [{
      type: "parcoords", dimensions: parallel.dimensions.map(({ column, words, ...dimension }) => dimension), labelangle: -15, labelside: "top",
      line: coloured ? { color: rows.map((row) => pareto.y.values[row]), colorscale: "Viridis", showscale: true, colorbar: { title: { text: labelOf(pareto.y), side: "right" }, thickness: 12 } }
        : { color: theme.accent },
    }],
    layout: layoutOf({ height: 420, margin: { l: 60, r: 40, t: 90, b: 24 } }),
  };
}

function listenToBrushes(box) {
  box.on("plotly_restyle", () => {
    parallel.dimensions.forEach((dimension, at) => {
      const range = box.data[0].dimensions[at].constraintrange, name = `brush:${dimension.column.name}`;
      if (!range) return filters.delete(name);
      const ranges = Array.isArray(range[0]) ? range : [range];
      const place = new Map(parallel.rows.map((row, index) => [row, dimension.values[index]]));
      const within = (value) => value !== undefined && ranges.some(([low, high]) => value >= low && value <= high);
      const words = dimension.words ? dimension.words.filter((_, index) => within(index)).map((word) => shown(word) || "-").join(", ") : ranges.map((pair) => pair.map(shown).join("..")).join(", ");
      return filters.set(name, { text: `${dimension.column.name} ${words}`, range, test: (row) => within(place.get(row)) });
    });
    parallel.brushing = true;
    changed("filter");
    parallel.brushing = false;
  });
}

function addParallel() {
  const usable = columns.filter((column) => column.varies && !["name", "identity", "reason", "page"].includes(column.name) &&
    (column.numeric || new Set(column.values).size <= 40));
  if (usable.length < 2 || data.rows < 2) return;
  const first = [...differing.filter((column) => usable.includes(column)).slice(0, PARALLEL_COLUMNS - 3), pareto.x, pareto.y, columnOf.get("energy.total_pj")];
  parallel.chosen = first.filter((column, at) => usable.includes(column) && first.indexOf(column) === at);
  const choices = make("div", { class: "choices" }, ...usable.map((column) => checkbox(column.name, parallel.chosen.includes(column), (on) => {
    parallel.chosen = usable.filter((each) => (each === column ? on : parallel.chosen.includes(each)));
    redraw("parallel");
  })));
  const section = card("parallel", "Parallel coordinates", "A line is a row that has a value on every axis. Drag along an axis to keep the rows that pass there: the whole page follows; a click on the axis ends it.",
    make("details", {}, make("summary", {}, "Axes"), choices));
  addPlot("parallel", section, hasWebgl ? "Fewer than two rows have a value on every axis." : "This browser draws no WebGL, which these lines need; the table has their figures.", parallelFigure, listenToBrushes);
  listeners.push((of) => { if (of !== "theme" && !parallel.brushing) redraw("parallel"); });
}
