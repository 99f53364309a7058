// SPDX-License-Identifier: Apache-2.0
// One step of a training program on a machine: exponents chosen, one or two passes of its form, results written. The order is here
// alone, so every machine has the same. What LayerExecution (layer_execution.h) is to a forward pass.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "models/programs/layer_execution.h"
#include "models/programs/training/training_program.h"

namespace binade::programs {

/// How a tensor of a class is quantised.
exponent::TensorClass quantised_as(TensorClass tensor_class);

/// The tensor as a machine stores it, without an address.
StoredTensor stored_as(const TrainingTensor& tensor);
/// A step's mode and its operands, each `stored(index)`.
template <class Stored>
Work operands_of(const TrainingStep& step, Stored stored) {
  Work work;
  work.mode = step.mode;
  for (const int operand : step.operands) work.inputs.push_back(stored(operand));
  if (step.weight >= 0) work.weight = stored(step.weight);
  if (step.bias >= 0) work.bias = stored(step.bias);
  return work;
}

/// The second pass of products whose exponent follows from the finished tensor: of raw integers of as many bytes.
operations::VectorForm requantise_sums(std::int64_t elements, int raw_bytes);

/// Exponents of scales, by tensor: of each that has one, at its last write. Who read it may be scaled when it is gone.
using TensorScales = std::map<int, int>;

class StepExecution {
 public:
  /// `operands`: operands_of() the step. All but that outlive the execution.
  StepExecution(Machine& machine, ExponentBook& book, const ExecutionOptions& options, const TensorScales& scales,
                const TrainingProgram& program, const TrainingStep& step, Work operands, std::uint32_t seed);

  /// Runs the step. Results are the caller's to release.
  void run();

  const TrainingProgram& program() const { return program_; }
  const TrainingStep& step() const { return step_; }
  /// Operands and results, as the machine has them.
  const Work& work() const { return work_; }
  const StoredTensor& result(std::size_t i) const { return i == 0 ? work_.output : work_.further[i - 1].tensor; }
  /// Of tensors that were written before; and of result i, where it has one.
  const TensorScales& scales() const { return scales_; }
  std::optional<int> scale(std::size_t i) const;
  /// Of each result.
  const std::vector<TensorStats>& stats() const { return stats_; }
  std::uint32_t seed() const { return work_.seed; }
  /// Runs of Algorithm 1 on the machine; absent where none was asked for or every history predicted.
  std::optional<int> tries() const { return tries_; }
  /// The bias as sums with an LSB of 2^product_exponent take it where their exponent comes after them: its LSB is not below theirs.
  /// The caller's to release. Precondition: the step is a product with a bias.
  StoredTensor aligned_bias(int product_exponent) const;
  /// Distinct bytes that the step reads and writes, what lies between its passes included.
  std::int64_t unique_bytes() const;

 private:
  struct Exponent {
    int lsb = 0;
    bool predicted = false;  ///< by a history, which is told what was written
  };

  StoredTensor& output(std::size_t i) { return i == 0 ? work_.output : work_.further[i - 1].tensor; }
  void allocate();
  const TrainingTensor& made(std::size_t i) const { return program_.tensors[static_cast<std::size_t>(step_.results[i].tensor)]; }
  /// Sums first, their exponent from the finished tensor.
  bool needs_sums() const;
  Exponent exponent_of(std::size_t i);
  Exponent flex_exponent(std::size_t i);
  TensorStats run_twice();
  /// Chooses the scales of results and makes the chain's constants that follow from scales.
  void apply_scales();
  std::vector<TensorStats> run_form(Machine& machine, const Work& work) const;

  Machine& machine_;
  ExponentBook& book_;
  const ExecutionOptions& options_;
  const TensorScales& scales_;
  const TrainingProgram& program_;
  const TrainingStep& step_;
  Work work_;
  std::optional<operations::ChainForm> scaled_;  ///< the step's chain, where it has constants that follow from scales
  TensorScales chosen_;
  std::vector<TensorStats> stats_;
  std::optional<int> tries_;
  std::int64_t between_bytes_ = 0;  ///< raw sums
};

/// Told of every step around its execution.
class StepObserver {
 public:
  virtual ~StepObserver() = default;
  virtual void begins(const StepExecution& execution) = 0;
  virtual void executed(const StepExecution& execution) = 0;
};

}  // namespace binade::programs
