// SPDX-License-Identifier: Apache-2.0
#include "sim/run/step_settings.h"

#include <algorithm>
#include <array>

#include "models/numerics/error.h"
#include "models/spec/train_words.h"

namespace binade::sim {
namespace {

template <class Enum, std::size_t N>
Enum enumerator_of(const std::array<std::string_view, N>& words, const std::string& word) {
  return static_cast<Enum>(std::find(words.begin(), words.end(), word) - words.begin());
}
template <class Enum, std::size_t N>
std::string word_of(const std::array<std::string_view, N>& words, Enum enumerator) {
  return std::string(words.at(static_cast<std::size_t>(enumerator)));
}

}  // namespace

StepSpec step_of(const TrainSettings& train, const FlexOptions& flex) {
  StepSpec step;
  step.policy = {.weight_order = enumerator_of<operations::KOrder>(spec::kWeightOrderWords, train.weight_order),
                 .bias_per_sample = train.bias_sums == spec::kBiasSumsWords[1],
                 .average_gradients = train.average == spec::kAverageWords[1],
                 .stepwise = train.elementwise == spec::kElementwiseWords[1]};
  step.optimiser = {.method = enumerator_of<programs::Optimiser::Method>(spec::kOptimiserWords, train.optimiser),
                    .momentum = train.momentum,
                    .dampening = train.dampening,
                    .weight_decay = train.weight_decay,
                    .nesterov = train.nesterov,
                    .alpha = train.alpha,
                    .beta1 = train.beta1,
                    .beta2 = train.beta2,
                    .epsilon = train.epsilon};
  step.loss = enumerator_of<programs::Loss>(spec::kLossWords, train.loss);
  step.loss_scale = static_cast<double>(train.loss_scale);
  step.rate = train.lr;
  step.sdfp_gradients = train.sdfp_gradients;
  step.passes_age = train.flex_age == kAuto ? flex.preset == "paper" : train.flex_age == spec::kFlexAgeWords[0];
  return step;
}

TrainSettings train_settings_of(const StepSpec& step, std::int64_t batch) {
  TrainSettings train;
  train.batch = batch;
  train.lr = step.rate;
  train.optimiser = word_of(spec::kOptimiserWords, step.optimiser.method);
  train.momentum = step.optimiser.momentum;
  train.dampening = step.optimiser.dampening;
  train.nesterov = step.optimiser.nesterov;
  train.weight_decay = step.optimiser.weight_decay;
  train.alpha = step.optimiser.alpha;
  train.beta1 = step.optimiser.beta1;
  train.beta2 = step.optimiser.beta2;
  train.epsilon = step.optimiser.epsilon;
  train.loss = word_of(spec::kLossWords, step.loss);
  train.loss_scale = static_cast<std::int64_t>(step.loss_scale);
  train.average = word_of(spec::kAverageWords, step.policy.average_gradients);
  train.weight_order = word_of(spec::kWeightOrderWords, step.policy.weight_order);
  train.bias_sums = word_of(spec::kBiasSumsWords, step.policy.bias_per_sample);
  train.elementwise = word_of(spec::kElementwiseWords, step.policy.stepwise);
  train.sdfp_gradients = step.sdfp_gradients;
  train.flex_age = word_of(spec::kFlexAgeWords, step.passes_age ? 0 : 1);
  return train;
}

void set_step(const TrainSettings& train, RunSpec& spec) {
  if (train.arithmetic != spec::kArithmeticWords[0])
    throw InputError("train.arithmetic: " + train.arithmetic +
                     ": no accelerator computes in it; allowed: " + std::string(spec::kArithmeticWords[0]));
  spec.step = step_of(train, spec.flex);
}

}  // namespace binade::sim
