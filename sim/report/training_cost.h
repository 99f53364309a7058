// SPDX-License-Identifier: Apache-2.0
// What training costs on the accelerator: a step, its passes, an epoch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/report/run_report.h"

namespace binade::sim {

/// A row of cost.csv.
struct CostRow {
  std::string part = {};  ///< a pass, or one of the words below
  std::int64_t steps = 1, samples = 0;
  std::uint64_t macs = 0, cycles = 0;
  double seconds = 0;  ///< of those cycles, at the clock
  double energy_pj = 0;
  std::uint64_t dram_requested_bytes = 0, dram_burst_bytes = 0, bus_bytes = 0;
  std::string bound_by = {};
  std::string energy_standing = {};  ///< energy_standing() of the step's run

  bool operator==(const CostRow&) const = default;
};
inline constexpr const char* kStepPart = "step";
inline constexpr const char* kFirstStepPart = "first-step";  ///< of the run, where it is another: it has no velocity to read
inline constexpr const char* kLastStepPart = "last-step";    ///< of an epoch, where it has fewer samples
inline constexpr const char* kEpochPart = "epoch";           ///< any but the first

struct TrainingCost {
  std::string core;           ///< how tiles were simulated
  std::string machine;        ///< in words
  std::string energy_table;   ///< its standing and file
  std::string identity;       ///< of the first step's run
  std::vector<CostRow> rows;  ///< the passes, step, first-step and last-step where there are such, epoch

  bool operator==(const TrainingCost&) const = default;
  /// Null where it has none.
  const CostRow* row(const std::string& part) const;
};

/// Reports of the steps that a run has: `first` of all; `step`, each later one; `last`, of an epoch, where it has fewer samples
/// (else null). Times and energies follow from shapes, not from values: an epoch is so many steps and the last one.
struct StepReports {
  const RunReport& first;
  const RunReport& step;
  const RunReport* last = nullptr;
};
TrainingCost cost_of(const StepReports& reports, std::int64_t train_samples);

/// Of the samples that an epoch has had, which are whole steps but for the last.
struct EpochCost {
  std::uint64_t cycles = 0;
  double energy_pj = 0;
};
EpochCost cost_of_samples(const TrainingCost& cost, std::int64_t samples, bool first_epoch);

double energy_per_image_pj(const CostRow& row);
/// Absent where no time passes.
std::optional<double> images_per_second(const CostRow& row);
/// Absent without multiply-accumulates.
std::optional<double> pj_per_mac(const CostRow& row);

/// For the terminal: what was simulated, and a table of the rows.
std::string to_text(const TrainingCost& cost);
/// The same as a section of a page.
std::string to_html(const TrainingCost& cost);
/// Of a whole epoch in few words: "12,300 images/s, 4.56 uJ an image"; `-` where there is no cost.
std::string cost_text(const std::optional<TrainingCost>& cost);

}  // namespace binade::sim
