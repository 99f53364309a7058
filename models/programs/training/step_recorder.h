// SPDX-License-Identifier: Apache-2.0
// What a training step read and made, kept while it runs: its matrix products with their operands and results, and the tensors that
// are asked for.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "models/programs/training/encoded_executor.h"
#include "models/programs/training/step_product.h"

namespace binade::programs {

/// Tensors under the first of their names; what lives from step to step is there as it was before this one, under `before.NAME`,
/// where a product reads it, and as the step leaves it, under its own.
struct RecordedStep {
  NamedTensors tensors;
  std::map<std::string, std::string> names;    ///< further names of tensors, each with the first
  std::map<std::string, std::string> classes;  ///< words of models/spec/recipe.def
  std::vector<StepProduct> products;           ///< in the order of execution
};

class StepRecorder {
 public:
  /// `executor` outlives it. `keep`: names of results that are kept though no product reads or makes them.
  StepRecorder(EncodedExecutor& executor, std::function<bool(const std::string& name)> keep);

  /// A step has run (NetworkTraining::Ran).
  void ran(const TrainingProgram& program, const TrainingStep& step);
  RecordedStep take() { return std::move(recorded_); }

 private:
  /// Keeps a tensor that the executor holds, under `name` and as the program knows it.
  void hold(const std::string& name, const TrainingTensor& known, int held);
  void record_product(const TrainingProgram& program, const TrainingStep& step, const operations::GemmForm& form);

  EncodedExecutor& executor_;
  const std::function<bool(const std::string& name)> keep_;
  RecordedStep recorded_;
};

}  // namespace binade::programs
