// SPDX-License-Identifier: Apache-2.0
#include "models/programs/golden_machine.h"

#include <algorithm>
#include <iterator>

#include "models/numerics/error.h"

namespace binade::programs {

std::int64_t GoldenMachine::allocate(std::int64_t bytes) {
  const std::int64_t address = next_;
  const auto size = static_cast<std::size_t>(bytes);
  auto& tensor = tensors_[address];
  if (const auto kept = kept_.find(size); kept != kept_.end()) {
    tensor = std::move(kept->second);
    kept_.erase(kept);
    kept_bytes_ -= size;
  } else {
    tensor.resize(size);
  }
  next_ += std::max(bytes, std::int64_t{1});
  return address;
}

void GoldenMachine::release(std::int64_t address) {
  const auto found = tensors_.find(address);
  if (found == tensors_.end()) return;
  const std::size_t size = found->second.size();
  if (kept_bytes_ + size <= kMostKept) {
    kept_.emplace(size, std::move(found->second));
    kept_bytes_ += size;
  }
  tensors_.erase(found);
}

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

Divide GoldenMachine::divide() {
  return [this](std::int64_t total, const auto& job) {
    division_->each(total, 1, [&](int /*worker*/, std::int64_t first, std::int64_t count) { job(first, count); });
  };
}

GoldenArithmetic& GoldenMachine::arithmetic_of(const datapath::CoreMode& mode) {
  for (const auto& [known, arithmetic] : arithmetics_)
    if (known == mode) return *arithmetic;
  return *arithmetics_.emplace_back(mode, std::make_unique<GoldenArithmetic>(in_mode(core_, mode), division_)).second;
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
  chain_.run(form, sources, targets, divide());
  std::vector<TensorStats> stats;
  for (const operations::ChainTarget& one : targets) {
    events_ += one.stats.events;
    stats.push_back(tensor_stats(one.stats));
  }
  return stats;
}

TensorStats GoldenMachine::run(const operations::MaximumForm& form, const Work& work) {
  const spec::Windows record = bound_record(form, work);
  return run_windows(
      record, work,
      {.x = bytes_of(work.inputs.at(0)), .indices = {}, .out = bytes_of(work.output), .places = bytes_of(work.further[0].tensor)});
}

TensorStats GoldenMachine::run(const operations::WindowGradientForm& form, const Work& work) {
  const spec::Windows record = bound_record(form, work);
  return run_windows(record, work,
                     {.x = bytes_of(work.inputs.at(0)),
                      .indices = form.chosen ? bytes_of(work.inputs[1]) : std::span<std::byte>(),
                      .out = bytes_of(work.output),
                      .places = {}});
}

TensorStats GoldenMachine::run_windows(const spec::Windows& record, const Work& work, const operations::WindowBytes& bytes) {
  const operations::VectorFormats formats = window_formats(work);
  std::string problem = operations::window_problem(formats, record);
  if (problem.empty()) problem = operations::window_content_problem(record);
  if (!problem.empty()) throw InvariantError("golden machine: windows: " + problem);
  const operations::WindowExtent extent = operations::window_extent(formats, record);
  const auto as_long = [](std::int64_t wanted, const auto& given) { return wanted == static_cast<std::int64_t>(given.size()); };
  if (!as_long(extent.x_bytes, bytes.x) || !as_long(extent.o_bytes, bytes.out) ||
      !as_long(extent.index_bytes, bytes.indices.empty() ? std::span<const std::byte>(bytes.places) : bytes.indices))
    throw InvariantError("golden machine: windows over tensors of other sizes");
  struct Count {
    datapath::TileStats stats;
    std::int64_t strays = 0;
  };
  std::vector<Count> counts(windows_.size());  // of each worker
  const std::int64_t pixels = record.height * record.width, windows = record.rows * record.columns;
  division_->each(record.planes, std::max(pixels, windows), [&](int worker, std::int64_t first, std::int64_t count) {
    const auto at = static_cast<std::size_t>(worker);
    const operations::WindowPlanes part = operations::planes_of(formats, record, bytes, first, count);
    counts[at].strays += windows_[at].run(formats, part.record, part.bytes, counts[at].stats);
  });
  datapath::TileStats stats;
  for (const Count& one : counts) {
    if (one.strays != 0) throw InvariantError("golden machine: an index leads out of its window");
    stats += one.stats;
  }
  events_ += stats.events;
  return tensor_stats(stats);
}

template TensorStats GoldenMachine::run_forms(const operations::GemmForm&, const Work&);
template TensorStats GoldenMachine::run_forms(const std::span<const operations::VectorForm>&, const Work&);

}  // namespace binade::programs
