// SPDX-License-Identifier: Apache-2.0
// The result of one `binade train` as plain data; writers turn it into history.csv, tensors.csv, report.json, report.html and the
// terminal's table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/report/exponent_series.h"
#include "sim/report/training_cost.h"

namespace binade::sim {

/// A row of history.csv. The last one of a run that stopped within an epoch has fewer samples.
struct EpochRow {
  std::int64_t epoch = 0;  ///< from 1
  std::uint64_t step = 0;  ///< steps done by its end
  std::int64_t samples = 0;
  double train_loss = 0, train_accuracy = 0;
  std::optional<double> test_loss = {}, test_accuracy = {};
  double lr = 0;  ///< of its last step
  std::uint64_t overflows = 0, underflows = 0;
  double images_per_second = 0;
  double train_seconds = 0;
  /// Of its steps on the accelerator; absent: not asked for.
  std::optional<std::uint64_t> accelerator_cycles = {};
  std::optional<double> accelerator_energy_pj = {};

  bool operator==(const EpochRow&) const = default;
};

/// A row of tensors.csv.
struct TensorRow {
  std::int64_t epoch = 0;
  std::string tensor, pass;
  std::optional<int> exponent = {};
  std::uint64_t writes = 0, overflows = 0, underflows = 0;

  bool operator==(const TensorRow&) const = default;
};

struct TrainingReport {
  std::string network, network_source;
  std::string recipe;          ///< its name and what its parameters were given
  std::string data;            ///< where the samples came from, in words
  std::string initialisation;  ///< where the first weights came from
  std::int64_t train_samples = 0, test_samples = 0;
  std::uint64_t seed = 0;
  std::string order, augmentation;
  std::vector<std::pair<std::string, std::string>> config;  ///< resolved configuration, key and value in key order
  std::vector<std::string> overrides;                       ///< keys of `config` whose value is not the default
  std::string formats;                                      ///< a line a tensor: layer, class, format, accumulate, rounding
  std::string status;                                       ///< complete, interrupted, or why it ended before
  std::string identity;                                     ///< SHA-256 of what the results follow from
  std::vector<EpochRow> history;
  std::vector<TensorRow> tensors;
  std::optional<TrainingCost> cost = {};
  std::vector<ExponentSeries> exponents;
};

/// The cost, and of each epoch what its samples make of it.
void add_cost(const TrainingCost& cost, TrainingReport& report);

inline constexpr const char* kComplete = "complete";
inline constexpr const char* kInterrupted = "interrupted";

}  // namespace binade::sim
