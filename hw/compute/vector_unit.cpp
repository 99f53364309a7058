// SPDX-License-Identifier: Apache-2.0
#include "hw/compute/vector_unit.h"

#include <utility>

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

void VectorUnit::start(const spec::Vector& command, std::function<void()> on_done) {
  command_ = command;
  on_done_ = std::move(on_done);
  const auto lanes = static_cast<std::uint64_t>(config_.lanes);
  const std::uint64_t operations = operations::vector_extent(formats_.of(command), command).operations;
  const Cycle clocks = static_cast<Cycle>(config_.latency_cycles) + (operations + lanes - 1) / lanes;
  counters_[Counter::VectorBusy] += clocks;
  counters_[Counter::VectorOperations] += operations;
  counts_.vector_operations[static_cast<std::size_t>(command.o_format)] += operations;
  done_.notify(clock_.span(clocks));
}

void VectorUnit::complete() {
  const operations::VectorFormats formats = formats_.of(command_);
  const operations::VectorExtent extent = operations::vector_extent(formats, command_);
  if (values_) {
    datapath::TileStats stats;
    if (work_) work_(true);
    arithmetic_.run(formats, command_, a_.bytes(command_.x_base, extent.x_bytes), b_.bytes(command_.y_base, extent.y_bytes),
                    o_.bytes(command_.o_base, extent.o_bytes), stats);
    if (work_) work_(false);
    exponent_unit_.accumulate(stats);
  }
  a_.read_bytes += static_cast<std::uint64_t>(extent.x_bytes);
  b_.read_bytes += static_cast<std::uint64_t>(extent.y_bytes);
  o_.written_bytes += static_cast<std::uint64_t>(extent.o_bytes);
  std::exchange(on_done_, nullptr)();
}

}  // namespace binade::hw
