// SPDX-License-Identifier: Apache-2.0
// What the keys train.* say of one training step, and back.
#pragma once

#include "sim/config/settings.h"
#include "sim/host/step_spec.h"

namespace binade::sim {

/// Optimiser, loss, policies and exponents; the rate is train.lr before the schedule.
StepSpec step_of(const TrainSettings& train, const FlexOptions& flex);
/// Keys that a step follows from, as step_of() reads them; the others have their defaults.
TrainSettings train_settings_of(const StepSpec& step, std::int64_t batch);

/// Makes the spec, which has its settings and formats, a training step. Throws InputError where the arithmetic is not the
/// accelerator's.
void set_step(const TrainSettings& train, RunSpec& spec);

}  // namespace binade::sim
