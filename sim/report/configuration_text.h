// SPDX-License-Identifier: Apache-2.0
// The configuration that a report belongs to, in few words, and what differs between reports.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/report/run_report.h"

namespace binade::sim {

/// The value of a configuration key; empty where the report has none.
std::string config_value(const RunReport& report, std::string_view key);

/// "16x16 os; scratchpads 256/256/256 KiB; ddr4-2400, 1 channel, 19.2 GB/s; bus 64 GB/s; 1 GHz".
std::string machine_text(const RunReport& report);
/// "core.rows=8, core.dataflow=ws", or "none".
std::string overrides_text(const RunReport& report);
/// "1 sample, batch 1", and the layers where not all were run.
std::string workload_text(const RunReport& report);

/// "61 tensors of the trace, every code equal"; of runs that have recorded_tensors.
std::string recorded_text(const RunReport& report);

/// Something that is not equal in all reports: a word of the run (network, tensors, samples, ...) or a configuration key.
struct Difference {
  std::string key;
  std::vector<std::string> values;  ///< one a report; empty where it has none
};
/// Of lists of names and values, one a report, in the order of their names.
std::vector<Difference> differences_of(std::span<const std::vector<std::pair<std::string, std::string>>> reports);
/// In the order of the report's head, then of the configuration.
std::vector<Difference> differences(std::span<const RunReport> reports);

/// `names`, one a report; where they repeat, with what differs beside `key`, which they are the values of, but for what would make
/// them long; then with numbers.
std::vector<std::string> labels_of(std::vector<std::string> names, std::string_view key, const std::vector<Difference>& different);

/// A name a report that no other has: its format; where formats repeat, also what differs; where nothing does, a number.
std::vector<std::string> run_labels(std::span<const RunReport> reports);

/// "exact (posit8, dfp8), serial (e6m7)": values and the runs that have them.
std::string values_text(const Difference& difference, std::span<const std::string> labels);

/// `text` of the reports where it is the same for all; else as values_text.
std::string shared_text(std::span<const RunReport> reports, std::string (*text)(const RunReport&));

/// Every sentence without which the figures of these reports mislead: what their energies cannot compare; accumulation policies
/// that are not the same; the share of second passes. At least one report.
std::vector<std::string> comparison_notes(std::span<const RunReport> reports);
/// What the energy figures leave out, and so which comparisons they do not bear.
std::string energy_note(const RunReport& report);

}  // namespace binade::sim
