// SPDX-License-Identifier: Apache-2.0
#include "sim/host/step_errors.h"

#include <cmath>
#include <utility>
#include <variant>

#include "models/programs/storage.h"
#include "models/programs/training/step_recorder.h"

namespace binade::sim {

using programs::StepExecution;
using programs::StoredTensor;
using programs::TrainingStep;
using programs::TrainingTensor;

namespace {

const TrainingTensor& tensor_of(const StepExecution& execution, int tensor) {
  return execution.program().tensors[static_cast<std::size_t>(tensor)];
}

/// What a step reads, each tensor with its place in the machine.
template <class Visit>
void each_operand(const StepExecution& execution, Visit visit) {
  const TrainingStep& step = execution.step();
  const programs::Work& work = execution.work();
  for (std::size_t i = 0; i < step.operands.size(); ++i) visit(step.operands[i], work.inputs[i]);
  if (step.weight >= 0) visit(step.weight, work.weight);
  if (step.bias >= 0) visit(step.bias, work.bias);
}

void multiply(std::vector<double>& values, int exponent) {
  if (exponent == 0) return;
  for (double& value : values) value = std::ldexp(value, exponent);
}

}  // namespace

StepErrors::Figures StepErrors::of(const StepExecution& execution, std::vector<double> real) {
  const int exponent = note_exponent(execution);
  std::vector<double> datapath;
  {
    const WallClock::Scope scope(clock_, WallPart::Reference);
    datapath = exact(execution);
  }
  const WallClock::Scope scope(clock_, WallPart::Figures);
  const TrainingStep& step = execution.step();
  const StoredTensor& made = execution.result(0);
  const std::vector<double> codes = codes_of(tensor_of(execution, step.results[0].tensor), made);
  // In units of the codes, in which the format has its spacing.
  const auto against = [&](std::vector<double>& reference) {
    multiply(reference, -exponent);
    ErrorSums sums;
    sums.add(reference, codes, spacing(made.format), made.magnitude.exponent);
    return sums.figures();
  };
  return {.end_to_end = against(real), .datapath = against(datapath)};
}

std::vector<double> StepErrors::codes_of(const TrainingTensor& tensor, const StoredTensor& stored) const {
  std::vector<double> values(static_cast<std::size_t>(stored.elements));
  if (tensor.index_bytes == 0) {
    programs::StoredReals(machine_, stored).read(0, values);
    return values;
  }
  const std::vector<numerics::Code> indices = programs::unpack_codes(read_bytes(machine_, stored), tensor.index_bytes);
  values.assign(indices.begin(), indices.end());
  return values;
}

int StepErrors::exponent_of(const StepExecution& execution, int tensor) const {
  if (const auto found = execution.scales().find(tensor); found != execution.scales().end()) return found->second;
  const auto found = of_sums_.find(tensor);
  return found == of_sums_.end() ? 0 : found->second;
}

int StepErrors::note_exponent(const StepExecution& execution) {
  if (const auto scale = execution.scale(0)) return *scale;
  const auto* const product = std::get_if<operations::GemmForm>(&execution.step().form);
  if (product == nullptr) return 0;
  int exponent = 0;
  for (const programs::RecordedOperand& factor : product_operands(execution, *product)) exponent += factor.scale.value_or(0);
  of_sums_[execution.step().results[0].tensor] = exponent;
  return exponent;
}

std::vector<double> StepErrors::exact(const StepExecution& execution) {
  programs::ReferenceExecutor reference;
  each_operand(execution, [&](int tensor, const StoredTensor& stored) {
    std::vector<double> values = codes_of(tensor_of(execution, tensor), stored);
    multiply(values, exponent_of(execution, tensor));
    reference.write(execution.program(), tensor, numerics::Reals(values));
  });
  reference.run(execution.program(), execution.step());
  return reference.values(execution.step().results[0].tensor);
}

const Spacing& StepErrors::spacing(const numerics::FormatSpec& format) {
  return spacings_.try_emplace(numerics::to_string(format), format).first->second;
}

}  // namespace binade::sim
