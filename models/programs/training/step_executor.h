// SPDX-License-Identifier: Apache-2.0
// Executes the steps of training programs: tensors live from the step that makes them to the last that reads them, persistent ones
// on and on. What carries a step out is another matter: a machine in encoded tensors, or binary64.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/numerics/encoded_tensor.h"
#include "models/numerics/reals.h"
#include "models/programs/training/training_program.h"

namespace binade::programs {

/// What happened to a tensor since it was last asked for.
struct WriteCounts {
  std::uint64_t writes = 0;  ///< elements
  std::uint64_t overflows = 0, underflows = 0;
  std::optional<int> exponent;  ///< of the last write; of formats that share one, and scales
};

class StepExecutor {
 public:
  virtual ~StepExecutor() = default;

  /// The host writes a tensor of the program.
  virtual void write(const TrainingProgram& program, int tensor, const numerics::Reals& values) = 0;
  /// Runs one step; its operands are there.
  virtual void run(const TrainingProgram& program, const TrainingStep& step) = 0;
  virtual void release(int tensor) = 0;
  /// `to` is what `from` was, and `from` is no more.
  virtual void replace(int to, int from) = 0;
  virtual bool holds(int tensor) const = 0;

  /// Exact values of a tensor that is there.
  virtual std::vector<double> values(int tensor) = 0;
  /// Its codes and exponent, which of floats is that of their scale, where they have one; nothing where it is held as binary64.
  virtual std::optional<numerics::EncodedTensor> encoded(int tensor) = 0;

  /// Step `step` of the run, from 1 on: what is drawn follows from it.
  virtual void begin_step(std::uint64_t step) = 0;
  /// The forward pass begins, or what follows it: what is written from here on is written once.
  virtual void begin_pass(bool forward) = 0;
  /// Exponents stay as they are, and no write is recorded or counted, until told otherwise.
  virtual void freeze(bool frozen) = 0;
  /// Whether run() has just made an element that is no number: NaN, NaR, infinite, or what had none of them to be.
  virtual bool made_no_number() const = 0;
  /// Of a tensor, since the last call for it.
  virtual WriteCounts take_counts(int tensor) = 0;
  /// What was written so far counts nowhere: initial weights, a checkpoint's.
  virtual void forget_counts() = 0;
};

struct StepHooks {
  std::function<bool(int tensor)> keep;                ///< tensors that stay after their last reader; empty: none
  std::function<void(const TrainingStep& step)> made;  ///< told of each result before anything is released; may be empty
};
/// Runs steps in order. Tensors are released after their last reader, but persistent ones and those that the hooks keep.
void run_steps(StepExecutor& executor, const TrainingProgram& program, std::span<const TrainingStep* const> steps,
               const StepHooks& hooks);

}  // namespace binade::programs
