// SPDX-License-Identifier: Apache-2.0
// What a training step read and made, kept while it runs: its matrix products with their operands and results, and the tensors that
// are asked for.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/programs/training/step_execution.h"
#include "models/programs/training/step_product.h"

namespace binade::programs {

/// Tensors under the first of their names; what lives from step to step is there as it was before this one, under `before.NAME`,
/// where a product reads it, and as the step leaves it, under its own. `bias.NAME` is the bias of the product that makes NAME as
/// its sums took it, where their exponent came after them.
struct RecordedStep {
  NamedTensors tensors;
  std::map<std::string, std::string> names;    ///< further names of tensors, each with the first
  std::map<std::string, std::string> classes;  ///< words of models/spec/recipe.def
  std::vector<StepProduct> products;           ///< in the order of execution
};

/// An operand of a product as its machine has it.
struct RecordedOperand {
  std::string name;  ///< that a RecordedStep has it under
  const TrainingTensor& tensor;
  const StoredTensor& stored;
  std::optional<int> scale;  ///< its exponent, of a tensor that has one
};
/// A, B and, where there is one, the bias. They live as long as the execution.
std::vector<RecordedOperand> product_operands(const StepExecution& execution, const operations::GemmForm& form);

class StepRecorder final : public StepObserver {
 public:
  /// `machine` carries the steps out and outlives the recorder. `keep`: names of results that are kept though no product reads or
  /// makes them.
  StepRecorder(Machine& machine, std::function<bool(const std::string& name)> keep);

  void begins(const StepExecution& /*execution*/) override {}
  void executed(const StepExecution& execution) override;
  RecordedStep take() { return std::move(recorded_); }

 private:
  void hold(const std::string& name, const TrainingTensor& known, const StoredTensor& stored, std::optional<int> scale);
  void record_product(const StepExecution& execution, const operations::GemmForm& form);

  Machine& machine_;
  const std::function<bool(const std::string& name)> keep_;
  RecordedStep recorded_;
};

}  // namespace binade::programs
