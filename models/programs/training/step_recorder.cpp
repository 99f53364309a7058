// SPDX-License-Identifier: Apache-2.0
#include "models/programs/training/step_recorder.h"

#include <utility>

#include "models/numerics/error.h"

namespace binade::programs {

using numerics::EncodedTensor;
using operations::GemmForm;

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
  }
}

void StepRecorder::record_product(const TrainingProgram& program, const TrainingStep& step, const GemmForm& form) {
  StepProduct product{.name = program.tensors[static_cast<std::size_t>(step.results.at(0).tensor)].name,
                      .layer = step.layer < 0 ? std::string() : program.network->layers[static_cast<std::size_t>(step.layer)].name,
                      .pass = step.pass,
                      .mode = {},
                      .form = form,
                      .inputs = {},
                      .weight = {},
                      .bias = {}};
  Work work;
  work.mode = step.mode;
  const auto operand = [&](int tensor, std::string& name) {
    const TrainingTensor& known = program.tensors[static_cast<std::size_t>(tensor)];
    name = (known.persistent && !known.constant ? "before." : "") + known.name;
    hold(name, known, tensor);
    const EncodedTensor& held = recorded_.tensors.at(name);
    return StoredTensor{.format = held.format, .magnitude = {.exponent = held.lsb_exponent()}};
  };
  for (const int input : step.operands) work.inputs.push_back(operand(input, product.inputs.emplace_back()));
  if (step.weight >= 0) work.weight = operand(step.weight, product.weight);
  if (step.bias >= 0) work.bias = operand(step.bias, product.bias);
  const EncodedTensor made = *executor_.encoded(step.results[0].tensor);
  work.output = {.format = made.format, .magnitude = {.exponent = made.lsb_exponent()}};
  // The core stores sums as they are; their exponent comes with the rounding that follows.
  if (made.format.exponent_after()) work.output.magnitude.exponent = product_exponent(form, work.magnitudes());
  product.mode = mode_of(form, work);
  product.shifts = shifts_of(form, work);
  product.seed = executor_.seed();
  product.tensor = stream_of(step.results[0].writer(), operations::Stream::Output);
  recorded_.products.push_back(std::move(product));
}

}  // namespace binade::programs
