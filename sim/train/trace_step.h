// SPDX-License-Identifier: Apache-2.0
// `binade trace --step`: a training run up to one of its steps, and that step with everything that it reads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

#include "sim/data/step_trace.h"
#include "sim/train/trainer.h"
#include "sim/train/training_parts.h"

namespace binade::sim {

struct TracedStepChoice {
  std::uint64_t step = 1;               ///< from 1 on
  std::int64_t batch = 1, epochs = 1;   ///< of the run
  std::optional<std::int64_t> samples;  ///< the step sees the first ones of its batch alone
};

/// The steps before it train on whole batches, as `binade train` does; there is no evaluation. Throws InputError where the run has
/// no such step, its batch fewer samples, or a loss on the way is no finite number. Empty: stopped. Of the facts, the words of
/// recipe, keys and seed are the caller's to fill in.
std::optional<StepTrace> trace_step(const TrainingParts& parts, const TracedStepChoice& choice,
                                    const std::function<void(const TrainProgress&)>& progress, const std::atomic<bool>* stop);

}  // namespace binade::sim
