// SPDX-License-Identifier: Apache-2.0
#include "models/programs/golden_machine.h"

#include <algorithm>

#include "models/numerics/error.h"

namespace binade::programs {

std::int64_t GoldenMachine::allocate(std::int64_t bytes) {
  tensors_.emplace(next_, std::vector<std::byte>(static_cast<std::size_t>(bytes)));
  return next_++;
}

void GoldenMachine::release(std::int64_t address) { tensors_.erase(address); }

std::vector<std::byte>& GoldenMachine::tensor(std::int64_t address) {
  const auto found = tensors_.find(address);
  if (found == tensors_.end()) throw InvariantError("golden machine: no tensor at " + std::to_string(address));
  return found->second;
}

void GoldenMachine::write(std::int64_t address, std::span<const std::byte> bytes) {
  std::copy(bytes.begin(), bytes.end(), tensor(address).begin());
}

void GoldenMachine::read(std::int64_t address, std::span<std::byte> bytes) {
  std::copy_n(tensor(address).begin(), bytes.size(), bytes.begin());
}

template <class Forms>
TensorStats GoldenMachine::run_forms(const Forms& forms, const Work& work) {
  datapath::TileStats stats;
  arithmetic_.run(
      forms, work, [this](const StoredTensor& stored) { return std::span<const std::byte>(tensor(stored.address)); },
      tensor(work.output.address), stats);
  events_ += stats.events;
  return tensor_stats(stats);
}

template TensorStats GoldenMachine::run_forms(const operations::GemmForm&, const Work&);
template TensorStats GoldenMachine::run_forms(const std::span<const operations::VectorForm>&, const Work&);

}  // namespace binade::programs
