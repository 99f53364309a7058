// SPDX-License-Identifier: Apache-2.0
// A session whose steps can be taken down: what its products read, as codes.
#pragma once

#include "models/programs/training/step_recorder.h"
#include "sim/train/session.h"

namespace binade::sim {

class RecordingSession : public Session {
 public:
  /// step(), and what it read and made: all that a capture of it has but what no step needs, and the operands of its products.
  /// Throws InputError where tensors are real numbers.
  virtual StepResult record(std::span<const float> x, std::span<const std::int64_t> y, double lr, std::uint64_t step,
                            programs::RecordedStep& recorded) = 0;
};

}  // namespace binade::sim
