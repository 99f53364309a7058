// SPDX-License-Identifier: Apache-2.0
// Steps in binary64, without any format: what training computes in real numbers, for finite differences and for errors.
#pragma once

#include <map>
#include <vector>

#include "models/programs/training/step_executor.h"

namespace binade::programs {

class ReferenceExecutor final : public StepExecutor {
 public:
  void write(const TrainingProgram& program, int tensor, const numerics::Reals& values) override;
  void run(const TrainingProgram& program, const TrainingStep& step) override;
  void release(int tensor) override { tensors_.erase(tensor); }
  void replace(int to, int from) override;
  bool holds(int tensor) const override { return tensors_.contains(tensor); }
  std::vector<double> values(int tensor) override { return tensors_.at(tensor); }
  std::optional<numerics::EncodedTensor> encoded(int) override { return {}; }
  void begin_step(std::uint64_t) override {}
  void begin_pass(bool) override {}
  void freeze(bool) override {}
  bool made_no_number() const override { return no_number_; }
  WriteCounts take_counts(int) override { return {}; }
  void forget_counts() override {}

 private:
  using Values = std::span<const double>;
  using Results = std::span<const std::span<double>>;
  Values operand(const TrainingStep& step, const operations::Place& place) const;
  void run_form(const TrainingProgram& program, const TrainingStep& step, const operations::GemmForm& form, Results results);
  void run_form(const TrainingProgram& program, const TrainingStep& step, const std::vector<operations::VectorForm>& forms,
                Results results);
  void run_form(const TrainingProgram& program, const TrainingStep& step, const operations::ChainForm& form, Results results);
  void run_form(const TrainingProgram& program, const TrainingStep& step, const operations::MaximumForm& form, Results results);
  void run_form(const TrainingProgram& program, const TrainingStep& step, const operations::WindowGradientForm& form,
                Results results);

  std::map<int, std::vector<double>> tensors_;
  bool no_number_ = false;
};

}  // namespace binade::programs
