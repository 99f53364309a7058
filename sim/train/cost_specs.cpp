// SPDX-License-Identifier: Apache-2.0
#include "sim/train/cost_specs.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/run/cost_choice.h"
#include "sim/run/simulate.h"
#include "sim/run/spec_settings.h"
#include "sim/run/step_settings.h"

namespace binade::sim {
namespace {

/// All but the samples.
RunSpec step_spec(const TrainingParts& parts, const Settings& settings, const CostWords& words) {
  RunSpec spec;
  spec.network = *parts.network;
  apply_settings(resolved_for(settings, settings.formats.front()), spec);
  spec.formats = parts.formats;
  set_step(settings.train, spec);
  spec.step->rate = parts.lr(0, 0);
  spec.seed = words.seed;
  choose_costs(words.energy_table, "fixed", spec);  // all steps alike, though the first alone has operands
  spec.reference = false;
  return spec;
}

operations::Tensor& input_of(RunSpec& spec, std::int64_t samples) {
  const networks::Layer& input = spec.network.layers.at(static_cast<std::size_t>(networks::input_layers(spec.network).front()));
  operations::Tensor& tensor = spec.inputs[input.name];
  tensor.shape = {samples, input.out.channels, input.out.height, input.out.width};
  spec.batch = samples;
  return tensor;
}

/// Of a step after the first: with states of the optimiser to read, and without tries of Flexpoint's first exponents.
RunSpec later_step(const TrainingParts& parts, const Settings& settings, const CostWords& words, std::int64_t samples) {
  RunSpec spec = step_spec(parts, settings, words);
  spec.step->step = 2;
  spec.flex.init_on_device = false;
  spec.platform.values = false;
  input_of(spec, samples);
  spec.tensors = "none: shapes without values";
  complete_platform(spec);
  return spec;
}

}  // namespace

CostSpecs cost_specs(TrainingParts& parts, const Settings& settings, const CostWords& words) {
  const std::int64_t all = parts.batches->train_samples(), samples = std::min(settings.train.batch, all);
  CostSpecs specs{.first = step_spec(parts, settings, words), .step = later_step(parts, settings, words, samples), .last_step = {}};
  RunSpec& first = specs.first;
  first.core = words.core;
  first.check = true;
  first.parameters = std::exchange(parts.weights, {});
  const Batch batch = parts.batches->train(0, 0, samples);
  input_of(first, samples).values.assign(batch.x.begin(), batch.x.end());
  first.labels.emplace(batch.y.begin(), batch.y.end());
  first.tensors = fmt::format("the first step; inputs: {}; weights: {}", parts.data, parts.initialisation);
  complete_platform(first);
  if (const std::int64_t rest = all % samples; rest > 0) specs.last_step = later_step(parts, settings, words, rest);
  return specs;
}

}  // namespace binade::sim
