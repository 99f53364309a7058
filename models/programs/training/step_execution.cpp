// SPDX-License-Identifier: Apache-2.0
#include "models/programs/training/step_execution.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "models/numerics/error.h"
#include "models/programs/golden_twin.h"
#include "models/programs/storage.h"
#include "models/programs/touched.h"

namespace binade::programs {

using numerics::Family;
using operations::ExponentRule;
using operations::GemmForm;
using operations::VectorForm;

namespace {

/// A form that moves whole elements: the largest of its result is that of its operand.
bool is_copy(const StepForm& form) {
  const auto* const vectors = std::get_if<std::vector<VectorForm>>(&form);
  return vectors != nullptr && vectors->size() == 1 && !vectors->front().windows && vectors->front().record.relu == 0 &&
         vectors->front().record.op == static_cast<std::int64_t>(spec::VectorOp::Copy);
}

}  // namespace

VectorForm requantise_sums(std::int64_t elements, int raw_bytes) {
  VectorForm form = operations::elementwise_form(spec::VectorOp::Requantise, elements);
  form.record.raw_bytes = raw_bytes;
  return form;
}

exponent::TensorClass quantised_as(TensorClass tensor_class) {
  switch (tensor_class) {
    case TensorClass::Weight:
    case TensorClass::State:
      return exponent::TensorClass::Weight;
    case TensorClass::Delta:
    case TensorClass::Gradient:
      return exponent::TensorClass::Gradient;
    default:
      return exponent::TensorClass::Activation;
  }
}

StoredTensor stored_as(const TrainingTensor& tensor) {
  return {.address = -1,
          .elements = tensor.elements,
          .format = tensor.encoding.format,
          .raw_bytes = tensor.index_bytes,
          .magnitude = {}};
}

StepExecution::StepExecution(Machine& machine, ExponentBook& book, const ExecutionOptions& options, const TensorScales& scales,
                             const TrainingProgram& program, const TrainingStep& step, Work operands, std::uint32_t seed)
    : machine_(machine),
      book_(book),
      options_(options),
      scales_(scales),
      program_(program),
      step_(step),
      work_(std::move(operands)) {
  work_.seed = seed;
  work_.tensor = stream_of(step.results[0].writer(), operations::Stream::Output);
}

void StepExecution::allocate() {
  for (std::size_t i = 0; i < step_.results.size(); ++i) {
    const TrainingTensor& tensor = made(i);
    StoredTensor stored = stored_as(tensor);
    stored.address = machine_.allocate(stored.bytes());
    if (i == 0)
      work_.output = stored;
    else
      work_.further.push_back({stored, tensor.encoding.rounding, stream_of(step_.results[i].writer(), operations::Stream::Output)});
  }
}

void StepExecution::run() {
  allocate();
  // Flex exponents may be tried: with the scales.
  if (options_.values && !step_.scales.empty()) apply_scales();
  std::vector<bool> predicted(step_.results.size(), false);
  for (std::size_t i = 0; options_.values && i < step_.results.size(); ++i) {
    const Exponent exponent = exponent_of(i);
    output(i).magnitude.exponent = exponent.lsb;
    predicted[i] = exponent.predicted;
  }
  stats_ = needs_sums() ? std::vector{run_twice()} : run_form(machine_, work_);
  for (std::size_t i = 0; i < step_.results.size(); ++i) {
    if (output(i).format.shared_exponent()) output(i).magnitude.max_abs = stats_[i].max_abs;
    if (predicted[i]) book_.record_flex(step_.results[i].writer(), stats_[i].max_abs);
  }
}

std::optional<int> StepExecution::scale(std::size_t i) const {
  const auto found = chosen_.find(step_.results[i].tensor);
  return found == chosen_.end() ? std::nullopt : std::optional(found->second);
}

void StepExecution::apply_scales() {
  for (std::size_t i = 0; i < step_.results.size(); ++i) {
    if (!made(i).scale) continue;
    // What has a scale is made by a conversion: its largest magnitude is the operand's.
    double largest = largest_magnitude(machine_, work_.inputs.at(0), options_.divide);
    if (std::isnan(largest)) largest = HUGE_VAL;
    if (const auto of_source = scales_.find(step_.operands.at(0)); of_source != scales_.end())
      largest = std::ldexp(largest, of_source->second);
    const StepResult& result = step_.results[i];
    chosen_[result.tensor] = book_.choose_scale(result.writer(), made(i).encoding.format, *made(i).scale, largest);
  }
  scaled_ = std::get<operations::ChainForm>(step_.form);
  for (const ScaledConstant& constant : step_.scales) {
    int exponent = 0;
    for (const int tensor : constant.by) exponent += scales_.at(tensor);
    for (const int tensor : constant.over) exponent -= chosen_.at(tensor);
    double& value = scaled_->constants.at(static_cast<std::size_t>(constant.constant)).value;
    value = std::ldexp(value, exponent);
  }
}

bool StepExecution::needs_sums() const {
  return work_.output.format.exponent_after() && std::holds_alternative<GemmForm>(step_.form);
}

// Autoflex predicts from the writes of the same tensor; a tensor that becomes another is a write of that one.
StepExecution::Exponent StepExecution::exponent_of(std::size_t i) {
  const numerics::FormatSpec format = output(i).format;
  if (output(i).raw_bytes != 0 || !format.shared_exponent() || needs_sums()) return {};
  if (format.family == Family::Fixed) return {-format.fraction_bits};
  const auto same_format = [&](const StoredTensor& input) { return input.format == format; };
  if (step_.exponent != ExponentRule::Chosen && std::all_of(work_.inputs.begin(), work_.inputs.end(), same_format))
    return {step_.exponent == ExponentRule::Input ? work_.inputs[0].magnitude.exponent
                                                  : ExponentBook::choose_coarsest(work_.inputs)};
  if (format.family == Family::Flex) return flex_exponent(i);
  // A conversion: its exponent is what the operand's values give.
  if (!is_copy(step_.form)) throw InvariantError("training: " + step_.name + " has no exponent");
  const auto chosen_from = [&](const numerics::Reals& values) {
    return Exponent{*book_.quantisation(made(i).encoding, values, quantised_as(made(i).tensor_class), work_.tensor).lsb_exponent};
  };
  if (format.family == Family::Dfp) {  // from the largest magnitude alone; what is not finite is named below
    const std::array largest{largest_magnitude(machine_, work_.inputs[0], options_.divide)};
    if (std::isfinite(largest[0])) return chosen_from(largest);
  }
  const StoredReals source(machine_, work_.inputs[0]);
  return chosen_from(source.reals());
}

StepExecution::Exponent StepExecution::flex_exponent(std::size_t i) {
  const int writer = step_.results[i].writer();
  GoldenTries tries(machine_, options_, work_);
  const auto run_at = [&](int tried) {
    output(i).magnitude.exponent = tried;
    if (options_.initialise_on_machine) return run_form(machine_, work_)[i].max_abs;
    return tries([&](Machine& golden, Work& twin) {
      (i == 0 ? twin.output : twin.further[i - 1].tensor).magnitude.exponent = tried;
      return run_form(golden, twin)[i].max_abs;
    });
  };
  const ExponentBook::FlexChoice choice = book_.choose_flex(writer, output(i).format, run_at);
  if (options_.initialise_on_machine) tries_ = tries_.value_or(0) + choice.tries.value_or(0);
  return {choice.exponent, true};
}

// The accumulator adds the bias exactly only if its LSB is not below the products'. The copy is made whatever the exponents are: a
// step's time does not follow from its values.
StoredTensor StepExecution::aligned_bias(int product_exponent) const {
  Work copy = work_;
  copy.inputs = {work_.bias};
  copy.output = work_.bias;
  copy.output.address = machine_.allocate(copy.output.bytes());
  if (options_.values) copy.output.magnitude.exponent = std::max(work_.bias.magnitude.exponent, product_exponent);
  const std::array form{operations::elementwise_form(spec::VectorOp::Copy, work_.bias.elements)};
  copy.output.magnitude.max_abs = machine_.run(form, copy).max_abs;
  return copy.output;
}

// dfp, sdfp: sums of products first, their exponent from the finished tensor, then the rounding.
TensorStats StepExecution::run_twice() {
  const auto& gemm = std::get<GemmForm>(step_.form);
  const StoredTensor output = work_.output;
  StoredTensor raw = output;
  raw.raw_bytes = datapath::output_bytes(in_mode(options_.core, step_.mode));
  raw.address = machine_.allocate(raw.bytes());
  between_bytes_ += raw.bytes();
  raw.magnitude.exponent = product_exponent(gemm, work_.magnitudes());
  const StoredTensor bias = work_.bias;
  if (gemm.shape.bias) {
    work_.bias = aligned_bias(raw.magnitude.exponent);
    between_bytes_ += work_.bias.bytes();
  }
  work_.output = raw;
  const TensorStats sums = machine_.run(gemm, work_);
  if (gemm.shape.bias) machine_.release(work_.bias.address);
  work_.bias = bias;
  Work second = work_;
  second.inputs = {raw};
  second.output = output;
  if (options_.values)
    second.output.magnitude.exponent =
        book_.choose_after(output.format, sums, raw.magnitude.exponent, {}, quantised_as(made(0).tensor_class));
  const TensorStats stats = machine_.run(std::array{requantise_sums(output.elements, raw.raw_bytes)}, second);
  machine_.release(raw.address);
  work_.output = second.output;
  return stats;
}

std::vector<TensorStats> StepExecution::run_form(Machine& machine, const Work& work) const {
  if (scaled_) return machine.run(*scaled_, work);
  if (const auto* const chain = std::get_if<operations::ChainForm>(&step_.form)) return machine.run(*chain, work);
  if (const auto* const gemm = std::get_if<GemmForm>(&step_.form)) return {machine.run(*gemm, work)};
  if (const auto* const vectors = std::get_if<std::vector<VectorForm>>(&step_.form)) return {machine.run(*vectors, work)};
  // Indices are no numbers: they have no statistics.
  if (const auto* const maxima = std::get_if<operations::MaximumForm>(&step_.form)) return {machine.run(*maxima, work), {}};
  return {machine.run(std::get<operations::WindowGradientForm>(step_.form), work)};
}

std::int64_t StepExecution::unique_bytes() const {
  std::int64_t bytes = touched_bytes(step_.form, work_) + between_bytes_ + work_.output.bytes();
  for (const FurtherOutput& further : work_.further) bytes += further.tensor.bytes();
  return bytes;
}

}  // namespace binade::programs
