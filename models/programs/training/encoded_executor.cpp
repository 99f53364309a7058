// SPDX-License-Identifier: Apache-2.0
#include "models/programs/training/encoded_executor.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/numerics/error.h"
#include "models/numerics/hash.h"
#include "models/programs/storage.h"

namespace binade::programs {

using numerics::Family;
using operations::ElementFormat;
using operations::ExponentRule;
using operations::GemmForm;
using operations::VectorForm;

namespace {

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

/// A form that moves whole elements: the largest of its result is that of its operand.
bool is_copy(const StepForm& form) {
  const auto* const vectors = std::get_if<std::vector<VectorForm>>(&form);
  return vectors != nullptr && vectors->size() == 1 && !vectors->front().windows && vectors->front().record.relu == 0 &&
         vectors->front().record.op == static_cast<std::int64_t>(spec::VectorOp::Copy);
}

VectorForm requantise(std::int64_t elements, int raw_bytes) {
  VectorForm form = operations::elementwise_form(spec::VectorOp::Requantise, elements);
  form.record.raw_bytes = raw_bytes;
  return form;
}

}  // namespace

StoredTensor EncodedExecutor::allocate(const TrainingTensor& made) {
  StoredTensor tensor{
      .address = -1, .elements = made.elements, .format = made.encoding.format, .raw_bytes = made.index_bytes, .magnitude = {}};
  tensor.address = machine_.allocate(tensor.bytes());
  return tensor;
}

void EncodedExecutor::write(const TrainingProgram& program, int tensor, const numerics::Reals& values) {
  const TrainingTensor& known = program.tensors[static_cast<std::size_t>(tensor)];
  if (holds(tensor)) release(tensor);
  StoredTensor stored = allocate(known);
  exponent::QuantizeOptions how = book_.written_quantisation(tensor, known.encoding, values, quantised_as(known.tensor_class),
                                                             stream_of(tensor, operations::Stream::Input));
  how.seed = seed();
  // A constant is exact: no bias, no headroom moves it out of range.
  if (known.constant && known.encoding.format.exponent_after()) how.lsb_exponent = 2 - known.encoding.format.bits;
  store(machine_, values, how, stored);
  book_.record_written(tensor, stored);
  tensors_[tensor] = stored;
  counted(tensor, {}, stored);
}

void EncodedExecutor::run(const TrainingProgram& program, const TrainingStep& step) {
  Work work;
  work.mode = step.mode;
  for (const int operand : step.operands) work.inputs.push_back(tensors_.at(operand));
  if (step.weight >= 0) work.weight = tensors_.at(step.weight);
  if (step.bias >= 0) work.bias = tensors_.at(step.bias);
  work.seed = seed();
  std::vector<StoredTensor> outputs;
  for (const StepResult& result : step.results)
    outputs.push_back(allocate(program.tensors[static_cast<std::size_t>(result.tensor)]));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto stream = stream_of(step.results[i].writer(), operations::Stream::Output);
    if (i == 0) {
      work.output = outputs[0];
      work.tensor = stream;
    } else {
      const TrainingTensor& made = program.tensors[static_cast<std::size_t>(step.results[i].tensor)];
      work.further.push_back({outputs[i], made.encoding.rounding, stream});
    }
  }
  std::vector<bool> predicted(outputs.size(), false);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Exponent exponent = exponent_of(program, step, work, i);
    output(work, i).magnitude.exponent = exponent.lsb;
    predicted[i] = exponent.predicted;
  }
  const std::vector<TensorStats> stats =
      needs_sums(step, work) ? std::vector{run_twice(program, step, work)} : run_form(step.form, work);
  no_number_ = false;
  for (std::size_t i = 0; i < step.results.size(); ++i) {
    StoredTensor& made = output(work, i);
    if (made.format.shared_exponent()) made.magnitude.max_abs = stats[i].max_abs;
    if (predicted[i]) book_.record_flex(step.results[i].writer(), stats[i].max_abs);
    no_number_ = no_number_ || stats[i].events.nar + stats[i].events.overflow > 0;
    if (holds(step.results[i].tensor)) release(step.results[i].tensor);
    tensors_[step.results[i].tensor] = made;
    counted(step.results[i].writer(), stats[i], made);
  }
}

std::uint32_t EncodedExecutor::seed() const { return numerics::tensor_key(options_.seed, static_cast<std::uint32_t>(step_)); }

StoredTensor& EncodedExecutor::output(Work& work, std::size_t i) { return i == 0 ? work.output : work.further[i - 1].tensor; }

bool EncodedExecutor::needs_sums(const TrainingStep& step, const Work& work) {
  return work.output.format.exponent_after() && std::holds_alternative<GemmForm>(step.form);
}

// Autoflex predicts from the writes of the same tensor; a tensor that becomes another is a write of that one.
EncodedExecutor::Exponent EncodedExecutor::exponent_of(const TrainingProgram& program, const TrainingStep& step, Work& work,
                                                       std::size_t i) {
  const StoredTensor& made = output(work, i);
  const numerics::FormatSpec format = made.format;
  if (made.raw_bytes != 0 || !format.shared_exponent() || needs_sums(step, work)) return {};
  if (format.family == Family::Fixed) return {-format.fraction_bits};
  const auto same_format = [&](const StoredTensor& input) { return input.format == format; };
  if (step.exponent != ExponentRule::Chosen && std::all_of(work.inputs.begin(), work.inputs.end(), same_format))
    return {step.exponent == ExponentRule::Input ? work.inputs[0].magnitude.exponent : ExponentBook::choose_coarsest(work.inputs)};
  if (format.family == Family::Flex) {
    const auto run_at = [&](int tried) {
      output(work, i).magnitude.exponent = tried;
      return run_form(step.form, work)[i].max_abs;
    };
    return {book_.choose_flex(step.results[i].writer(), format, run_at).exponent, true};
  }
  // A conversion: its exponent is what the operand's values give.
  if (!is_copy(step.form)) throw InvariantError("training: " + step.name + " has no exponent");
  const TrainingTensor& known = program.tensors[static_cast<std::size_t>(step.results[i].tensor)];
  const StoredReals source(machine_, work.inputs[0]);
  return {*book_.quantisation(known.encoding, source.reals(), quantised_as(known.tensor_class), work.tensor).lsb_exponent};
}

// dfp, sdfp: sums of products first, their exponent from the finished tensor, then the rounding.
TensorStats EncodedExecutor::run_twice(const TrainingProgram& program, const TrainingStep& step, Work& work) {
  const auto& gemm = std::get<GemmForm>(step.form);
  const StoredTensor output = work.output;
  StoredTensor raw = output;
  raw.raw_bytes = datapath::output_bytes(in_mode(options_.core, step.mode));
  raw.address = machine_.allocate(raw.bytes());
  raw.magnitude.exponent = product_exponent(gemm, work.magnitudes());
  work.output = raw;
  const TensorStats sums = machine_.run(gemm, work);
  Work second = work;
  second.inputs = {raw};
  second.output = output;
  const TensorClass made = program.tensors[static_cast<std::size_t>(step.results[0].tensor)].tensor_class;
  second.output.magnitude.exponent = book_.choose_after(output.format, sums, raw.magnitude.exponent, {}, quantised_as(made));
  const TensorStats stats = machine_.run(std::array{requantise(output.elements, raw.raw_bytes)}, second);
  machine_.release(raw.address);
  work.output = second.output;
  return stats;
}

std::vector<TensorStats> EncodedExecutor::run_form(const StepForm& form, const Work& work) {
  if (const auto* const chain = std::get_if<operations::ChainForm>(&form)) return machine_.run(*chain, work);
  if (const auto* const gemm = std::get_if<GemmForm>(&form)) return {machine_.run(*gemm, work)};
  if (const auto* const vectors = std::get_if<std::vector<VectorForm>>(&form)) return {machine_.run(*vectors, work)};
  // Indices are no numbers: they have no statistics.
  if (const auto* const maxima = std::get_if<operations::MaximumForm>(&form)) return {machine_.run(*maxima, work), {}};
  return {machine_.run(std::get<operations::WindowGradientForm>(form), work)};
}

void EncodedExecutor::counted(int tensor, const TensorStats& stats, const StoredTensor& stored) {
  if (frozen_) return;
  WriteCounts& counts = counts_[tensor];
  counts.writes += static_cast<std::uint64_t>(stored.elements);
  counts.overflows += stored.format.shared_exponent() ? stats.overflows : stats.events.saturation + stats.events.overflow;
  counts.underflows += stats.events.underflow;
  if (stored.format.shared_exponent()) counts.exponent = stored.magnitude.exponent;
}

void EncodedExecutor::release(int tensor) {
  machine_.release(tensors_.at(tensor).address);
  tensors_.erase(tensor);
}

void EncodedExecutor::replace(int to, int from) {
  if (holds(to)) release(to);
  tensors_[to] = tensors_.at(from);
  tensors_.erase(from);
}

std::vector<double> EncodedExecutor::values(int tensor) {
  std::vector<double> all;
  const StoredReals source(machine_, tensors_.at(tensor));
  source.reals().all(all);
  return all;
}

std::optional<numerics::EncodedTensor> EncodedExecutor::encoded(int tensor) {
  const StoredTensor& stored = tensors_.at(tensor);
  return unpack(stored, read_bytes(machine_, stored));
}

void EncodedExecutor::begin_pass(bool forward) { forward ? book_.begin_pass() : book_.begin_backward(); }

WriteCounts EncodedExecutor::take_counts(int tensor) {
  const auto found = counts_.find(tensor);
  if (found == counts_.end()) return {};
  const WriteCounts counts = found->second;
  counts_.erase(found);
  return counts;
}

void EncodedExecutor::restore(int tensor, const numerics::EncodedTensor& encoded) {
  if (holds(tensor)) release(tensor);
  StoredTensor stored{.address = -1,
                      .elements = static_cast<std::int64_t>(encoded.codes.size()),
                      .format = encoded.format,
                      .raw_bytes = 0,
                      .magnitude = {}};
  stored.address = machine_.allocate(stored.bytes());
  machine_.write(stored.address, pack_codes(encoded.codes, stored.element_bytes()));
  stored.magnitude = {.exponent = encoded.lsb_exponent(), .max_abs = largest_mantissa(encoded.view())};
  tensors_[tensor] = stored;
}

}  // namespace binade::programs
