// SPDX-License-Identifier: Apache-2.0
// How far a training run is, and what it has to show: everything of a run but the session's own state.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/report/training_report.h"
#include "sim/train/session.h"

namespace binade::sim {

struct TrainState {
  std::uint64_t step = 0;     ///< steps done
  std::int64_t epoch = 0;     ///< epochs done, evaluation included
  std::int64_t position = 0;  ///< samples of the current epoch done

  // Of the current epoch. The loss is a sum over samples, added up step by step.
  double loss_sum = 0, lr = 0, seconds = 0;
  std::int64_t correct = 0;
  std::vector<TensorRow> current;

  std::vector<ExponentSeries> exponents;  ///< over all steps

  // Of the epochs done.
  std::vector<EpochRow> history;
  std::vector<TensorRow> tensors;

  bool operator==(const TrainState&) const = default;

  /// Why no run over `samples` in batches of `batch` comes to this state; empty: one does.
  std::string problem(std::int64_t samples, std::int64_t batch) const;

  void add(const StepResult& result, double rate, double took);
  /// What a session has counted since it was last asked, into `current`: sums, and the last exponent.
  void add(std::span<const TensorHistory> counts);
  /// The exponents that the step just added has written, into `exponents`.
  void record(std::span<const TensorHistory> counts);
  /// The row of the current epoch as it stands; `test`: null where there is no test set.
  EpochRow row(const StepResult* test) const;
  /// Closes the current epoch.
  void finish_epoch(const StepResult* test);
};

}  // namespace binade::sim
