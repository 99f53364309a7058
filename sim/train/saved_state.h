// SPDX-License-Identifier: Apache-2.0
// What lives from step to step in number formats, as the arrays of a checkpoint or of a step's trace.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "models/programs/training/training_program.h"
#include "sim/data/saved_array.h"
#include "sim/host/step_spec.h"

namespace binade::sim {

/// Names of arrays: `tensor/NAME`, codes or doubles; `exponent/NAME`, of codes that share one or have a scale.
inline const std::string kSavedTensor = "tensor/", kSavedExponent = "exponent/";

/// One of them. Throws InputError where it is not there.
const SavedArray& saved_array(const std::map<std::string, SavedArray>& saved, const std::string& name);

/// The tensors of a training and the histories of its exponents. `reference`, `persistent`: NetworkTraining's; `needed`: whether a
/// tensor may not be absent. Throws InputError that names the array where one is not what such a training saves.
StepState state_of(const std::map<std::string, SavedArray>& saved, const programs::TrainingProgram& reference,
                   const std::map<std::string, int>& persistent, const std::function<bool(int tensor)>& needed);

/// The second part alone.
programs::ExponentBook::State exponents_of(const std::map<std::string, SavedArray>& saved,
                                           const programs::TrainingProgram& reference);

/// Mantissa width of a tensor whose exponents have a history, 0 of others.
int history_bits(const programs::TrainingProgram& reference, std::int64_t writer);

/// Throws InputError where an array is of no tensor of the training.
void check_names(const std::map<std::string, SavedArray>& saved, const std::map<std::string, int>& persistent);
/// Throws InputError where the array has not as many elements as its tensor.
void check_elements(const std::string& name, const programs::TrainingTensor& tensor, std::size_t elements);

}  // namespace binade::sim
