// SPDX-License-Identifier: Apache-2.0
#include "sim/report/html_report.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>

#include "sim/report/figures.h"
#include "sim/report/html_page.h"
#include "sim/report/svg.h"
#include "sim/report/version.h"

namespace binade::sim {
namespace {

std::string tile(std::string_view name, const std::string& value) {
  return fmt::format("<div class=\"tile\"><span>{}</span><strong>{}</strong></div>\n", escaped(name), escaped(value));
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
  return html_section("Where the cycles go",
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
  return html_section("Energy by component", report.energy_table, stacked_bars(bars, "\u00b5J | share"));
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
  return html_section("Error per layer",
                      "Signal to quantisation noise, dB: longer is better. `exact` layers have no error and no bar.",
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
  return html_section("Layers", "m, n, k: the matrix product of one group, batch in m.", html + "</table></div>\n");
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
  if (report.rtl_sample) html += pair("rtl sample", sample_text(*report.rtl_sample));
  html += pair("digest of the layers' output bits", report.digest);
  html += "</table>\n<details><summary>Resolved configuration</summary>\n<table class=\"pairs\">\n";
  for (const auto& [key, value] : report.config) html += pair(key, value);
  html += "</table>\n</details>\n<details><summary>Counters</summary>\n<table class=\"pairs\">\n";
  for (std::size_t i = 0; i < spec::kCounterCount; ++i)
    html += pair(fmt::format("{}: {}", spec::kCounters[i].name, spec::kCounters[i].meaning),
                 fmt::format("{} {}", grouped(report.counters[static_cast<spec::Counter>(i)]), spec::kCounters[i].unit));
  return html_section("Provenance", "What reproduces this run.", html + "</table>\n</details>\n");
}

}  // namespace

std::string to_html(const RunReport& report) {
  auto body = fmt::format(
      "<header>\n<h1>{} <b>{}</b></h1>\n<p>{}, accumulate {}, rounding {}; {} core; {} samples in batches of {}</p>\n</header>\n",
      escaped(report.network), escaped(report.format), report.datapath, report.accumulate, report.rounding, report.core,
      report.samples, report.batch);
  if (!report.complete)
    body +=
        "<section class=\"warning\"><strong>Incomplete.</strong> The run was interrupted; the layers listed are valid.</section>\n";
  body += tiles(report) + cycles_section(report) + energy_section(report) + error_section(report) + layers_section(report) +
          provenance_section(report);
  return html_page(report.network + " in " + report.format, body);
}

}  // namespace binade::sim
