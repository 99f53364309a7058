// SPDX-License-Identifier: Apache-2.0
// The steps of a training run as runs on the platform: what `train --cost` simulates.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/config/settings.h"
#include "sim/host/core_kind.h"
#include "sim/host/run_spec.h"
#include "sim/train/training_parts.h"

namespace binade::sim {

struct CostSpecs {
  /// The first step of the run: its samples and its first weights, with the check against the golden model.
  RunSpec first;
  /// Each later step. Its cycles and energies follow from shapes, so it has no values and runs on the fast core.
  RunSpec step;
  /// Where the last step of an epoch has fewer samples: one of so many, in the same way.
  std::optional<RunSpec> last_step;
};

struct CostWords {
  CoreKind core = CoreKind::Fast;
  std::string energy_table;  ///< a file; empty: the one that comes with the program
  std::uint64_t seed = 0;    ///< of the training run
};

/// Takes the first weights of `parts`. Throws InputError where the recipe is not of the accelerator's arithmetic, or the table
/// cannot be read.
CostSpecs cost_specs(TrainingParts& parts, const Settings& settings, const CostWords& words);

}  // namespace binade::sim
