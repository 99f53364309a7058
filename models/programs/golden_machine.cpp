// SPDX-License-Identifier: Apache-2.0
#include "models/programs/golden_machine.h"

#include <algorithm>
#include <iterator>

#include "models/numerics/error.h"

namespace binade::programs {

std::int64_t GoldenMachine::allocate(std::int64_t bytes) {
  const std::int64_t address = next_;
  tensors_.emplace(address, std::vector<std::byte>(static_cast<std::size_t>(bytes)));
  next_ += std::max(bytes, std::int64_t{1});
  return address;
}

void GoldenMachine::release(std::int64_t address) { tensors_.erase(address); }

std::span<std::byte> GoldenMachine::memory(std::int64_t address, std::int64_t bytes) {
  const auto after = tensors_.upper_bound(address);
  if (after != tensors_.begin()) {
    auto& [begin, tensor] = *std::prev(after);
    const std::int64_t offset = address - begin;
    if (offset + bytes <= static_cast<std::int64_t>(tensor.size()))
      return std::span(tensor).subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(bytes));
  }
  throw InvariantError("golden machine: no tensor has " + std::to_string(bytes) + " bytes at " + std::to_string(address));
}

void GoldenMachine::write(std::int64_t address, std::span<const std::byte> bytes) {
  std::copy(bytes.begin(), bytes.end(), memory(address, static_cast<std::int64_t>(bytes.size())).begin());
}

void GoldenMachine::read(std::int64_t address, std::span<std::byte> bytes) {
  const auto from = memory(address, static_cast<std::int64_t>(bytes.size()));
  std::copy(from.begin(), from.end(), bytes.begin());
}

GoldenArithmetic& GoldenMachine::arithmetic_of(const datapath::CoreMode& mode) {
  for (const auto& [known, arithmetic] : arithmetics_)
    if (known == mode) return *arithmetic;
  return *arithmetics_.emplace_back(mode, std::make_unique<GoldenArithmetic>(in_mode(core_, mode), threads_)).second;
}

TensorStats GoldenMachine::run(const operations::GemmForm& form, const Work& work) {
  if (form.block == 0) return run_forms(form, work);
  Work blocked = work;
  blocked.mode = mode_of(form, work);
  return run_forms(form, blocked);
}

template <class Forms>
TensorStats GoldenMachine::run_forms(const Forms& forms, const Work& work) {
  datapath::TileStats stats;
  arithmetic_of(work.mode).run(
      forms, work, [this](const StoredTensor& stored) { return std::span<const std::byte>(bytes_of(stored)); },
      bytes_of(work.output), stats);
  events_ += stats.events;
  return tensor_stats(stats);
}

std::vector<TensorStats> GoldenMachine::run(const operations::ChainForm& form, const Work& work) {
  if (const std::string problem = chain_problem(form); !problem.empty()) throw InvariantError("golden machine: chain: " + problem);
  if (form.results.size() != work.further.size() + 1)
    throw InvariantError("golden machine: a chain with other results than outputs");
  const auto codes_of = [this](const StoredTensor& tensor) {
    if (tensor.raw_bytes != 0) throw InvariantError("golden machine: raw sums in a chain");
    return bytes_of(tensor);
  };
  std::vector<operations::ChainSource> sources;
  for (const operations::ChainOperand& operand : form.operands) {
    const StoredTensor& tensor = work.of(operand.at);
    if (operand_end(operand, form.outputs) > tensor.elements) throw InvariantError("golden machine: a chain reads past a tensor");
    sources.push_back({tensor.format, tensor.magnitude.exponent, codes_of(tensor)});
  }
  std::vector<operations::ChainTarget> targets;
  const auto target = [&](const StoredTensor& tensor, numerics::Rounding rounding, std::uint32_t stream) {
    if (form.out + form.outputs > tensor.elements) throw InvariantError("golden machine: a chain writes past a tensor");
    targets.push_back({{tensor.format, rounding}, tensor.magnitude.exponent, codes_of(tensor), work.seed, stream});
  };
  target(work.output, work.mode.accumulate.rounding, work.tensor);
  for (const FurtherOutput& one : work.further) target(one.tensor, one.rounding, one.stream);
  chain_.run(form, sources, targets);
  std::vector<TensorStats> stats;
  for (const operations::ChainTarget& one : targets) {
    events_ += one.stats.events;
    stats.push_back(tensor_stats(one.stats));
  }
  return stats;
}

TensorStats GoldenMachine::run(const operations::MaximumForm& form, const Work& work) {
  if (work.further.size() != 1 || work.further[0].tensor.element_bytes() < operations::index_bytes(form.window))
    throw InvariantError("golden machine: maxima need a further output of unsigned integers for their indices");
  datapath::TileStats stats;
  windows_.run(form, work, bytes_of(work.inputs.at(0)), bytes_of(work.output), bytes_of(work.further[0].tensor), stats);
  events_ += stats.events;
  return tensor_stats(stats);
}

TensorStats GoldenMachine::run(const operations::WindowGradientForm& form, const Work& work) {
  if (form.chosen && work.inputs.size() < 2) throw InvariantError("golden machine: chosen windows without their indices");
  datapath::TileStats stats;
  windows_.run(form, work, bytes_of(work.inputs.at(0)), form.chosen ? bytes_of(work.inputs[1]) : std::span<std::byte>(),
               bytes_of(work.output), stats);
  events_ += stats.events;
  return tensor_stats(stats);
}

template TensorStats GoldenMachine::run_forms(const operations::GemmForm&, const Work&);
template TensorStats GoldenMachine::run_forms(const std::span<const operations::VectorForm>&, const Work&);

}  // namespace binade::programs
