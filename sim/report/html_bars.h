// SPDX-License-Identifier: Apache-2.0
// Bars of pages that several kinds of rows have: layers, passes, runs.
#pragma once

#include <string>
#include <vector>

#include "sim/report/run_report.h"

namespace binade::sim {

/// Where a row's clocks and its energy go; `note` stands right of the bar.
struct CycleBar {
  std::string name, note;
  spec::Counters counters;
};
struct EnergyBar {
  std::string name, note;
  std::vector<EnergyRow> energy;
};

/// Clocks of the compute engine by cause, with their legend.
std::string cycle_bars(const std::vector<CycleBar>& rows, const std::string& unit);

/// The components that the run pays for.
std::vector<std::string> paid_components(const RunReport& report);
/// Energy by those components, with their legend.
std::string energy_bars(const std::vector<EnergyBar>& rows, const std::vector<std::string>& components, const std::string& unit);
/// The same as a table, folded; `head`: of the column of names.
std::string energy_table_html(const std::vector<EnergyBar>& rows, const std::vector<std::string>& components,
                              const std::string& head);

}  // namespace binade::sim
