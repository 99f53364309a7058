// SPDX-License-Identifier: Apache-2.0
// Training steps that take no time: small networks, recipes as they ship, a small array.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/config/settings.h"
#include "sim/host/run_spec.h"

namespace binade::support {

struct StepWords {
  std::string network = "mlp";    ///< of training_networks(); otherwise a workload's
  std::string recipe = {};        ///< one that ships, with its parameters; empty: none
  std::string format = "posit8";  ///< without a recipe
  std::int64_t samples = 3;
  std::vector<std::string> assignments = {};  ///< key=value, after the recipe's
};

/// The first step of training from drawn weights, samples and targets, on a 4x4 array with scratchpads of a few KiB.
sim::RunSpec step_spec(const StepWords& words);
/// The step after `spec`'s, with the state that the golden model's execution of that leaves.
sim::RunSpec next_step(const sim::RunSpec& spec);

}  // namespace binade::support
