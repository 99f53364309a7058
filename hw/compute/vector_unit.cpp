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
  std::vector<operations::ChainSource> sources;
  std::vector<operations::ChainTarget> targets;
  for (std::size_t i = 0; i < chain.operands.size(); ++i) {
    const operations::ChainPlace& place = chain.operands[i];
    Scratchpad& pad = place.scratchpad == 0 ? a_ : b_;
    const std::int64_t bytes = operand_bytes(chain, i, formats_);
    pad.read_bytes += static_cast<std::uint64_t>(bytes);
    if (values_)
      sources.push_back({formats_.at(place.format).format, static_cast<int>(place.exponent), pad.bytes(place.base, bytes)});
  }
  for (std::size_t i = 0; i < chain.results.size(); ++i) {
    const operations::ChainPlace& place = chain.results[i];
    const std::int64_t bytes = result_bytes(chain, i, formats_);
    o_.written_bytes += static_cast<std::uint64_t>(bytes);
    if (values_)
      targets.push_back({.format = formats_.at(place.format),
                         .exponent = static_cast<int>(place.exponent),
                         .bytes = o_.bytes(place.base, bytes),
                         .seed = chain.seed,
                         .tensor = place.tensor});
  }
  if (!values_) return;
  if (work_) work_(true);
  chain_arithmetic_.run(chain.form, sources, targets);
  if (work_) work_(false);
  for (std::size_t i = 0; i < targets.size(); ++i) exponent_unit_.accumulate(targets[i].stats, i);
}

}  // namespace binade::hw
