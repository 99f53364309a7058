// SPDX-License-Identifier: Apache-2.0
#include "hw/compute/core_unit.h"

#include <string>
#include <utility>

#include "hw/compute/core_command.h"
#include "models/datapath/timing.h"
#include "models/kernels/operand_activity.h"
#include "models/numerics/error.h"

namespace binade::hw {

using spec::Counter;

CoreUnit::CoreUnit(sc_core::sc_module_name name, const Clock& clock, std::unique_ptr<datapath::Core> core, Scratchpad& a,
                   Scratchpad& b, Scratchpad& o, ExponentUnit& exponent_unit, bool counts_operands)
    : sc_module(name),
      clock_(clock),
      core_(std::move(core)),
      a_(a),
      b_(b),
      o_(o),
      exponent_unit_(exponent_unit),
      counts_operands_(counts_operands),
      streams_(core_->config(), a, b, o) {
  const auto modes = static_cast<std::size_t>(mode_count(core_->config()));
  counts_.macs.resize(modes);
  counts_.psum_accesses.resize(modes);
  counts_.outputs.resize(modes);
  counts_.beats.resize(modes);
  counts_.out_vectors.resize(modes);
  counts_.b_elements.resize(modes);
  if (counts_operands_) counts_.operands.resize(modes);
  core_->reset();
  SC_HAS_PROCESS(CoreUnit);
  SC_METHOD(step);
  sensitive << started_;
  dont_initialize();
}

void CoreUnit::start(const spec::Gemm& gemm, std::function<void()> on_done) {
  gemm_ = gemm;
  on_done_ = std::move(on_done);
  streams_.set_tile(gemm);
  core_->start(core_command(gemm), streams_);
  running_ = true;
  clocks_ = core_->clocks_to_event();
  started_.notify(clock_.span(clocks_));
}

void CoreUnit::step() {
  if (!core_->advance(clocks_)) {
    clocks_ = core_->clocks_to_event();
    if (clocks_ == 0) throw InvariantError(std::string(name()) + ": the core went idle without completing its tile");
    next_trigger(clock_.span(clocks_));
    return;
  }
  running_ = false;
  complete();
}

void CoreUnit::complete() {
  const datapath::TileClocks& clocks = core_->clocks();
  counters_[Counter::CoreBeats] += clocks.beats;
  counters_[Counter::CoreStallA] += clocks.stall_a;
  counters_[Counter::CoreStallB] += clocks.stall_b;
  counters_[Counter::CoreStallOut] += clocks.stall_out;
  counters_[Counter::CoreOverhead] += clocks.overhead;
  counters_[Counter::CoreMacs] += clocks.macs;
  counters_[Counter::CoreAVectors] += clocks.a_vectors;
  counters_[Counter::CoreBVectors] += clocks.b_vectors;
  counters_[Counter::CoreOutVectors] += clocks.out_vectors;
  counters_[Counter::CorePsumReads] += clocks.psum_reads;
  counters_[Counter::CorePsumWrites] += clocks.psum_writes;
  const datapath::CoreCommand command = core_command(gemm_);
  const auto mode = static_cast<std::size_t>(command.mode);
  counts_.macs[mode] += clocks.macs;
  counts_.psum_accesses[mode] += clocks.psum_reads + clocks.psum_writes;
  counts_.beats[mode] += clocks.beats;
  counts_.out_vectors[mode] += clocks.out_vectors;
  const auto elements = [&](datapath::Stream stream) { return stream_elements(streams_.config(), command, stream); };
  const auto bytes = [&](datapath::Stream stream) { return elements(stream) * streams_.element_bytes(stream); };
  const std::uint64_t biases = command.bias ? static_cast<std::uint64_t>(command.n) : 0;
  counters_[Counter::CoreAElements] += elements(datapath::Stream::A);
  counters_[Counter::CoreBElements] += elements(datapath::Stream::B);
  counters_[Counter::CoreOutputs] += elements(datapath::Stream::Out);
  counts_.outputs[mode] += elements(datapath::Stream::Out);
  counts_.b_elements[mode] += elements(datapath::Stream::B);
  a_.read_bytes += bytes(datapath::Stream::A);
  b_.read_bytes +=
      bytes(datapath::Stream::B) - biases * streams_.element_bytes(datapath::Stream::B) + biases * streams_.bias_bytes();
  o_.written_bytes += bytes(datapath::Stream::Out);
  exponent_unit_.accumulate(core_->stats());
  if (counts_operands_) count_operands();
  std::exchange(on_done_, nullptr)();
}

// The operands stay in the scratchpads until the tile is done.
void CoreUnit::count_operands() {
  const datapath::CoreConfig& mode = streams_.config();
  const auto a = a_.bytes(gemm_.a_base, kernels::a_blocks(mode, gemm_.m, gemm_.k).bytes());
  const auto b = b_.bytes(gemm_.b_base, kernels::b_blocks(mode, gemm_.n, gemm_.k).bytes());
  counts_.operands[static_cast<std::size_t>(gemm_.mode)] += kernels::operand_sums(mode, gemm_.m, gemm_.n, gemm_.k, a, b);
}

}  // namespace binade::hw
