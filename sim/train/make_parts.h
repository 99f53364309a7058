// SPDX-License-Identifier: Apache-2.0
// The parts of a training run from words: network, samples, first weights, learning rate, and a session of them.
#pragma once

#include "sim/train/training_parts.h"

namespace binade::sim {

/// Throws InputError.
TrainingParts make_training_parts(const TrainWords& words, const Settings& settings, const RecipeFile* recipe, const NoteSink& note,
                                  const SessionMaker& make_session);

}  // namespace binade::sim
