// SPDX-License-Identifier: Apache-2.0
#include "hw/compute/vector_unit.h"

#include <utility>
#include <vector>

namespace binade::hw {

using spec::Counter;

VectorUnit::VectorUnit(sc_core::sc_module_name name, const Clock& clock, const PlatformConfig& config, Scratchpad& a, Scratchpad& b,
                       Scratchpad& o, ExponentUnit& exponent_unit, WorkHook work)
    : sc_module(name),
      clock_(clock),
      config_(config.vector),
      values_(config.values),
      formats_(config.formats()),
      a_(a),
      b_(b),
      o_(o),
      exponent_unit_(exponent_unit),
      work_(std::move(work)) {
  counts_.vector_operations.resize(static_cast<std::size_t>(formats_.size()));
  SC_HAS_PROCESS(VectorUnit);
  SC_METHOD(complete);
  sensitive << done_;
  dont_initialize();
}

void VectorUnit::begin(std::uint64_t operations, std::function<void()> on_done) {
  on_done_ = std::move(on_done);
  const auto lanes = static_cast<std::uint64_t>(config_.lanes);
  const Cycle clocks = static_cast<Cycle>(config_.latency_cycles) + (operations + lanes - 1) / lanes;
  counters_[Counter::VectorBusy] += clocks;
  counters_[Counter::VectorOperations] += operations;
  done_.notify(clock_.span(clocks));
}

void VectorUnit::start(const spec::Vector& command, std::function<void()> on_done) {
  const std::uint64_t operations = operations::vector_extent(formats_.of(command), command).operations;
  counts_.vector_operations[static_cast<std::size_t>(command.o_format)] += operations;
  command_ = command;
  begin(operations, std::move(on_done));
}

void VectorUnit::start(const spec::Chain& command, std::function<void()> on_done) {
  operations::PlacedChain chain = placed_chain(command, formats_);
  const auto outputs = static_cast<std::uint64_t>(chain.form.outputs);
  for (const operations::ChainStep& step : chain.form.steps)
    counts_.vector_operations[static_cast<std::size_t>(formats_.find(step.to).value())] +=
        outputs * static_cast<std::uint64_t>(primitive_row(step.what).operations);
  if (chain.form.steps.empty()) counts_.vector_operations[static_cast<std::size_t>(chain.results[0].format)] += outputs;
  const std::uint64_t operations = outputs * chain.form.operations();
  command_ = std::move(chain);
  begin(operations, std::move(on_done));
}

void VectorUnit::start(const spec::Windows& command, std::function<void()> on_done) {
  const std::uint64_t operations = operations::window_operations(command);
  counts_.vector_operations[static_cast<std::size_t>(command.o_format)] += operations;
  command_ = command;
  begin(operations, std::move(on_done));
}

void VectorUnit::complete() {
  std::visit([this](const auto& command) { carry_out(command); }, command_);
  std::exchange(on_done_, nullptr)();
}

void VectorUnit::carry_out(const spec::Vector& command) {
  const operations::VectorFormats formats = formats_.of(command);
  const operations::VectorExtent extent = operations::vector_extent(formats, command);
  if (values_) {
    datapath::TileStats stats;
    if (work_) work_(true);
    arithmetic_.run(formats, command, a_.bytes(command.x_base, extent.x_bytes), b_.bytes(command.y_base, extent.y_bytes),
                    o_.bytes(command.o_base, extent.o_bytes), stats);
    if (work_) work_(false);
    exponent_unit_.accumulate(stats);
  }
  a_.read_bytes += static_cast<std::uint64_t>(extent.x_bytes);
  b_.read_bytes += static_cast<std::uint64_t>(extent.y_bytes);
  o_.written_bytes += static_cast<std::uint64_t>(extent.o_bytes);
}

void VectorUnit::carry_out(const operations::PlacedChain& chain) {
  const auto operand = [&](std::size_t i) {
    const operations::ChainPlace& place = chain.operands[i];
    return (place.scratchpad == 0 ? a_ : b_).bytes(place.base, operand_bytes(chain, i, formats_));
  };
  const auto result = [&](std::size_t i) { return o_.bytes(chain.results[i].base, result_bytes(chain, i, formats_)); };
  for (std::size_t i = 0; i < chain.operands.size(); ++i)
    (chain.operands[i].scratchpad == 0 ? a_ : b_).read_bytes += static_cast<std::uint64_t>(operand_bytes(chain, i, formats_));
  for (std::size_t i = 0; i < chain.results.size(); ++i)
    o_.written_bytes += static_cast<std::uint64_t>(result_bytes(chain, i, formats_));
  if (!values_) return;
  // All have been asked for before one is looked at: none moves after that.
  for (std::size_t i = 0; i < chain.operands.size(); ++i) operand(i);
  for (std::size_t i = 0; i < chain.results.size(); ++i) result(i);
  std::vector<operations::ChainSource> sources;
  std::vector<operations::ChainTarget> targets;
  for (std::size_t i = 0; i < chain.operands.size(); ++i) {
    const operations::ChainPlace& place = chain.operands[i];
    sources.push_back({formats_.at(place.format).format, static_cast<int>(place.exponent), operand(i)});
  }
  for (std::size_t i = 0; i < chain.results.size(); ++i) {
    const operations::ChainPlace& place = chain.results[i];
    targets.push_back({.format = formats_.at(place.format),
                       .exponent = static_cast<int>(place.exponent),
                       .bytes = result(i),
                       .seed = chain.seed,
                       .tensor = place.tensor});
  }
  if (work_) work_(true);
  chain_arithmetic_.run(chain.form, sources, targets);
  if (work_) work_(false);
  for (std::size_t i = 0; i < targets.size(); ++i) exponent_unit_.accumulate(targets[i].stats, i);
}

void VectorUnit::carry_out(const spec::Windows& command) {
  const operations::VectorFormats formats = window_formats(formats_, command);
  const operations::WindowExtent extent = operations::window_extent(formats, command);
  const bool maximum = op_of(command) == spec::WindowOp::Maximum;
  a_.read_bytes += static_cast<std::uint64_t>(extent.x_bytes);
  (maximum ? o_.written_bytes : b_.read_bytes) += static_cast<std::uint64_t>(extent.index_bytes);
  o_.written_bytes += static_cast<std::uint64_t>(extent.o_bytes);
  if (!values_) return;
  const auto indices = [&] { return (maximum ? o_ : b_).bytes(command.index_base, extent.index_bytes); };
  if (extent.index_bytes > 0) indices();  // asked for before others are looked at, which it might move
  operations::WindowBytes bytes{
      .x = a_.bytes(command.x_base, extent.x_bytes), .indices = {}, .out = o_.bytes(command.o_base, extent.o_bytes), .places = {}};
  if (maximum)
    bytes.places = indices();
  else if (extent.index_bytes > 0)
    bytes.indices = indices();
  datapath::TileStats stats;
  if (work_) work_(true);
  window_arithmetic_.run(formats, command, bytes, stats);
  if (work_) work_(false);
  exponent_unit_.accumulate(stats);
}

}  // namespace binade::hw
