// SPDX-License-Identifier: Apache-2.0
// Steps in encoded tensors and, tensor by tensor before them, the same in real numbers: what a step's errors are measured against.
#pragma once

#include "models/programs/training/encoded_executor.h"
#include "models/programs/training/reference_executor.h"
#include "sim/host/wall_clock.h"

namespace binade::sim {

class ShadowedExecutor final : public programs::StepExecutor {
 public:
  /// `encoded` outlives it, `clock` too where there is one.
  ShadowedExecutor(programs::EncodedExecutor& encoded, WallClock* clock) : encoded_(encoded), clock_(clock) {}

  void write(const programs::TrainingProgram& program, int tensor, const numerics::Reals& values) override {
    shadow_.write(program, tensor, values);
    encoded_.write(program, tensor, values);
  }
  /// Who observes the encoded one finds the results of the step in the shadow already.
  void run(const programs::TrainingProgram& program, const programs::TrainingStep& step) override {
    {
      const WallClock::Scope scope(clock_, WallPart::Reference);
      shadow_.run(program, step);
    }
    encoded_.run(program, step);
  }
  void release(int tensor) override {
    shadow_.release(tensor);
    encoded_.release(tensor);
  }
  void replace(int to, int from) override {
    shadow_.replace(to, from);
    encoded_.replace(to, from);
  }
  /// The tensor's values are from here on those of its codes; those of copies follow from what they are copies of by
  /// copy_parameters().
  void restore(const programs::TrainingProgram& program, int tensor, const numerics::EncodedTensor& codes) {
    encoded_.restore(tensor, codes);
    shadow_.write(program, tensor, numerics::Reals(encoded_.values(tensor)));
  }
  void copy_parameters(const programs::TrainingProgram& program) {
    std::vector<const programs::TrainingStep*> copies;
    for (const programs::TrainingStep& copy : program.copies) copies.push_back(&copy);
    run_steps(shadow_, program, copies, {});
  }
  /// In real numbers; of tensors that are there.
  std::vector<double> real_values(int tensor) { return shadow_.values(tensor); }

  bool holds(int tensor) const override { return encoded_.holds(tensor); }
  std::vector<double> values(int tensor) override { return encoded_.values(tensor); }
  std::optional<numerics::EncodedTensor> encoded(int tensor) override { return encoded_.encoded(tensor); }
  void begin_step(std::uint64_t step) override { encoded_.begin_step(step); }
  void begin_pass(bool forward) override { encoded_.begin_pass(forward); }
  void freeze(bool frozen) override { encoded_.freeze(frozen); }
  bool made_no_number() const override { return encoded_.made_no_number(); }
  programs::WriteCounts take_counts(int tensor) override { return encoded_.take_counts(tensor); }
  void forget_counts() override { encoded_.forget_counts(); }

 private:
  programs::EncodedExecutor& encoded_;
  programs::ReferenceExecutor shadow_;
  WallClock* clock_;
};

}  // namespace binade::sim
