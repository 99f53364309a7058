// SPDX-License-Identifier: Apache-2.0
#include "sim/host/step_program.h"

#include <algorithm>

#include "models/numerics/error.h"
#include "sim/host/draws.h"
#include "sim/report/passes.h"

namespace binade::sim {

using operations::ElementFormat;
using operations::GemmForm;
using programs::TrainingStep;

std::string part_of(const programs::TrainingProgram& program, const TrainingStep& step) {
  const programs::TrainingTensor& made = program.tensors[static_cast<std::size_t>(step.results.front().tensor)];
  const bool loss = made.tensor_class == programs::TensorClass::Loss && step.pass == operations::Pass::Forward;
  return std::string(loss ? kLossPart : to_string(step.pass));
}

programs::TrainingChoice training_choice(const StepSpec& step, const programs::FormatChoice& formats) {
  if (formats.a || formats.b || formats.out)
    throw InputError(
        "core.format_a, core.format_b, core.format_out: not of a training step, whose passes differ; allowed: rules of a "
        "--recipe");
  return {.formats = formats, .policy = step.policy, .optimiser = step.optimiser, .loss = step.loss, .loss_scale = step.loss_scale};
}

programs::ExponentOptions exponent_options(const StepSpec& step, const FlexOptions& flex, const SdfpOptions& sdfp,
                                           std::uint64_t seed) {
  return {.flex_preset = flex.preset,
          .sdfp = {sdfp.weights, sdfp.activations, step.sdfp_gradients},
          .add_shift = sdfp.add_shift,
          .seed = static_cast<std::uint32_t>(seed),
          .passes_age = step.passes_age};
}

std::vector<std::int64_t> targets_of(const RunSpec& spec) {
  std::vector<std::int64_t> targets(static_cast<std::size_t>(samples_of(spec)));
  if (spec.labels) {
    std::copy(spec.labels->begin(), spec.labels->end(), targets.begin());
    return targets;
  }
  const auto outputs = static_cast<double>(spec.network.layers.back().out.elements());
  std::vector<double> draws(targets.size());
  draw_uniform(stream_of(spec.seed, "targets"), 0, draws);
  for (std::size_t i = 0; i < targets.size(); ++i) targets[i] = static_cast<std::int64_t>(draws[i] * outputs);
  return targets;
}

StepProgram::StepProgram(const RunSpec& spec) {
  if (!spec.step || !spec.formats) throw InvariantError("run: a training step without formats");
  programs::TensorNames names;
  program_ =
      make_training(spec.network, training_choice(*spec.step, *spec.formats), std::max<std::int64_t>(samples_of(spec), 1), names);
  update_ = make_update(program_, spec.step->rate, spec.step->step);
  for (const TrainingStep& step : program_.steps) steps_.push_back(&step);
  for (const TrainingStep& step : update_) steps_.push_back(&step);
  for (const TrainingStep& step : program_.copies) steps_.push_back(&step);
}

int StepProgram::row_of(const std::string& step) const {
  const auto found = std::find_if(steps_.begin(), steps_.end(), [&](const TrainingStep* known) { return known->name == step; });
  return found == steps_.end() ? -1 : static_cast<int>(found - steps_.begin());
}

std::vector<datapath::CoreMode> StepProgram::core_modes() const {
  std::vector<datapath::CoreMode> modes;
  for (const TrainingStep* const step : steps_) {
    const auto* const gemm = std::get_if<GemmForm>(&step->form);
    if (gemm == nullptr) continue;
    programs::Work work;
    work.mode = step->mode;
    const datapath::CoreMode mode = elaborated(mode_of(*gemm, work));
    if (std::find(modes.begin(), modes.end(), mode) == modes.end()) modes.push_back(mode);
  }
  return modes;
}

std::vector<ElementFormat> StepProgram::element_formats() const {
  std::vector<ElementFormat> formats;
  const auto add = [&formats](const ElementFormat& format) {
    if (std::find(formats.begin(), formats.end(), format) == formats.end()) formats.push_back(format);
  };
  for (const TrainingStep* const step : steps_) {
    for (const programs::StepResult& result : step->results) add(tensor(result.tensor).encoding);
    const auto* const chain = std::get_if<operations::ChainForm>(&step->form);
    if (chain == nullptr) continue;
    for (const operations::ChainConstant& constant : chain->constants) add(constant.in);
    for (const operations::ChainStep& one : chain->steps) add(one.to);
  }
  // Readers ask for a format whatever the rounding: those that nothing writes come last.
  for (const TrainingStep* const step : steps_) {
    if (std::holds_alternative<GemmForm>(step->form)) continue;
    for (const int operand : step->operands) {
      const ElementFormat& read = tensor(operand).encoding;
      const auto same = [&](const ElementFormat& known) { return known.format == read.format; };
      if (std::none_of(formats.begin(), formats.end(), same)) formats.push_back(read);
    }
  }
  return formats;
}

std::vector<std::string> row_names(const RunSpec& spec) {
  std::vector<std::string> names;
  if (spec.step) {
    const StepProgram step(spec);
    for (const TrainingStep* const one : step.steps()) names.push_back(one->name);
  } else {
    const programs::Program program = program_of(spec);
    for (const networks::Layer& layer : program.network->layers) names.push_back(layer.name);
  }
  return names;
}

}  // namespace binade::sim
