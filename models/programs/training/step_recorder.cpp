// SPDX-License-Identifier: Apache-2.0
#include "models/programs/training/step_recorder.h"

#include <utility>

#include "models/numerics/error.h"

namespace binade::programs {

using numerics::EncodedTensor;
using operations::GemmForm;
using operations::Place;
using operations::Role;

StepRecorder::StepRecorder(EncodedExecutor& executor, std::function<bool(const std::string& name)> keep)
    : executor_(executor), keep_(std::move(keep)) {}

void StepRecorder::hold(const std::string& name, const TrainingTensor& known, int held) {
  const auto [place, fresh] = recorded_.tensors.try_emplace(name);
  if (!fresh) return;
  place->second = *executor_.encoded(held);
  place->second.shape = known.shape;
  recorded_.classes.emplace(name, operations::to_string(known.tensor_class));
}

void StepRecorder::ran(const TrainingProgram& program, const TrainingStep& step) {
  if (const auto* const form = std::get_if<GemmForm>(&step.form)) record_product(program, step, *form);
  for (const StepResult& result : step.results) {
    const TrainingTensor& made = program.tensors[static_cast<std::size_t>(result.writer())];
    if (made.index_bytes != 0) continue;
    for (const auto& [name, index] : program.named) {
      if (index != result.writer() || !keep_(name)) continue;
      hold(made.name, made, result.tensor);
      if (name != made.name) recorded_.names.emplace(name, made.name);
    }
    if (result.tensor == program.logits && made.name != "logits") {
      hold(made.name, made, result.tensor);
      recorded_.names.emplace("logits", made.name);
    }
  }
}

void StepRecorder::record_product(const TrainingProgram& program, const TrainingStep& step, const GemmForm& form) {
  StepProduct product{.name = program.tensors[static_cast<std::size_t>(step.results.at(0).tensor)].name,
                      .layer = step.layer < 0 ? std::string() : program.network->layers[static_cast<std::size_t>(step.layer)].name,
                      .pass = step.pass,
                      .mode = {},
                      .form = form,
                      .a = {},
                      .b = {},
                      .bias = {}};
  const auto name_of = [&](const Place& place) {
    const int index = place.role == Role::Input    ? step.operands.at(place.input)
                      : place.role == Role::Weight ? step.weight
                                                   : step.bias;
    const TrainingTensor& known = program.tensors[static_cast<std::size_t>(index)];
    const std::string name = (known.persistent && !known.constant ? "before." : "") + known.name;
    hold(name, known, index);
    return name;
  };
  // All parts read the same tensors.
  product.a = name_of(form.parts.front().a.at);
  product.b = name_of(form.parts.front().b.at);
  if (form.shape.bias) product.bias = name_of(form.parts.front().bias);

  const auto stored = [&](int tensor) {
    const EncodedTensor held = *executor_.encoded(tensor);
    return StoredTensor{.format = held.format, .magnitude = {.exponent = held.lsb_exponent()}};
  };
  Work work;
  work.mode = step.mode;
  for (const int input : step.operands) work.inputs.push_back(stored(input));
  if (step.weight >= 0) work.weight = stored(step.weight);
  if (step.bias >= 0) work.bias = stored(step.bias);
  work.output = stored(step.results[0].tensor);
  // The core stores sums as they are; their exponent comes with the rounding that follows.
  if (work.output.format.exponent_after()) work.output.magnitude.exponent = product_exponent(form, work.magnitudes());
  product.mode = mode_of(form, work);
  product.shifts = shifts_of(form, work);
  product.seed = executor_.seed();
  product.tensor = stream_of(step.results[0].writer(), operations::Stream::Output);
  hold(product.name, program.tensors[static_cast<std::size_t>(step.results[0].tensor)], step.results[0].tensor);
  recorded_.products.push_back(std::move(product));
}

}  // namespace binade::programs
