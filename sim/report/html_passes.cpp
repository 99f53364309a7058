// SPDX-License-Identifier: Apache-2.0
#include "sim/report/html_passes.h"

#include <fmt/format.h>

#include <span>
#include <vector>

#include "sim/report/figures.h"
#include "sim/report/html_bars.h"
#include "sim/report/html_page.h"
#include "sim/report/html_table.h"
#include "sim/report/passes.h"

namespace binade::sim {

std::string passes_section(const RunReport& report) {
  if (!has_passes(report)) return "";
  std::vector<CycleBar> cycles;
  std::vector<EnergyBar> energy;
  auto table = "<div class=\"scroll\"><table>\n" + header_row(pass_table());
  for (const auto& pass : pass_totals(report)) {
    table += "<tr>" + cells(pass_table(), pass, report) + "</tr>\n";
    cycles.push_back({pass.pass, percent_text(pass.utilisation), pass.counters});
    energy.push_back({pass.pass, number_text(picojoule_per_mac(pass.energy, pass.macs)), pass.energy});
  }
  table += "<tr>";
  for (const auto& column : pass_table()) table += fmt::format("<td>{}</td>", column.total == nullptr ? "" : column.total(report));
  table += "</tr>\n</table></div>\n";
  const auto components = paid_components(report);
  return html_section("Passes",
                      "Sums over the rows of each pass of the training step; below, clocks of the compute engine by cause, and "
                      "energy by component.",
                      table + cycle_bars(cycles, "cycles | array use") + energy_bars(energy, components, "\u00b5J | pJ/MAC") +
                          energy_table_html(energy, components, "pass"));
}

}  // namespace binade::sim
