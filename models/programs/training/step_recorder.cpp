// SPDX-License-Identifier: Apache-2.0
#include "models/programs/training/step_recorder.h"

#include "models/programs/storage.h"

namespace binade::programs {

using operations::GemmForm;
using operations::Place;
using operations::Role;

namespace {

const TrainingTensor& tensor_of(const StepExecution& execution, int index) {
  return execution.program().tensors[static_cast<std::size_t>(index)];
}

}  // namespace

std::vector<RecordedOperand> product_operands(const StepExecution& execution, const GemmForm& form) {
  const TrainingStep& step = execution.step();
  std::vector<RecordedOperand> operands;
  const auto add = [&](const Place& place) {
    const int index = place.role == Role::Input    ? step.operands.at(place.input)
                      : place.role == Role::Weight ? step.weight
                                                   : step.bias;
    const TrainingTensor& known = tensor_of(execution, index);
    const auto scale = execution.scales().find(index);
    operands.push_back({.name = (known.persistent && !known.constant ? "before." : "") + known.name,
                        .tensor = known,
                        .stored = execution.work().of(place),
                        .scale = scale == execution.scales().end() ? std::nullopt : std::optional(scale->second)});
  };
  // All parts read the same tensors.
  add(form.parts.front().a.at);
  add(form.parts.front().b.at);
  if (form.shape.bias) add(form.parts.front().bias);
  return operands;
}

StepRecorder::StepRecorder(Machine& machine, std::function<bool(const std::string& name)> keep)
    : machine_(machine), keep_(std::move(keep)) {}

void StepRecorder::hold(const std::string& name, const TrainingTensor& known, const StoredTensor& stored,
                        std::optional<int> scale) {
  const auto [place, fresh] = recorded_.tensors.try_emplace(name);
  if (!fresh) return;
  place->second = unpack(stored, read_bytes(machine_, stored));
  place->second.shape = known.shape;
  if (scale) place->second.exponents = numerics::SharedExponents(*scale);
  recorded_.classes.emplace(name, operations::to_string(known.tensor_class));
}

void StepRecorder::executed(const StepExecution& execution) {
  const TrainingProgram& program = execution.program();
  const TrainingStep& step = execution.step();
  if (const auto* const form = std::get_if<GemmForm>(&step.form)) record_product(execution, *form);
  for (std::size_t i = 0; i < step.results.size(); ++i) {
    const StepResult& result = step.results[i];
    const TrainingTensor& made = tensor_of(execution, result.writer());
    if (made.index_bytes != 0) continue;
    const auto keep = [&](const std::string& name) {
      hold(made.name, made, execution.result(i), execution.scale(i));
      if (name != made.name) recorded_.names.emplace(name, made.name);
    };
    for (const auto& [name, index] : program.named)
      if (index == result.writer() && keep_(name)) keep(name);
    if (result.tensor == program.logits) keep("logits");
  }
}

void StepRecorder::record_product(const StepExecution& execution, const GemmForm& form) {
  const TrainingStep& step = execution.step();
  const TrainingTensor& made = tensor_of(execution, step.results.at(0).tensor);
  StepProduct product{.name = made.name, .layer = {}, .pass = step.pass, .mode = {}, .form = form, .a = {}, .b = {}, .bias = {}};
  if (step.layer >= 0) product.layer = execution.program().network->layers[static_cast<std::size_t>(step.layer)].name;
  Work work = execution.work();
  const auto operands = product_operands(execution, form);
  for (const RecordedOperand& one : operands) hold(one.name, one.tensor, one.stored, one.scale);
  product.a = operands[0].name;
  product.b = operands[1].name;
  if (form.shape.bias) product.bias = operands[2].name;
  hold(product.name, made, execution.result(0), execution.scale(0));
  // The core stores sums as they are where their exponent comes with the rounding that follows.
  if (work.output.format.exponent_after()) {
    work.output.magnitude.exponent = product_exponent(form, work.magnitudes());
    if (form.shape.bias) {
      work.bias = execution.aligned_bias(work.output.magnitude.exponent);
      product.bias = "bias." + product.name;
      hold(product.bias, tensor_of(execution, step.bias), work.bias, {});
      machine_.release(work.bias.address);
    }
  }
  product.mode = mode_of(form, work);
  product.shifts = shifts_of(form, work);
  product.seed = work.seed;
  product.tensor = work.tensor;
  recorded_.products.push_back(std::move(product));
}

}  // namespace binade::programs
