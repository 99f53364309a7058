// SPDX-License-Identifier: Apache-2.0
// What a run costs: its energy by component, and of a calibrated core area and clock.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/cost/core_cost.h"
#include "models/cost/energy.h"
#include "models/spec/arithmetic_counts.h"
#include "sim/host/run_spec.h"
#include "sim/report/run_report.h"

namespace binade::sim {

/// The tables as they are for the run's platform, looked up once.
class RunEnergy {
 public:
  /// Throws InputError where a calibrated table, or our RTL, lacks a format of the core. The request has to outlive this.
  explicit RunEnergy(const RunSpec& request);

  /// Of a layer or of a run, a row each component. With published figures those of models/cost/energy.h; of a calibrated core those
  /// of models/cost/core_cost.h, and its memories by their table (models/cost/memory_cost.h) where it has one. What is in neither
  /// is published.
  std::vector<EnergyRow> rows(const spec::Counters& counters, const spec::ArithmeticCounts& arithmetic) const;
  /// Of a run whose core is calibrated.
  std::optional<CoreFigures> core_figures(const spec::Counters& counters, const spec::ArithmeticCounts& arithmetic) const;
  /// The published figures alone, whatever the core is priced by.
  std::vector<cost::EnergyRow> published(const spec::Counters& counters, const spec::ArithmeticCounts& arithmetic) const;

 private:
  cost::CoreActivity activity_of(const spec::Counters& counters, const spec::ArithmeticCounts& arithmetic) const;

  const RunSpec& request_;
  const cost::PlatformFacts facts_;
  const std::optional<cost::CoreCost> core_;
};

/// The standing of the figures and where they come from.
std::string energy_table_text(const RunSpec& request);
/// Whether the machine has to count the sums over operands for that.
bool wants_operand_sums(const RunSpec& request);
/// The clock that the core's critical path allows. Throws InputError where no calibrated table says one.
double clock_ghz_of_table(const RunSpec& request);

}  // namespace binade::sim
