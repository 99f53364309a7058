// SPDX-License-Identifier: Apache-2.0
// What each pass of a training step takes: sums over the rows of a report.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/columns.h"
#include "sim/report/figures.h"
#include "sim/report/run_report.h"

namespace binade::sim {

/// Sums over the rows of one pass. `utilisation` is over the array slots of all their cycles.
struct PassTotals {
  std::string pass;
  std::int64_t rows = 0;
  std::uint64_t macs = 0, cycles = 0, total_cycles = 0;
  std::uint64_t second_pass_cycles = 0, second_pass_bytes = 0;
  double utilisation = 0;
  spec::Counters counters = {};
  BoundCycles bounds = {};
  std::vector<EnergyRow> energy = {};
};

/// The loss belongs to no pass.
inline constexpr std::string_view kLossPart = "loss";
/// What a row may be part of, in the order of a step: the passes of models/spec/recipe.def, and after the forward pass the loss.
std::span<const std::string_view> row_passes();

/// Whether it is of a training step, or passes of one: else all rows are of the forward pass.
bool has_passes(const RunReport& report);
/// What its rows are parts of: "forward", passes joined by +, or "step" where all of them have rows.
std::string passes_text(const RunReport& report);
/// In the order of row_passes(), those that have rows.
std::vector<PassTotals> pass_totals(const RunReport& report);
/// Of all rows: the step.
PassTotals step_totals(const RunReport& report);

using PassColumn = Column<PassTotals>;
/// In the order of passes.csv and of `passes` in report.json. Energies have a column for each component of the run.
std::vector<PassColumn> pass_columns(const RunReport& report);
/// passes.csv: a row a pass (RFC 4180).
std::string passes_to_csv(const RunReport& report);

}  // namespace binade::sim
