// SPDX-License-Identifier: Apache-2.0
// Trains a network on an executor, step by step: the programs of its batch sizes, what the host writes before a step, and the loss
// that it reads after it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/operations/tensor.h"
#include "models/programs/training/step_executor.h"

namespace binade::programs {

class NetworkTraining {
 public:
  struct Outcome {
    double loss = 0;           ///< mean over the samples (and, mean square, the outputs)
    std::int64_t correct = 0;  ///< samples whose target has the largest output, the first of equals
    std::int64_t samples = 0;
    bool lasts = true;  ///< every element that later steps read, of weights, copies, momenta, statistics, is a finite number
  };
  /// Told of the names of each result of a step, in order of their making, while the executor holds it.
  using Watch = std::function<void(const std::string& name, const TrainingTensor& tensor, int index)>;

  /// All outlive it. `seed`: of dropout's masks. `watches`: steps may be watched; where none is, copies of weights that only
  /// watched steps read are not made. Throws InputError as make_training() does.
  NetworkTraining(const networks::Network& network, const TrainingChoice& choice, StepExecutor& executor, std::uint32_t seed,
                  bool watches = true);

  /// Every parameter of the network, in PyTorch's layouts.
  void set_parameters(const operations::Parameters& parameters);

  /// One step at learning rate `rate`. `x`: samples row-major, as many as `targets`; `step`: from 1 on.
  Outcome step(std::span<const float> x, std::span<const std::int64_t> targets, double rate, std::uint64_t step,
               const Watch& watch);
  Outcome evaluate(std::span<const float> x, std::span<const std::int64_t> targets);
  /// Of the last step: the step that first made an element that is no number; empty: none did.
  const std::string& first_bad_tensor() const { return first_bad_; }

  /// The program of a batch of `samples`; `whole`: with the gradient of the network's input, which no step needs.
  const TrainingProgram& program(std::int64_t samples, bool whole = false);
  const TrainingProgram& evaluation(std::int64_t samples);
  /// One with every tensor that any of them has, whatever its batch.
  const TrainingProgram& reference() { return program(2, true); }
  /// Tensors that live from step to step, by their names: weights, copies, momenta, running statistics.
  std::map<std::string, int> persistent();
  StepExecutor& executor() { return executor_; }

 private:
  void write_given(const TrainingProgram& program, std::span<const float> x, std::span<const std::int64_t> targets,
                   std::uint64_t step);
  void copy_parameters(const TrainingProgram& program);
  /// Of `step`, which has just run.
  void note_bad(const TrainingStep& step);
  bool lasts();
  Outcome outcome(const TrainingProgram& program, std::span<const std::int64_t> targets);

  const networks::Network& network_;
  const TrainingChoice choice_;
  StepExecutor& executor_;
  const std::uint32_t seed_;
  const bool watches_;
  TensorNames names_;
  std::map<std::pair<std::int64_t, bool>, std::unique_ptr<TrainingProgram>> programs_;
  std::map<std::int64_t, std::unique_ptr<TrainingProgram>> evaluations_;
  std::string first_bad_;
};

}  // namespace binade::programs
