// SPDX-License-Identifier: Apache-2.0
#include "sim/run/spec_settings.h"

#include <string>

#include "models/numerics/format_words.h"
#include "sim/run/step_settings.h"

namespace binade::sim {

void apply_settings(const Settings& resolved, RunSpec& spec) {
  const bool values = spec.platform.values;
  spec.format = resolved.formats.front();
  spec.platform = platform_of(resolved);
  spec.platform.values = values;
  spec.flex = resolved.flex;
  spec.sdfp = resolved.sdfp;
  spec.clock_of_table = resolved.clock_of_table;
  spec.fold_batchnorm = resolved.fold_batchnorm;
  spec.tiling = resolved.tiling;
}

namespace {

TrainSettings train_of(const RunSpec& spec) {
  if (!spec.step) return {};
  auto train = train_settings_of(*spec.step, samples_of(spec));
  auto untouched = train;
  untouched.flex_age = kAuto;
  if (step_of(untouched, spec.flex).passes_age == spec.step->passes_age) train.flex_age = kAuto;  // nobody has set it
  return train;
}

/// What the choice says of formats, nothing of modes that follow from it.
Settings settings_of(const RunSpec& spec, const programs::FormatChoice& choice) {
  const auto word = [](const std::optional<numerics::FormatSpec>& format) {
    return format ? numerics::to_string(*format) : std::string(kAuto);
  };
  Settings settings = resolved_for({.platform = spec.platform,
                                    .flex = spec.flex,
                                    .sdfp = spec.sdfp,
                                    .fold_batchnorm = spec.fold_batchnorm,
                                    .tiling = spec.tiling,
                                    .train = train_of(spec)},
                                   to_string(choice.format));
  settings.format_a = word(choice.a);
  settings.format_b = word(choice.b);
  settings.format_out = word(choice.out);
  settings.accumulate = choice.accumulate ? std::string(to_string(*choice.accumulate)) : kAuto;
  settings.rounding = choice.rounding ? std::string(to_string(*choice.rounding)) : kAuto;
  const numerics::AccumulateSpec untouched;
  settings.platform.core.accumulate.acc_bits = choice.acc_bits.value_or(untouched.acc_bits);
  settings.platform.core.accumulate.block = choice.block.value_or(untouched.block);
  settings.platform.core.accumulate.chain = choice.chain.value_or(untouched.chain);
  settings.platform.core.accumulate.bias = choice.bias.value_or(untouched.bias);
  return settings;
}

}  // namespace

KeySet keys_of(const RunSpec& spec) { return spec.step ? KeySet::Step : KeySet::Run; }

Settings settings_of(const RunSpec& spec) {
  if (spec.formats) return settings_of(spec, *spec.formats);
  const datapath::CoreConfig& core = spec.platform.core;
  const std::string own = spec.format.empty() ? numerics::to_string(core.format.out) : spec.format;
  Settings settings;
  settings.formats = {own};
  settings.format_a = numerics::to_string(core.format.a);
  settings.format_b = numerics::to_string(core.format.b);
  settings.format_out = numerics::to_string(core.format.out);
  settings.accumulate = to_string(core.accumulate.policy);
  settings.rounding = to_string(core.accumulate.rounding);
  settings.platform = spec.platform;
  settings.flex = spec.flex;
  settings.sdfp = spec.sdfp;
  settings.fold_batchnorm = spec.fold_batchnorm;
  settings.tiling = spec.tiling;
  settings.train = train_of(spec);
  return resolved_for(settings, own);
}

}  // namespace binade::sim
