// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/report/figures.h"
#include "sim/report/html_page.h"
#include "sim/report/html_report.h"
#include "sim/report/svg.h"

namespace binade::sim {
namespace {

std::string table_section(std::span<const RunReport> reports) {
  std::string html =
      "<div class=\"scroll\"><table>\n<tr><th>format</th><th>datapath</th><th>accumulate</th><th>cycles</th><th>time</th><th>array "
      "use</th>"
      "<th>energy</th><th>SQNR, dB</th><th>top-1</th></tr>\n";
  for (const auto& report : reports)
    html += fmt::format(
        "<tr><td><a "
        "href=\"{0}/report.html\">{0}</a>{1}</td><td>{2}</td><td>{3}</td><td>{4}</td><td>{5}</td><td>{6}</td><td>{7}</td><td>{8}</"
        "td>"
        "<td>{9}</td></tr>\n",
        escaped(report.format), report.complete ? "" : " (incomplete)", report.datapath, report.accumulate,
        grouped(report.counters[spec::Counter::TotalCycles]), seconds_text(report.seconds_at_clock),
        percent_text(overall_utilisation(report)), energy_text(total_picojoule(report.energy)), sqnr_text(report.output.sqnr_db),
        top1_text(report));
  return html_section("Formats", fmt::format("Energy: {}", reports.front().energy_table), html + "</table></div>\n");
}

std::string cycles_section(std::span<const RunReport> reports) {
  std::vector<std::string> names;
  std::vector<Bar> bars;
  for (const auto& part : cycle_parts(reports.front().counters)) names.emplace_back(part.name);
  for (const auto& report : reports) {
    Bar bar{report.format, {}, grouped(report.counters[spec::Counter::TotalCycles])};
    int series = 0;
    for (const auto& part : cycle_parts(report.counters)) {
      bar.segments.push_back({static_cast<double>(part.cycles), series,
                              fmt::format("{}, {}: {} cycles", report.format, part.name, grouped(part.cycles))});
      ++series;
    }
    bars.push_back(std::move(bar));
  }
  return html_section("Cycles", "Clocks of the compute engine by cause.", legend(names) + stacked_bars(bars, "cycles"));
}

/// One bar per format.
std::string figure_section(std::span<const RunReport> reports, std::string_view title, std::string_view hint,
                           const std::string& unit, double (*value)(const RunReport&), std::string (*note)(const RunReport&)) {
  std::vector<Bar> bars;
  for (const auto& report : reports)
    bars.push_back({report.format, {{value(report), 0, fmt::format("{}: {}", report.format, note(report))}}, note(report)});
  return html_section(title, hint, stacked_bars(bars, unit));
}

}  // namespace

std::string comparison_to_html(std::span<const RunReport> reports) {
  const auto& first = reports.front();
  auto body =
      fmt::format("<header>\n<h1>{} <b>in {} formats</b></h1>\n<p>{} core; {} samples in batches of {}; {}</p>\n</header>\n",
                  escaped(first.network), reports.size(), first.core, first.samples, first.batch, escaped(first.tensors));
  body += table_section(reports) + cycles_section(reports);
  body += figure_section(
      reports, "Energy", first.energy_table, "\u00b5J", [](const RunReport& r) { return total_picojoule(r.energy) * 1e-6; },
      [](const RunReport& r) { return energy_text(total_picojoule(r.energy)); });
  body += figure_section(
      reports, "Error of the last layer", "Signal to quantisation noise against float64, dB: longer is better.", "dB",
      [](const RunReport& r) {
        return r.output.sqnr_db && std::isfinite(*r.output.sqnr_db) ? std::max(0.0, *r.output.sqnr_db) : 0.0;
      },
      [](const RunReport& r) { return sqnr_text(r.output.sqnr_db); });
  return html_page(first.network + " in several formats", body);
}

}  // namespace binade::sim
