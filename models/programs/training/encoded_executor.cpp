// SPDX-License-Identifier: Apache-2.0
#include "models/programs/training/encoded_executor.h"

#include <cmath>
#include <string>
#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/hash.h"
#include "models/programs/storage.h"

namespace binade::programs {
namespace {

/// Runs `work`; what it says of elements that cannot be stored is of that tensor, at that time.
template <class Work>
auto naming(const TrainingTensor& tensor, const std::string& when, Work work) {
  try {
    return work();
  } catch (const InputError& error) {
    throw InputError(when + ": tensor " + tensor.name + ": " + error.what());
  }
}

}  // namespace

void EncodedExecutor::write(const TrainingProgram& program, int tensor, const numerics::Reals& values) {
  const TrainingTensor& known = program.tensors[static_cast<std::size_t>(tensor)];
  if (holds(tensor)) release(tensor);
  StoredTensor stored = stored_as(known);
  stored.address = machine_.allocate(stored.bytes());
  if (!options_.values) {
    tensors_[tensor] = stored;
    return;
  }
  exponent::QuantizeOptions how = naming(known, when(), [&] {
    return book_.written_quantisation(tensor, known.encoding, values, quantised_as(known.tensor_class),
                                      stream_of(tensor, operations::Stream::Input));
  });
  how.seed = seed();
  // A constant is exact: no bias, no headroom moves it out of range.
  if (known.constant && known.encoding.format.exponent_after()) how.lsb_exponent = 2 - known.encoding.format.bits;
  naming(known, when(), [&] { store(machine_, values, how, stored, options_.divide); });
  book_.record_written(tensor, stored);
  tensors_[tensor] = stored;
  counted(tensor, {}, stored);
}

void EncodedExecutor::run(const TrainingProgram& program, const TrainingStep& step) {
  Work operands = operands_of(step, [this](int index) -> const StoredTensor& { return tensors_.at(index); });
  StepExecution execution(machine_, book_, options_, scales_, program, step, std::move(operands), seed());
  if (observer_ != nullptr) observer_->begins(execution);
  naming(program.tensors[static_cast<std::size_t>(step.results.front().tensor)], when(), [&] { execution.run(); });
  if (observer_ != nullptr) observer_->executed(execution);
  no_number_ = false;
  for (std::size_t i = 0; i < step.results.size(); ++i) {
    const StoredTensor& made = execution.result(i);
    const TensorStats& stats = execution.stats()[i];
    no_number_ = no_number_ || stats.events.nar + stats.events.overflow > 0;
    if (holds(step.results[i].tensor)) release(step.results[i].tensor);
    tensors_[step.results[i].tensor] = made;
    const std::optional<int> scale = execution.scale(i);
    if (scale) scales_[step.results[i].tensor] = *scale;
    counted(step.results[i].writer(), stats, made, scale);
  }
}

std::string EncodedExecutor::when() const {
  return frozen_ ? "evaluation" : step_ == 0 ? "before the first step" : "step " + std::to_string(step_);
}

std::uint32_t EncodedExecutor::seed() const { return numerics::tensor_key(options_.seed, static_cast<std::uint32_t>(step_)); }

void EncodedExecutor::counted(int tensor, const TensorStats& stats, const StoredTensor& stored, std::optional<int> scale) {
  if (frozen_) return;
  WriteCounts& counts = counts_[tensor];
  counts.writes += static_cast<std::uint64_t>(stored.elements);
  counts.overflows += stored.format.shared_exponent() ? stats.overflows : stats.events.saturation + stats.events.overflow;
  counts.underflows += stats.events.underflow;
  if (stored.format.shared_exponent()) counts.exponent = stored.magnitude.exponent;
  if (scale) counts.exponent = scale;
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
  if (!options_.values) return std::vector<double>(static_cast<std::size_t>(tensors_.at(tensor).elements));
  std::vector<double> all;
  const StoredReals source(machine_, tensors_.at(tensor));
  source.reals().all(all);
  if (const auto scale = scales_.find(tensor); scale != scales_.end())
    for (double& value : all) value = std::ldexp(value, scale->second);
  return all;
}

std::optional<numerics::EncodedTensor> EncodedExecutor::encoded(int tensor) {
  const StoredTensor& stored = tensors_.at(tensor);
  numerics::EncodedTensor all = unpack(
      stored, options_.values ? read_bytes(machine_, stored) : std::vector<std::byte>(static_cast<std::size_t>(stored.bytes())));
  if (const auto scale = scales_.find(tensor); scale != scales_.end()) all.exponents = numerics::SharedExponents(scale->second);
  return all;
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
  if (stored.format.shared_exponent())
    stored.magnitude = {.exponent = encoded.lsb_exponent(), .max_abs = largest_mantissa(encoded.view())};
  else if (encoded.exponents.granularity() != numerics::Granularity::None)
    scales_[tensor] = encoded.exponents.whole();
  tensors_[tensor] = stored;
}

}  // namespace binade::programs
