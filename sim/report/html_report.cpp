// SPDX-License-Identifier: Apache-2.0
#include "sim/report/html_report.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>

#include "sim/report/figures.h"
#include "sim/report/svg.h"
#include "sim/report/version.h"

namespace binade::sim {
namespace {

// Series colours are told apart by readers with colour-vision deficiency (Okabe and Ito 2008), lightened on dark pages.
constexpr std::string_view kStyle = R"(<style>
:root { color-scheme: light dark; --page: #fbfbf9; --card: #ffffff; --ink: #1d2329; --soft: #66707a; --line: #e2e4e1; --accent: #0b6e99;
  --c0: #0072b2; --c1: #009e73; --c2: #e69f00; --c3: #d55e00; --c4: #cc79a7; --c5: #8a8f98; --c6: #f0c542; --c7: #8c564b; --c8: #d7dadd; }
@media (prefers-color-scheme: dark) { :root { --page: #14181c; --card: #1c2227; --ink: #e6e9eb; --soft: #98a2ab; --line: #2e363d; --accent: #58b4dc;
  --c0: #4aa3df; --c1: #3cc29a; --c2: #f0b33a; --c3: #ee7f3c; --c4: #dd9bc2; --c5: #9aa1aa; --c6: #f3d775; --c7: #b78a80; --c8: #3f474e; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 28px; margin: 0; letter-spacing: -0.01em; } h1 b { color: var(--accent); font-weight: 600; }
h2 { font-size: 17px; margin: 0 0 4px; } header p, .hint { color: var(--soft); margin: 4px 0 12px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin-top: 18px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 12px; margin-top: 18px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; }
.tile span { display: block; color: var(--soft); font-size: 12px; } .tile strong { font-size: 21px; font-weight: 600; white-space: nowrap; }
.warning { border-color: var(--c3); }
svg { width: 100%; height: auto; display: block; } svg text { font-size: 12px; fill: var(--ink); } svg .tick, svg .note { fill: var(--soft); font-size: 11px; }
svg .grid { stroke: var(--line); } .legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0 0 10px; font-size: 13px; color: var(--soft); }
.swatch { display: inline-block; width: 10px; height: 10px; margin-right: 6px; }
.s0 { fill: var(--c0); } .s1 { fill: var(--c1); } .s2 { fill: var(--c2); } .s3 { fill: var(--c3); } .s4 { fill: var(--c4); } .s5 { fill: var(--c5); }
.s6 { fill: var(--c6); } .s7 { fill: var(--c7); } .s8 { fill: var(--c8); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; } th { color: var(--soft); font-weight: 500; }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left; } .pairs td { text-align: left; white-space: normal; }
details summary { cursor: pointer; color: var(--accent); } code { font-size: 12px; overflow-wrap: anywhere; }
</style>
)";

std::string tile(std::string_view name, const std::string& value) {
  return fmt::format("<div class=\"tile\"><span>{}</span><strong>{}</strong></div>\n", escaped(name), escaped(value));
}

std::string section(std::string_view title, std::string_view hint, const std::string& content) {
  return fmt::format("<section>\n<h2>{}</h2>\n<p class=\"hint\">{}</p>\n{}</section>\n", escaped(title), escaped(hint), content);
}

std::string tiles(const RunReport& report) {
  std::string html = "<div class=\"tiles\">\n";
  html += tile("cycles", grouped(report.counters[spec::Counter::TotalCycles]));
  html += tile(fmt::format("time at {} GHz", report.clock_ghz), seconds_text(report.seconds_at_clock));
  html += tile("energy", energy_text(total_picojoule(report.energy)));
  html += tile("array use", percent_text(overall_utilisation(report)));
  html += tile("output SQNR, dB", sqnr_text(report.output.sqnr_db));
  if (report.top1_correct) html += tile("top-1", top1_text(report));
  return html + "</div>\n";
}

std::string cycles_section(const RunReport& report) {
  std::vector<std::string> names;
  std::vector<Bar> bars;
  for (const auto& part : cycle_parts(report.counters)) names.emplace_back(part.name);
  for (const auto& layer : report.layers) {
    Bar bar{layer.name, {}, percent_text(layer.utilisation)};
    int series = 0;
    for (const auto& part : cycle_parts(layer.counters)) {
      bar.segments.push_back({static_cast<double>(part.cycles), series,
                              fmt::format("{}, {}: {} cycles", layer.name, part.name, grouped(part.cycles))});
      ++series;
    }
    bars.push_back(std::move(bar));
  }
  return section("Where the cycles go",
                 "Clocks of the compute engine per layer by cause; at the right, the share of all array slots that multiply.",
                 legend(names) + stacked_bars(bars, "cycles | array use"));
}

std::string energy_section(const RunReport& report) {
  std::vector<Bar> bars;
  const double total = total_picojoule(report.energy);
  for (const auto& row : report.energy)
    bars.push_back({row.component,
                    {{row.picojoule * 1e-6, 0, fmt::format("{}: {}", row.component, energy_text(row.picojoule))}},
                    percent_text(total > 0 ? row.picojoule / total : 0)});
  return section("Energy by component", report.energy_table, stacked_bars(bars, "\u00b5J | share"));
}

std::string error_section(const RunReport& report) {
  std::vector<Bar> bars;
  for (const auto& layer : report.layers) {
    Bar bar{layer.name, {}, fmt::format("{} | {}", sqnr_text(layer.end_to_end.sqnr_db), sqnr_text(layer.datapath.sqnr_db))};
    int series = 0;
    for (const auto* error : {&layer.end_to_end, &layer.datapath}) {
      const double shown = error->sqnr_db && std::isfinite(*error->sqnr_db) ? std::max(0.0, *error->sqnr_db) : 0.0;
      bar.segments.push_back({shown, series, fmt::format("{}: {} dB", layer.name, sqnr_text(error->sqnr_db))});
      ++series;
    }
    bars.push_back(std::move(bar));
  }
  return section("Error per layer", "Signal to quantisation noise, dB: longer is better. `exact` layers have no error and no bar.",
                 legend({"end to end, against float64 on the unquantised inputs",
                         "datapath, against the exact result of the quantised inputs"}) +
                     grouped_bars(bars, "dB"));
}

std::string layers_section(const RunReport& report) {
  using spec::Counter;
  std::string html =
      "<div class=\"scroll\"><table>\n<tr><th>layer</th><th>op</th><th>m</th><th>n</th><th>k</th><th>tile</th><th>core "
      "cycles</th><th>cycles</th>"
      "<th>array use</th><th>DRAM bytes</th><th>energy</th><th>SQNR</th><th>datapath</th><th>max "
      "ULP</th><th>saturated</th><th>underflow</th></tr>\n";
  for (const auto& layer : report.layers) {
    const auto& counters = layer.counters;
    html += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</"
        "td>"
        "<td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
        escaped(layer.name), escaped(layer.op), layer.m, layer.n, layer.k, escaped(layer.tile), grouped(layer.cycles),
        grouped(layer.total_cycles), percent_text(layer.utilisation),
        grouped(counters[Counter::DramReadBytes] + counters[Counter::DramWriteBytes]), energy_text(total_picojoule(layer.energy)),
        sqnr_text(layer.end_to_end.sqnr_db), sqnr_text(layer.datapath.sqnr_db), fmt::format("{:.3g}", layer.datapath.max_ulp),
        grouped(counters[Counter::EventSaturation] + counters[Counter::EventOverflow] + counters[Counter::EventNar]),
        grouped(counters[Counter::EventUnderflow]));
  }
  return section("Layers", "m, n, k: the matrix product of one group, batch in m.", html + "</table></div>\n");
}

std::string pair(std::string_view name, const std::string& value) {
  return fmt::format("<tr><td>{}</td><td><code>{}</code></td></tr>\n", escaped(name), escaped(value));
}

std::string provenance_section(const RunReport& report) {
  std::string html = "<table class=\"pairs\">\n";
  html += pair("program", fmt::format("binade {}, revision {}", tool_version(), tool_revision()));
  html += pair("network", report.network + ": " + report.network_source);
  html += pair("tensors", report.tensors);
  html += pair("seed", std::to_string(report.seed));
  html += pair("energy table", report.energy_table);
  html += pair("digest of the layers' output bits", report.digest);
  html += "</table>\n<details><summary>Resolved configuration</summary>\n<table class=\"pairs\">\n";
  for (const auto& [key, value] : report.config) html += pair(key, value);
  html += "</table>\n</details>\n<details><summary>Counters</summary>\n<table class=\"pairs\">\n";
  for (std::size_t i = 0; i < spec::kCounterCount; ++i)
    html += pair(fmt::format("{}: {}", spec::kCounters[i].name, spec::kCounters[i].meaning),
                 fmt::format("{} {}", grouped(report.counters[static_cast<spec::Counter>(i)]), spec::kCounters[i].unit));
  return section("Provenance", "What reproduces this run.", html + "</table>\n</details>\n");
}

}  // namespace

std::string to_html(const RunReport& report) {
  auto html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0} in {1}</title>\n{2}</head>\n<body>\n<main>\n<header>\n<h1>{0} <b>{1}</b></h1>\n<p>{3}, accumulate {4}, rounding "
      "{5}; {6} core; "
      "{7} samples in batches of {8}</p>\n</header>\n",
      escaped(report.network), escaped(report.format), kStyle, report.datapath, report.accumulate, report.rounding, report.core,
      report.samples, report.batch);
  if (!report.complete)
    html +=
        "<section class=\"warning\"><strong>Incomplete.</strong> The run was interrupted; the layers listed are valid.</section>\n";
  html += tiles(report) + cycles_section(report) + energy_section(report) + error_section(report) + layers_section(report) +
          provenance_section(report);
  return html + "</main>\n</body>\n</html>\n";
}

}  // namespace binade::sim
