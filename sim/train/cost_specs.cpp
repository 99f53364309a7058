// SPDX-License-Identifier: Apache-2.0
#include "sim/train/cost_specs.h"

#include <fmt/format.h>

#include <algorithm>

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
  spec.energy_table = words.energy_table.empty() ? published_energy_table() : cost::EnergyTable::load(words.energy_table);
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

}  // namespace

CostSpecs cost_specs(const TrainingParts& parts, const Settings& settings, const CostWords& words) {
  const std::int64_t all = parts.batches->train_samples(), samples = std::min(settings.train.batch, all);
  CostSpecs specs{.step = step_spec(parts, settings, words), .last_step = {}};
  RunSpec& step = specs.step;
  step.core = words.core;
  step.check = true;
  step.parameters = parts.weights;
  const Batch batch = parts.batches->train(0, 0, samples);
  input_of(step, samples).values.assign(batch.x.begin(), batch.x.end());
  step.labels.emplace(batch.y.begin(), batch.y.end());
  step.tensors = fmt::format("the first step; inputs: {}; weights: {}", parts.data, parts.initialisation);
  complete_platform(step);
  if (const std::int64_t rest = all % samples; rest > 0) {
    RunSpec& last = specs.last_step.emplace(step_spec(parts, settings, words));
    last.platform.values = false;
    input_of(last, rest);
    last.tensors = "none: shapes without values";
    complete_platform(last);
  }
  return specs;
}

}  // namespace binade::sim
