// SPDX-License-Identifier: Apache-2.0
// What a run costs: its energy by component, and of a calibrated core area and clock.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/spec/arithmetic_counts.h"
#include "sim/host/run_spec.h"
#include "sim/report/run_report.h"

namespace binade::sim {

/// Of a layer or of a run, a row each component. With published figures those of models/cost/energy.h; of a calibrated core those
/// of models/cost/core_cost.h, and the published ones of the memories.
std::vector<EnergyRow> energy_of(const RunSpec& request, const spec::Counters& counters, const spec::ArithmeticCounts& arithmetic);
/// The standing of the figures and where they come from.
std::string energy_table_text(const RunSpec& request);
/// Of a run whose core is calibrated.
std::optional<CoreFigures> core_figures(const RunSpec& request, const spec::Counters& counters,
                                        const spec::ArithmeticCounts& arithmetic);

/// Whether the machine has to count the sums over operands for that.
bool wants_operand_sums(const RunSpec& request);
/// The clock that the core's critical path allows. Throws InputError where no calibrated table says one.
double clock_ghz_of_table(const RunSpec& request);

}  // namespace binade::sim
