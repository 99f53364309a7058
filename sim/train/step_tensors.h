// SPDX-License-Identifier: Apache-2.0
// What files call the tensors of a training step, and what they say of their formats.
#pragma once

#include <optional>
#include <string>

#include "models/programs/training/training_program.h"

namespace binade::sim {

/// The key of a tensor in a capture (docs/training.md): nothing where a capture does not hold it. `scaled`: it has a scale.
std::optional<std::string> capture_key(const std::string& name, bool scaled);

/// A line a tensor that a step makes, then those that the host writes: name, class, format, accumulate, rounding. `reference`: of a
/// training, whatever the batch (NetworkTraining::reference()).
std::string format_lines(const programs::TrainingProgram& reference);

}  // namespace binade::sim
