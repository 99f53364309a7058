// SPDX-License-Identifier: Apache-2.0
// What can be wrong with a training step on the platform, found before anything runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/host/device.h"
#include "sim/host/run_spec.h"
#include "sim/host/step_program.h"
#include "sim/host/tiling.h"

namespace binade::sim {

/// A tile that the run will have, on a core with elaborated memories.
void check_reach(const CoreReach& reach, const datapath::CoreConfig& core, const GemmShape& shape, const Tile& tile,
                 const std::string& where, std::vector<std::string>& problems);
/// A search takes no tile beyond reach.
TilingChoice tiling_to_check(const RunSpec& request, const CoreReach& reach);

class StepValidation {
 public:
  /// Of a request with a step, whose inputs and parameters others check. All outlive it; problems are added, one line each.
  StepValidation(const RunSpec& request, const CoreReach& reach, std::vector<std::string>& problems);

  /// That tiles, chunks and chains have descriptors; where nothing else is wrong.
  void check_tiles();

 private:
  void say(const std::string& problem) { problems_.push_back(problem); }
  void check_step();
  void check_state();
  void check_tile(const programs::TrainingStep& step);
  programs::Work work_of(const programs::TrainingStep& step) const;

  const RunSpec& request_;
  const CoreReach& reach_;
  std::vector<std::string>& problems_;
  std::optional<StepProgram> plan_;
};

}  // namespace binade::sim
