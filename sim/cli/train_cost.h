// SPDX-License-Identifier: Apache-2.0
// `train --cost`: the first step of a training run on the simulated platform, and the files that say what it takes.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "rtl/cosim/module_cache.h"
#include "sim/config/settings.h"
#include "sim/jobs/failure.h"
#include "sim/report/run_report.h"
#include "sim/report/training_cost.h"
#include "sim/train/cost_specs.h"

namespace binade::sim {

class CostOfTraining {
 public:
  /// Takes the first weights of `parts`. Finds everything that can be wrong with what it is to simulate: throws InputError.
  /// `directory`: of its files; empty: none.
  CostOfTraining(TrainingParts& parts, const Settings& settings, const CostWords& words, int threads,
                 std::filesystem::path directory);

  /// Throws InputError where one of its files cannot be written. The directory is there.
  void check_files() const;

  /// The core that the cost in a directory has been simulated with; nothing where there is none.
  static std::optional<CoreKind> core_of(const std::filesystem::path& directory);
  /// Takes the cost that the directory holds, if it is of these very steps.
  bool keep();

  /// Simulates, each step in a process of its own, and writes the files. What it has failed of; a difference between device and
  /// golden model is exit code 1. Where a signal has ended it there is neither a failure nor a cost.
  std::optional<Failure> run();

  /// cost.json and cost.csv are no more.
  static void remove(const std::filesystem::path& directory);

  const std::optional<TrainingCost>& cost() const { return cost_; }

 private:
  /// Of the steps that there are, in the order of their reports.
  std::vector<const RunSpec*> specs() const;
  bool complete() const;
  void count();
  void write() const;

  const CostSpecs specs_;
  const std::int64_t train_samples_;
  const int threads_;
  const std::filesystem::path directory_;
  std::optional<rtl::ModuleCache> rtl_;              ///< where the core is made of it
  std::array<std::optional<RunReport>, 3> reports_;  ///< first, step, last_step
  std::optional<TrainingCost> cost_;
};

}  // namespace binade::sim
