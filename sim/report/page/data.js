// SPDX-License-Identifier: Apache-2.0
// What the page knows: rows (runs, points of sweeps, trainings) with columns, and which rows its filters leave.
"use strict";

const data = JSON.parse(document.getElementById("report-data").textContent);

const NOT_FINITE = { inf: Infinity, "-inf": -Infinity, nan: NaN };

/// A column as it was written, compact: one value for all rows but some, words with their places, or one value a row.
function decode(cells) {
  if ("all" in cells) {
    const values = new Array(data.rows).fill(cells.all);
    for (const [row, value] of cells.but) values[row] = value;
    return values;
  }
  if ("words" in cells) return cells.at.map((at) => (at < 0 ? null : cells.words[at]));
  return cells.values;
}

const columns = data.columns.map((facts) => {
  const values = decode(facts.cells);
  const told = values.filter((value) => value !== null);
  const numeric = told.some((value) => typeof value === "number") &&
    told.every((value) => typeof value === "number" || value in NOT_FINITE);
  return {
    ...facts,
    numeric,
    values: numeric ? values.map((value) => (typeof value === "string" ? NOT_FINITE[value] : value)) : values,
    varies: new Set(told).size > 1,
  };
});
const columnOf = new Map(columns.map((column) => [column.name, column]));
const nameOf = (row) => columnOf.get("name").values[row];
const allRows = Array.from({ length: data.rows }, (_, row) => row);
/// Settings of which the rows that have them have more than one value: what a point is told by.
const differing = columns.filter((column) => column.role === "setting" && column.varies);

/// What an objective says; else of these larger is better, of all other figures smaller.
const MORE_IS_BETTER = /sqnr|accuracy|top1|per_second|utilisation|gops/;
const moreIsBetter = (column) => (data.better[column.name] ? data.better[column.name] === "more" : MORE_IS_BETTER.test(column.name));

/// A figure for people: no more digits than its double has, six at most.
function shown(value) {
  if (value === null || value === undefined) return "";
  if (typeof value !== "number") return String(value);
  if (value === Infinity) return "inf";
  if (value === -Infinity) return "-inf";
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toLocaleString("en-US");
  return String(Number(value.toPrecision(6)));
}
const labelOf = (column) => (column.unit ? `${column.name}, ${column.unit}` : column.name);

// Filters by name; a filter says in words what it leaves.
const filters = new Map();
let picked = new Set();
const listeners = [];

const passes = (row, but) => {
  for (const [name, filter] of filters) if (!(but && name.startsWith(but)) && !filter.test(row)) return false;
  return true;
};
/// Rows that every filter leaves, but for those whose name begins with `but`.
const left = (but) => allRows.filter((row) => passes(row, but));
/// The same, and only picked ones where some are.
function visible() {
  const rows = left();
  return picked.size === 0 ? rows : rows.filter((row) => picked.has(row));
}

/// `of`: what changed: "filter", "pick" or "theme".
function changed(of) {
  for (const listener of listeners) listener(of);
}
function setFilter(name, filter) {
  if (filter) filters.set(name, filter);
  else filters.delete(name);
  changed("filter");
}
/// Without `more` the rows are the only picked ones, or none are where they were that already.
function pick(rows, more) {
  const same = rows.length === picked.size && rows.every((row) => picked.has(row));
  if (!more) picked = new Set(same ? [] : rows);
  else for (const row of rows) if (!picked.delete(row)) picked.add(row);
  changed("pick");
}
function clearAll() {
  filters.clear();
  picked = new Set();
  changed("filter");
}

/// What a user types over a column: words that the text holds, or of figures a bound (>3, <=1e6, 2..5) or the figure itself.
function columnFilter(column, typed) {
  const text = typed.trim();
  if (text === "") return null;
  const number = "([-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[-+]?\\d+)?)";
  if (column.numeric) {
    const range = new RegExp(`^${number}\\s*\\.\\.\\s*${number}$`, "i").exec(text);
    if (range) return (row) => column.values[row] !== null && column.values[row] >= +range[1] && column.values[row] <= +range[2];
    const bound = new RegExp(`^(<=|>=|<|>|=)?\\s*${number}$`, "i").exec(text);
    if (bound) {
      const limit = +bound[2];
      const holds = { "<=": (v) => v <= limit, ">=": (v) => v >= limit, "<": (v) => v < limit, ">": (v) => v > limit };
      const test = holds[bound[1]] || ((v) => v === limit);
      return (row) => column.values[row] !== null && test(column.values[row]);
    }
  }
  const wanted = text.toLowerCase();
  return (row) => shown(column.values[row]).toLowerCase().includes(wanted);
}

/// An element of the document: attributes, `on...` listeners, children.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}
function select(label, options, chosen, onchange) {
  const list = make("select", { onchange: () => onchange(list.value) });
  for (const [value, text] of options) list.append(make("option", { value, selected: value === chosen }, text));
  return make("label", {}, label, " ", list);
}
function checkbox(label, checked, onchange) {
  const box = make("input", { type: "checkbox", checked, onchange: () => onchange(box.checked) });
  return make("label", {}, box, " ", label);
}
/// Whether a column is not equal in all the rows. That rows of another kind lack it does not count.
function differs(column, rows) {
  const kinds = columnOf.get("kind").values, first = new Map();
  const told = new Set();
  for (const row of rows) {
    const value = column.values[row], kind = kinds[row];
    if (value !== null) told.add(value);
    if (!first.has(kind)) first.set(kind, value);
    if (told.size > 1 || first.get(kind) !== value) return true;
  }
  return false;
}
/// A card of the page with its controls; `hint` says how to read it.
function card(id, title, hint, ...content) {
  const section = make("section", { id }, make("h2", {}, title), make("p", { class: "hint" }, hint), ...content);
  document.getElementById("app").append(section);
  return section;
}
