// SPDX-License-Identifier: Apache-2.0
// The table of all rows: sorted by a click on a head, filtered by what is typed below it, a page at a time; downloads; what differs.

const PAGE_ROWS = 50;
const DEFAULT_FIGURES = ["total_cycles", "seconds_at_clock", "energy.total_pj", "pj_per_mac", "output.sqnr_db", "top1",
  "calibrated.area_um2", "utilisation", "bound_by", "test_accuracy", "train_loss", "epochs"];
const DEFAULT_SETTINGS = 8;

const table = { sort: null, descending: false, page: 0, shown: [] };

function defaultColumns() {
  const some = (column) => column && column.values.some((value) => value !== null);
  const words = ["name", "kind", "status", "reason"].map((name) => columnOf.get(name))
    .filter((column) => some(column) && (column.name === "name" || column.varies));
  return [...words, ...differing.slice(0, DEFAULT_SETTINGS), ...DEFAULT_FIGURES.map((name) => columnOf.get(name)).filter(some)];
}

const isMissing = (value) => value === null || Number.isNaN(value);
function compareValues(a, b) {
  if (isMissing(a) || isMissing(b)) return isMissing(a) - isMissing(b);
  return typeof a === "number" && typeof b === "number" ? (a < b ? -1 : a > b ? 1 : 0) : String(a).localeCompare(String(b), "en", { numeric: true });
}
/// Rows without a value last, whichever way; equal ones in their order.
function sortedRows() {
  const rows = visible();
  if (!table.sort) return rows;
  const values = table.sort.values, sign = table.descending ? -1 : 1;
  return rows.sort((a, b) => {
    const order = compareValues(values[a], values[b]);
    return (isMissing(values[a]) || isMissing(values[b]) ? order : sign * order) || a - b;
  });
}

function nameCell(row) {
  const link = columnOf.get("page");
  const name = make("button", {
    class: "plain", type: "button", "aria-pressed": picked.has(row) ? "true" : "false", title: "pick this row; with Shift: this one too",
    onclick: (event) => pick([row], event.shiftKey),
  }, nameOf(row));
  const page = link && link.values[row];
  return make("td", {}, name, page ? " " : null, page ? make("a", { href: page, title: "its own page" }, "page") : null);
}

function drawBody() {
  const rows = sortedRows(), pages = Math.max(1, Math.ceil(rows.length / PAGE_ROWS));
  table.page = Math.min(table.page, pages - 1);
  const body = document.getElementById("rows-body");
  body.replaceChildren(...rows.slice(table.page * PAGE_ROWS, (table.page + 1) * PAGE_ROWS).map((row) => make("tr", { "data-row": row },
    ...table.shown.map((column) => (column.name === "name" ? nameCell(row)
      : make("td", { class: column.numeric ? "" : "word", title: column.numeric && column.values[row] !== null ? String(column.values[row]) : null },
        shown(column.values[row])))))));
  document.getElementById("rows-count").textContent =
    `${rows.length.toLocaleString("en-US")} of ${data.rows.toLocaleString("en-US")} rows; page ${table.page + 1} of ${pages}`;
  document.getElementById("rows-back").disabled = table.page === 0;
  document.getElementById("rows-on").disabled = table.page >= pages - 1;
}

function drawHead() {
  const sortBy = (column) => {
    table.descending = table.sort === column ? !table.descending : false;
    table.sort = column;
    drawHead();
    drawBody();
  };
  const heads = table.shown.map((column) => make("th", { class: column.numeric ? "" : "word", "aria-sort": table.sort !== column ? "none" : table.descending ? "descending" : "ascending" },
    make("button", { class: "plain", type: "button", title: column.meaning || null, onclick: () => sortBy(column) },
      labelOf(column), table.sort !== column ? "" : table.descending ? " \u25be" : " \u25b4")));
  const inputs = table.shown.map((column) => make("th", {}, make("input", {
    type: "search", size: 8, "aria-label": `filter ${column.name}`, placeholder: column.numeric ? ">0, 2..5" : "text",
    value: filters.has(`column:${column.name}`) ? filters.get(`column:${column.name}`).typed : "",
    oninput: (event) => {
      const typed = event.target.value, test = columnFilter(column, typed);
      setFilter(`column:${column.name}`, test && { typed, text: `${column.name} ${typed.trim()}`, test });
    },
  })));
  document.getElementById("rows-head").replaceChildren(make("tr", {}, ...heads), make("tr", { class: "filters" }, ...inputs));
}

/// Where the event is drawn by hand (a sort), the input that has the focus stays what it is.
function onTableChange(of) {
  if (of === "theme") return;
  table.page = 0;
  if (!filters.size) document.querySelectorAll("#rows-head input").forEach((input) => { input.value = ""; });
  drawBody();
}

function download(name, type, text) {
  const link = make("a", { download: name, href: URL.createObjectURL(new Blob([text], { type })) });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
/// A value as report.json has it.
const plain = (value) => (typeof value === "number" && !Number.isFinite(value) ? (Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf") : value);
function rowsAsJson() {
  return JSON.stringify(sortedRows().map((row) =>
    Object.fromEntries(columns.filter((column) => column.values[row] !== null).map((column) => [column.name, plain(column.values[row])]))), null, 1);
}
function rowsAsCsv() {
  const quoted = (value) => (value === null ? "" : /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
  const lines = [columns.map((column) => quoted(column.name))];
  for (const row of sortedRows()) lines.push(columns.map((column) => quoted(plain(column.values[row]))));
  return lines.map((cells) => cells.join(",")).join("\n") + "\n";
}

function columnChooser() {
  const list = make("div", { class: "choices" });
  for (const column of columns)
    list.append(checkbox(column.name, table.shown.includes(column), (on) => {
      table.shown = columns.filter((each) => (each === column ? on : table.shown.includes(each)));
      drawHead();
      drawBody();
    }));
  return make("details", {}, make("summary", {}, "Columns"), list);
}

function addTable() {
  table.shown = defaultColumns();
  const button = (id, text, onclick) => make("button", { id, type: "button", onclick }, text);
  const turn = (by) => () => { table.page += by; drawBody(); };
  card("rows", "Table", "A head sorts; below it, text or a bound (>3, <=1e6, 2..5) filters. A name picks its row, with Shift more than one.",
    make("div", { class: "controls" }, button("download-csv", "CSV", () => download("report.csv", "text/csv", rowsAsCsv())),
      button("download-json", "JSON", () => download("report.json", "application/json", rowsAsJson())),
      button("rows-back", "\u2039", turn(-1)), make("span", { id: "rows-count", "aria-live": "polite" }), button("rows-on", "\u203a", turn(1))),
    columnChooser(),
    make("div", { class: "scroll" }, make("table", {}, make("thead", { id: "rows-head" }), make("tbody", { id: "rows-body" }))));
  document.getElementById("rows-back").setAttribute("aria-label", "page before");
  document.getElementById("rows-on").setAttribute("aria-label", "next page");
  drawHead();
  drawBody();
  listeners.push(onTableChange);
}

// What differs between the rows that are left.

const SIDE_BY_SIDE = 12;
const NOT_TOLD = new Set(["name", "page", "source", "identity", "reason", "digest", "position", "timeline"]);

function drawDifferences() {
  const rows = visible();
  const different = columns.filter((column) => column.role !== "figure" && !NOT_TOLD.has(column.name) && differs(column, rows));
  const box = document.getElementById("differs-table");
  if (different.length === 0) {
    box.replaceChildren(make("p", {}, rows.length < 2 ? "One row." : "Nothing: all settings of these rows are equal."));
    return;
  }
  const head = rows.length <= SIDE_BY_SIDE ? ["differs", ...rows.map(nameOf)] : ["differs", "values, and how many rows have them"];
  const cellsOf = (column) => {
    if (rows.length <= SIDE_BY_SIDE) return rows.map((row) => shown(column.values[row]) || "-");
    const counts = new Map();
    for (const row of rows) counts.set(column.values[row], (counts.get(column.values[row]) || 0) + 1);
    const sorted = [...counts].sort((a, b) => compareValues(a[0], b[0]));
    const few = sorted.slice(0, 24).map(([value, count]) => `${shown(value) || "-"} (${count})`).join(", ");
    return [sorted.length > 24 ? `${few}, ... ${sorted.length} values` : few];
  };
  box.replaceChildren(make("table", { class: rows.length <= SIDE_BY_SIDE ? "" : "pairs" },
    make("tbody", {}, make("tr", {}, ...head.map((text) => make("th", {}, text))),
      ...different.map((column) => make("tr", {}, make("td", {}, column.name), ...cellsOf(column).map((text) => make("td", {}, text)))))));
}

function addDifferences() {
  if (data.rows < 2) return;
  card("differs", "What differs", "Settings and words of the rows that are left that are not equal in all of them.",
    make("div", { class: "scroll", id: "differs-table" }));
  drawDifferences();
  listeners.push((of) => { if (of !== "theme") drawDifferences(); });
}
