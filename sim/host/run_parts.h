// SPDX-License-Identifier: Apache-2.0
// What the runs of a forward pass and of a training step have in common: how they execute, and what their reports say.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "models/programs/layer_execution.h"
#include "models/spec/arithmetic_counts.h"
#include "sim/host/run.h"
#include "sim/host/run_energy.h"

namespace binade::sim {

programs::ExecutionOptions execution_options(const RunSpec& request, const RunHooks& hooks);
/// Of a forward pass.
programs::ExponentOptions exponent_options(const RunSpec& request);

/// Rows of scores whose first largest is the row's label; NaN is below everything.
std::int64_t top1(std::span<const double> scores, std::span<const int> labels);

/// Throws InvariantError where fewer bytes moved than were touched.
void check_bytes(const std::string& where, const spec::Counters& counters, std::int64_t unique_bytes);

/// What follows from the row's counters, macs and k.
void finish_row(const RunSpec& request, const RunEnergy& energy, const spec::ArithmeticCounts& arithmetic, LayerReport& report);

/// A report that says what the run is, and has no rows.
RunReport report_of(const RunSpec& request, const networks::Network& network);
/// What follows from the sums of its rows.
void finish_report(const RunSpec& request, const RunEnergy& energy, const spec::ArithmeticCounts& arithmetic, RunReport& report);

}  // namespace binade::sim
