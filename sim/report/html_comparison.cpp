// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/report/configuration_text.h"
#include "sim/report/figures.h"
#include "sim/report/html_bars.h"
#include "sim/report/html_page.h"
#include "sim/report/html_report.h"
#include "sim/report/html_table.h"
#include "sim/report/svg.h"

namespace binade::sim {
namespace {

using Labels = std::span<const std::string>;

std::string table_section(std::span<const RunReport> reports, Labels labels, std::span<const std::string> pages) {
  std::string html = "<div class=\"scroll\"><table>\n" + header_row(run_table(), "format");
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const auto& report = reports[i];
    const bool has_page = i < pages.size() && !pages[i].empty();
    html += has_page ? fmt::format("<tr><td><a href=\"{}\">{}</a>", escaped(pages[i]), escaped(labels[i]))
                     : fmt::format("<tr><td>{}", escaped(labels[i]));
    html += report.complete ? "</td>" : " (incomplete)</td>";
    html += cells(run_table(), report, report) + "</tr>\n";
  }
  html += "</table></div>\n";
  for (const auto& note : comparison_notes(reports)) html += fmt::format("<p class=\"hint\">Note: {}.</p>\n", escaped(note));
  return html_section("Formats", "DRAM: bytes as requested, and in whole device bursts, which take the time and the energy.", html);
}

/// What is not equal in all runs; below it what is.
std::string configuration_section(std::span<const RunReport> reports, Labels labels) {
  const auto different = differences(reports);
  std::string html = "<div class=\"scroll\"><table>\n<tr><th>differs</th>";
  for (const auto& label : labels) html += fmt::format("<th>{}</th>", escaped(label));
  html += "</tr>\n";
  for (const auto& difference : different) {
    html += fmt::format("<tr><td>{}</td>", escaped(difference.key));
    for (const auto& value : difference.values) html += fmt::format("<td>{}</td>", escaped(value.empty() ? "-" : value));
    html += "</tr>\n";
  }
  html += "</table></div>\n<details><summary>Equal in all</summary>\n<table class=\"pairs\">\n";
  for (const auto& [key, value] : reports.front().config)
    if (std::none_of(different.begin(), different.end(), [&, &name = key](const auto& each) { return each.key == name; }))
      html += fmt::format("<tr><td>{}</td><td><code>{}</code></td></tr>\n", escaped(key), escaped(value));
  return html_section("Configuration", "What differs between the runs, and what does not.", html + "</table>\n</details>\n");
}

std::string cycles_section(std::span<const RunReport> reports, Labels labels) {
  std::vector<CycleBar> bars;
  for (std::size_t i = 0; i < reports.size(); ++i)
    bars.push_back({labels[i], grouped(reports[i].counters[spec::Counter::TotalCycles]), reports[i].counters});
  return html_section("Cycles", "Clocks of the compute engine by cause.", cycle_bars(bars, "cycles"));
}

/// One bar per format.
std::string figure_section(std::span<const RunReport> reports, Labels labels, std::string_view title, std::string_view hint,
                           const std::string& unit, double (*value)(const RunReport&), std::string (*note)(const RunReport&)) {
  std::vector<Bar> bars;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const auto& report = reports[i];
    bars.push_back({labels[i], {{value(report), 0, fmt::format("{}: {}", labels[i], note(report))}}, note(report)});
  }
  return html_section(title, hint, stacked_bars(bars, unit));
}

}  // namespace

std::string comparison_body(std::span<const RunReport> reports, std::span<const std::string> pages) {
  const auto& first = reports.front();
  const auto labels = run_labels(reports);
  auto body = fmt::format("<header>\n<h1>{} <b>in {} runs</b></h1>\n<p>{} core; {}; {}</p>\n", escaped(first.network),
                          reports.size(), escaped(shared_text(reports, [](const RunReport& r) { return r.core; })),
                          escaped(shared_text(reports, workload_text)),
                          escaped(shared_text(reports, [](const RunReport& r) { return r.tensors; })));
  body += fmt::format("<p>Machine: {}.</p>\n<p>Overrides of the defaults: {}.</p>\n</header>\n",
                      escaped(shared_text(reports, machine_text)), escaped(shared_text(reports, overrides_text)));
  body += table_section(reports, labels, pages) + configuration_section(reports, labels) + cycles_section(reports, labels);
  body += figure_section(
      reports, labels, "Energy", fmt::format("{}. Note: {}.", first.energy_table, energy_note(first)), "\u00b5J",
      [](const RunReport& r) { return total_picojoule(r.energy) * 1e-6; },
      [](const RunReport& r) { return energy_text(total_picojoule(r.energy)); });
  body += figure_section(
      reports, labels, "Error of the last layer", "Signal to quantisation noise against float64, dB: longer is better.", "dB",
      [](const RunReport& r) {
        return r.output.sqnr_db && std::isfinite(*r.output.sqnr_db) ? std::max(0.0, *r.output.sqnr_db) : 0.0;
      },
      [](const RunReport& r) { return sqnr_text(r.output.sqnr_db); });
  return body;
}

std::string comparison_to_html(std::span<const RunReport> reports, std::span<const std::string> pages) {
  return html_page(reports.front().network + " in several formats", comparison_body(reports, pages));
}

}  // namespace binade::sim
