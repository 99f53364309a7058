// SPDX-License-Identifier: Apache-2.0
// Steps in encoded tensors on a machine: what the accelerator computes, bit for bit.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/programs/training/step_execution.h"
#include "models/programs/training/step_executor.h"

namespace binade::programs {

class EncodedExecutor final : public StepExecutor {
 public:
  /// All outlive it. `options.seed` is mixed with the step's number, so that stochastic rounding draws anew.
  EncodedExecutor(Machine& machine, ExponentBook& book, const ExecutionOptions& options)
      : machine_(machine), book_(book), options_(options) {}

  void write(const TrainingProgram& program, int tensor, const numerics::Reals& values) override;
  void run(const TrainingProgram& program, const TrainingStep& step) override;
  void release(int tensor) override;
  void replace(int to, int from) override;
  bool holds(int tensor) const override { return tensors_.contains(tensor); }
  std::vector<double> values(int tensor) override;
  std::optional<numerics::EncodedTensor> encoded(int tensor) override;
  void begin_step(std::uint64_t step) override { step_ = step; }
  void begin_pass(bool forward) override;
  void freeze(bool frozen) override {
    frozen_ = frozen;
    book_.freeze(frozen);
  }
  bool made_no_number() const override { return no_number_; }
  WriteCounts take_counts(int tensor) override;
  void forget_counts() override { counts_.clear(); }

  /// Who is told of every step from here on; null: nobody. It outlives what it is told of.
  void observe(StepObserver* observer) { observer_ = observer; }

  /// Puts codes and their exponent, or scale, in place of a tensor: a checkpoint's.
  void restore(int tensor, const numerics::EncodedTensor& encoded);

 private:
  std::string when() const;
  std::uint32_t seed() const;
  void counted(int tensor, const TensorStats& stats, const StoredTensor& stored, std::optional<int> scale = {});

  Machine& machine_;
  ExponentBook& book_;
  const ExecutionOptions& options_;
  StepObserver* observer_ = nullptr;
  std::map<int, StoredTensor> tensors_;
  TensorScales scales_;
  std::map<int, WriteCounts> counts_;
  std::uint64_t step_ = 0;
  bool no_number_ = false, frozen_ = false;
};

}  // namespace binade::programs
