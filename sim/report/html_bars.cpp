// SPDX-License-Identifier: Apache-2.0
#include "sim/report/html_bars.h"

#include <fmt/format.h>

#include <utility>

#include "sim/report/figures.h"
#include "sim/report/svg.h"

namespace binade::sim {

std::string cycle_bars(const std::vector<CycleBar>& rows, const std::string& unit) {
  std::vector<std::string> names;
  std::vector<Bar> bars;
  for (const auto& part : cycle_parts({})) names.emplace_back(part.name);
  for (const auto& row : rows) {
    Bar bar{row.name, {}, row.note};
    int series = 0;
    for (const auto& part : cycle_parts(row.counters))
      bar.segments.push_back({static_cast<double>(part.cycles), series++,
                              fmt::format("{}, {}: {} cycles", row.name, part.name, grouped(part.cycles))});
    bars.push_back(std::move(bar));
  }
  return legend(names) + stacked_bars(bars, unit);
}

std::vector<std::string> paid_components(const RunReport& report) {
  std::vector<std::string> names;
  for (const auto& row : report.energy)
    if (row.picojoule > 0) names.push_back(row.component);
  return names;
}

std::string energy_bars(const std::vector<EnergyBar>& rows, const std::vector<std::string>& components, const std::string& unit) {
  std::vector<Bar> bars;
  for (const auto& row : rows) {
    Bar bar{row.name, {}, row.note};
    int series = 0;
    for (const auto& component : components) {
      const double picojoule = component_picojoule(row.energy, component);
      bar.segments.push_back({picojoule * 1e-6, series++, fmt::format("{}, {}: {}", row.name, component, energy_text(picojoule))});
    }
    bars.push_back(std::move(bar));
  }
  return legend(components) + stacked_bars(bars, unit);
}

std::string energy_table_html(const std::vector<EnergyBar>& rows, const std::vector<std::string>& components,
                              const std::string& head) {
  std::string html = fmt::format("<details><summary>As a table</summary>\n<div class=\"scroll\"><table>\n<tr><th>{}</th>", head);
  for (const auto& component : components) html += fmt::format("<th>{}</th>", escaped(component));
  html += "<th>sum</th></tr>\n";
  for (const auto& row : rows) {
    html += fmt::format("<tr><td>{}</td>", escaped(row.name));
    for (const auto& component : components)
      html += fmt::format("<td>{}</td>", energy_text(component_picojoule(row.energy, component)));
    html += fmt::format("<td>{}</td></tr>\n", energy_text(total_picojoule(row.energy)));
  }
  return html + "</table></div></details>\n";
}

}  // namespace binade::sim
