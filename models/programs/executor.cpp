// SPDX-License-Identifier: Apache-2.0
#include "models/programs/executor.h"

#include "models/programs/storage.h"

namespace binade::programs {

using operations::Stream;

Executor::Executor(const Program& program, Machine& machine, ExponentBook& book, const ExecutionOptions& options, Host& host)
    : program_(program), machine_(machine), book_(book), options_(options), host_(host) {}

void Executor::run_pass(std::int64_t samples, std::int64_t first_sample) {
  samples_ = samples;
  first_sample_ = first_sample;
  readers_.clear();
  book_.begin_pass();
  for (const Operation& operation : program_.operations)
    for (const int input : operation.inputs) ++readers_[input];
  for (const Operation& operation : program_.operations) {
    const operations::Call call = program_.call(operation, samples, first_sample);
    if (host_.begins(operation, call)) {
      std::vector<StoredTensor> inputs;
      for (const int input : operation.inputs) inputs.push_back(live(input));
      const operations::LayerParameters parameters = host_.parameters(operation.layer);
      LayerExecution execution(machine_, book_, options_, call, operation, parameters, std::move(inputs));
      const StoredTensor output = execution.run();
      live_.emplace(operation.output, output);
      host_.executed(operation, call, execution);
    }
    if (!readers_.contains(operation.output)) drop(operation.output);
    for (const int input : operation.inputs)
      if (--readers_.at(input) == 0) drop(input);
    if (!host_.ended(operation)) break;
  }
  for (const auto& [tensor, stored] : live_) machine_.release(stored.address);
  live_.clear();
}

StoredTensor Executor::live(int tensor) {
  if (const auto known = live_.find(tensor); known != live_.end()) return known->second;
  const std::int64_t elements = program_.shape(tensor).elements();
  const operations::ElementFormat& encoding = program_.tensors.at(static_cast<std::size_t>(tensor));
  StoredTensor stored{.address = -1, .elements = samples_ * elements, .format = encoding.format, .raw_bytes = 0, .magnitude = {}};
  stored.address = machine_.allocate(stored.bytes());
  if (options_.values) {
    const auto first = static_cast<std::uint64_t>(first_sample_ * elements);
    const numerics::Reals values = host_.values(tensor);
    store(machine_, values,
          book_.written_quantisation(tensor, encoding, values, exponent::TensorClass::Activation, stream_of(tensor, Stream::Input),
                                     first, program_.add_shift(tensor)),
          stored);
    book_.record_written(tensor, stored);
  }
  live_.emplace(tensor, stored);
  return stored;
}

void Executor::drop(int tensor) {
  if (const auto known = live_.find(tensor); known != live_.end()) {
    machine_.release(known->second.address);
    live_.erase(known);
  }
  host_.dropped(tensor);
}

}  // namespace binade::programs
