// SPDX-License-Identifier: Apache-2.0
// A training step as a run: what it follows from beside what every run does (run_spec.h).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/numerics/encoded_tensor.h"
#include "models/programs/exponent_book.h"
#include "models/programs/training/training_program.h"

namespace binade::sim {

/// What of a step one of its steps is part of, as LayerReport::pass and StepSpec::passes name it: a word of row_passes().
std::string part_of(const programs::TrainingProgram& program, const programs::TrainingStep& step);

/// What lives from step to step, as the step before has left it.
struct StepState {
  std::map<std::string, numerics::EncodedTensor> tensors;  ///< weights, their copies, momenta, running statistics, by name
  programs::ExponentBook::State exponents;
};

/// What a step makes, as it was recorded (models/programs/training/step_recorder.h).
struct StepRecord {
  std::string name;    ///< the file's, for messages
  std::string digest;  ///< SHA-256 of it
  std::map<std::string, numerics::EncodedTensor> tensors;
  double loss = 0;
};

/// RunSpec::formats says the formats, RunSpec::inputs the samples of one batch (binary32 numbers), RunSpec::labels their classes
/// (absent: drawn by RunSpec::seed), RunSpec::parameters what the optimiser holds before the step.
struct StepSpec {
  operations::TrainingPolicy policy = {};
  programs::Optimiser optimiser = {};
  programs::Loss loss = programs::Loss::CrossEntropy;
  double loss_scale = 1;
  double rate = 0;                        ///< the learning rate of this step
  std::uint64_t step = 1;                 ///< from 1 on; later ones than the first have a state
  std::optional<int> sdfp_gradients = 0;  ///< as SdfpOptions; absent: automatic
  bool passes_age = true;                 ///< programs::ExponentOptions::passes_age
  std::vector<std::string> passes = {};   ///< parts of the step that are reported; empty: all. What precedes them runs too
  /// Takes the place of RunSpec::parameters; null: the first step of a training run.
  std::shared_ptr<const StepState> state = {};
  /// Every tensor of it that the step reads or makes is compared; a difference is a MismatchError. Null: none.
  std::shared_ptr<const StepRecord> record = {};
};

}  // namespace binade::sim
