// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/analytic_device.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "hw/compute/core_command.h"
#include "hw/engines/load_plan.h"
#include "hw/engines/walk_plan.h"
#include "hw/memory/dram_preset.h"
#include "models/datapath/timing.h"
#include "models/numerics/error.h"
#include "models/operations/chain/chain_record.h"
#include "models/operations/vector_ops.h"
#include "models/operations/window_record.h"

namespace binade::sim {

using spec::Counter;
using spec::Opcode;

namespace {

constexpr std::size_t kLoad = 0, kCompute = 1, kStore = 2;
/// Blocks of descriptors that the fetch unit has in flight.
constexpr std::uint64_t kFetchedAhead = 4;

std::size_t engine_of(std::int64_t opcode) {
  switch (static_cast<Opcode>(opcode)) {
    case Opcode::Load:
    case Opcode::LoadWalk:
      return kLoad;
    case Opcode::Store:
    case Opcode::Finish:
      return kStore;
    default:
      return kCompute;
  }
}

bool is_finish(const spec::Header& header) { return header.opcode == static_cast<std::int64_t>(Opcode::Finish); }

}  // namespace

AnalyticDevice::AnalyticDevice(const hw::PlatformConfig& config)
    : config_(config), formats_(config.formats()), period_ps_(static_cast<std::int64_t>(std::llround(1000 / config.clock_ghz))) {
  if (config.values) throw InvariantError("analytic device: a run with values");
  const auto modes = static_cast<std::size_t>(datapath::mode_count(config.core));
  arithmetic_.macs.resize(modes);
  arithmetic_.psum_accesses.resize(modes);
  arithmetic_.outputs.resize(modes);
  arithmetic_.beats.resize(modes);
  arithmetic_.out_vectors.resize(modes);
  arithmetic_.b_elements.resize(modes);
  arithmetic_.vector_operations.resize(static_cast<std::size_t>(formats_.size()));
  if (config.memory_ideal) return;
  const hw::DramPreset& preset = hw::dram_preset(config.dram.preset);
  dram_.emplace(preset, dram_channels(preset, config.dram.channels));
}

void AnalyticDevice::write_memory(std::uint64_t address, std::span<const std::byte> bytes) {
  auto& list = lists_[address];
  list.resize(bytes.size() / sizeof(std::int64_t));
  std::memcpy(list.data(), bytes.data(), list.size() * sizeof(std::int64_t));
}

void AnalyticDevice::read_memory(std::uint64_t, std::span<std::byte> bytes) { std::fill(bytes.begin(), bytes.end(), std::byte{0}); }

void AnalyticDevice::run(std::uint64_t address, std::uint64_t count) {
  const auto list = lists_.extract(address);
  if (list.empty() || list.mapped().size() < count * spec::kDescriptorWords)
    throw InvariantError("analytic device: no descriptors at address " + std::to_string(address));
  const Clock begin = now_;
  for (auto& engine : engines_) engine.free = begin;
  for (auto& row : tokens_)
    for (auto& tokens : row) tokens.clear();
  finished_ = 0;
  fetch_ = {.address = address,
            .list = Words(list.mapped()).first(count * spec::kDescriptorWords),
            .done = 0,
            .last_request = begin,
            .last_dispatch = begin,
            .popped = begin,
            .slots = std::deque<Clock>(kFetchedAhead, begin)};
  for (;;) {
    constexpr std::size_t kFetch = 3;
    std::size_t soonest = kFetch;
    Clock at = next_fetch();
    // Results are stored before further operands are loaded where both come at once, as the bus takes turns.
    for (const std::size_t engine : {kCompute, kStore, kLoad})
      if (const Clock next = next_action(engine); next < at) {
        at = next;
        soonest = engine;
      }
    if (at == kNever) break;
    if (soonest == kFetch)
      fetch();
    else
      act(soonest);
  }
  if (finished_ == 0) throw InvariantError("analytic device: the list waits for a token that nobody gives");
  now_ = finished_ + 2;
  counters_[Counter::TotalCycles] += now_ - begin;
}

spec::Counters AnalyticDevice::counters() const {
  spec::Counters counters = counters_;
  counters[Counter::BusBytes] = counters[Counter::LoadBytes] + counters[Counter::StoreBytes] + counters[Counter::FetchBytes];
  counters[Counter::DramReadBytes] = counters[Counter::LoadBytes] + counters[Counter::FetchBytes];
  counters[Counter::DramWriteBytes] = counters[Counter::StoreBytes];
  if (!dram_) return counters;
  hw::DramTiming settled = *dram_;
  settled.settle(static_cast<std::int64_t>(now_) * period_ps_);
  const hw::DramActivity& activity = settled.activity();
  counters[Counter::DramReadBursts] = activity.read_bursts;
  counters[Counter::DramWriteBursts] = activity.write_bursts;
  counters[Counter::DramActivates] = activity.activates;
  counters[Counter::DramRowHits] = activity.row_hits;
  counters[Counter::DramRefreshes] = activity.refreshes;
  counters[Counter::DramActivePs] = static_cast<std::uint64_t>(activity.active);
  return counters;
}

AnalyticDevice::Clock AnalyticDevice::next_fetch() const {
  if (fetch_.done == fetch_.list.size()) return kNever;
  const spec::Header header = spec::unpack_header(fetch_.list.subspan(fetch_.done));
  const Engine& engine = engines_[engine_of(header.opcode)];
  // The queue, and the command that its engine holds.
  if (engine.queue.size() > static_cast<std::size_t>(config_.queue_depth)) return kNever;
  const bool fills = engine.queue.size() == static_cast<std::size_t>(config_.queue_depth);
  return std::max({fetch_.last_request + 1, fetch_.slots.front(), fills ? fetch_.popped : 0});
}

/// One descriptor, its blocks one after the other.
void AnalyticDevice::fetch() {
  const Words rest = fetch_.list.subspan(fetch_.done);
  const spec::Header header = spec::unpack_header(rest);
  const std::size_t blocks = spec::descriptor_blocks(header.opcode);
  Clock arrival = 0, at = next_fetch();
  for (std::size_t block = 0; block < blocks; ++block) {
    at = std::max(at, fetch_.slots.front());
    fetch_.slots.pop_front();
    const std::uint64_t address = fetch_.address + fetch_.done * sizeof(std::int64_t) + block * spec::kDescriptorBytes;
    arrival = std::max(arrival, dram_ ? transaction(at, {address, spec::kDescriptorBytes, 0}, false) : at);
    fetch_.last_request = at++;
  }
  fetch_.last_dispatch = std::max(arrival, fetch_.last_dispatch + 1);
  for (std::size_t block = 0; block < blocks; ++block) fetch_.slots.push_back(fetch_.last_dispatch);
  engines_[engine_of(header.opcode)].queue.push_back(
      {header, rest.first(blocks * spec::kDescriptorWords), fetch_.last_dispatch + 1});
  fetch_.done += blocks * spec::kDescriptorWords;
  counters_[Counter::FetchDescriptors] += blocks;
  counters_[Counter::FetchBytes] += blocks * spec::kDescriptorBytes;
}

AnalyticDevice::Clock AnalyticDevice::token_clock(std::size_t engine) const {
  const spec::Header& header = engines_[engine].queue.front().header;
  Clock clock = 0;
  const auto wait = [&](bool wanted, std::size_t giver) {
    if (!wanted) return;
    const Tokens& tokens = tokens_[giver][engine];
    clock = tokens.empty() ? kNever : std::max(clock, tokens.front());
  };
  wait(header.pop_prev != 0, engine - 1);
  if (clock != kNever) wait(header.pop_next != 0, engine + 1);
  return clock;
}

AnalyticDevice::Clock AnalyticDevice::issue_clock(const Engine& engine, bool load) const {
  Clock at = std::max(engine.last_issue + 1, engine.start);
  if (engine.in_flight.size() >= static_cast<std::size_t>(config_.bus.outstanding)) at = std::max(at, engine.in_flight.front());
  return load ? at : std::max(at, engine.port_free);
}

AnalyticDevice::Clock AnalyticDevice::next_action(std::size_t index) const {
  const Engine& engine = engines_[index];
  if (engine.busy) return issue_clock(engine, index == kLoad);
  if (engine.queue.empty()) return kNever;
  const Clock tokens = token_clock(index);
  return tokens == kNever ? kNever : std::max({engine.free, tokens, engine.queue.front().fetched});
}

void AnalyticDevice::act(std::size_t index) {
  Engine& engine = engines_[index];
  if (engine.busy) {
    issue(engine, index == kLoad);
  } else {
    engine.start = next_action(index);
    fetch_.popped = engine.start;
    const spec::Header& header = engine.queue.front().header;
    if (header.pop_prev != 0) tokens_[index - 1][index].pop_front();
    if (header.pop_next != 0) tokens_[index + 1][index].pop_front();
    if (index == kCompute) return finish(index, engine.start + compute(engine.queue.front()));
    if (is_finish(header)) return finish(index, engine.start);
    begin_transfer(engine, index == kLoad);
  }
  if (engine.issued < engine.bursts.size()) return;
  finish(index, index == kLoad ? engine.port_free : std::max(engine.last_arrival, engine.start + (dram_ ? 0 : engine.work)));
}

void AnalyticDevice::begin_transfer(Engine& engine, bool load) {
  const Command& command = engine.queue.front();
  const auto burst = static_cast<std::uint64_t>(config_.bus.burst_bytes);
  engine.issued = 0;
  engine.passed = engine.worked = 0;
  engine.in_flight.clear();
  engine.last_arrival = engine.start;
  std::uint64_t tile = 0;
  const auto plan_load = [&](const auto& plan, std::int64_t scratchpad) {
    if (!plan) throw InvariantError("analytic device: a load outside the memory");
    engine.bursts = hw::split_bursts(plan->spans(), burst);
    tile = plan->tile_bytes();
    counters_[scratchpad == 0 ? Counter::SpadAWriteBytes : Counter::SpadBWriteBytes] += tile;
  };
  if (command.header.opcode == static_cast<std::int64_t>(Opcode::Load)) {
    const auto record = spec::unpack<spec::Load>(command.words);
    plan_load(hw::LoadPlan::make(record), record.scratchpad);
  } else if (load) {
    const auto record = spec::unpack<spec::LoadWalk>(command.words);
    plan_load(hw::WalkPlan::make(record), record.scratchpad);
  } else {
    const auto record = spec::unpack<spec::Store>(command.words);
    const auto plan = hw::StorePlan::make(record);
    if (!plan) throw InvariantError("analytic device: a store outside the memory");
    engine.bursts = hw::split_bursts(plan->spans, burst);
    tile = static_cast<std::uint64_t>(record.rows * record.cols * record.element_bytes);
    counters_[Counter::SpadOReadBytes] += tile;
  }
  engine.work = port_clocks(tile);
  engine.bytes = 0;
  for (const auto& each : engine.bursts) engine.bytes += each.bytes;
  counters_[load ? Counter::LoadBytes : Counter::StoreBytes] += engine.bytes;
  counters_[load ? Counter::LoadBursts : Counter::StoreBursts] += engine.bursts.size();
  engine.busy = true;
  // A store's first burst leaves once its share of the tile has been gathered; a load without bursts is padding alone.
  engine.port_free = engine.start + (load && engine.bursts.empty() ? engine.work : 0);
  engine.last_issue = engine.start == 0 ? 0 : engine.start - 1;
  if (!load && !engine.bursts.empty() && dram_)
    engine.port_free = engine.start + engine.work * engine.bursts.front().bytes / engine.bytes;
}

void AnalyticDevice::issue(Engine& engine, bool load) {
  const hw::DramSpan& burst = engine.bursts[engine.issued];
  const Clock at = dram_ ? issue_clock(engine, load) : engine.start;
  if (engine.in_flight.size() >= static_cast<std::size_t>(config_.bus.outstanding)) engine.in_flight.pop_front();
  const Clock arrival = dram_ ? transaction(at, burst, !load) : at;
  engine.in_flight.push_back(arrival);
  engine.last_issue = at;
  engine.last_arrival = std::max(engine.last_arrival, arrival);
  ++engine.issued;
  engine.passed += burst.bytes;
  if (load) {
    const std::uint64_t allowed = engine.work * engine.passed / engine.bytes;
    engine.port_free = std::max(engine.port_free, arrival) + (allowed - engine.worked);
    engine.worked = allowed;
  } else if (engine.issued < engine.bursts.size() && dram_) {
    const std::uint64_t next = engine.work * (engine.passed + engine.bursts[engine.issued].bytes) / engine.bytes;
    const std::uint64_t before = engine.work * engine.passed / engine.bytes;
    engine.port_free = std::max(engine.port_free, at) + (next - before);
  }
}

void AnalyticDevice::finish(std::size_t index, Clock end) {
  Engine& engine = engines_[index];
  const spec::Header header = engine.queue.front().header;
  engine.queue.pop_front();
  engine.busy = false;
  engine.free = end;
  if (header.push_prev != 0) tokens_[index][index - 1].push_back(end + 1);
  if (header.push_next != 0) tokens_[index][index + 1].push_back(end + 1);
  if (is_finish(header)) finished_ = end;
}

AnalyticDevice::Clock AnalyticDevice::vector_clocks(std::uint64_t operations) {
  const auto lanes = static_cast<std::uint64_t>(config_.vector.lanes);
  const Clock clocks = static_cast<Clock>(config_.vector.latency_cycles) + (operations + lanes - 1) / lanes;
  counters_[Counter::VectorBusy] += clocks;
  counters_[Counter::VectorOperations] += operations;
  counters_[Counter::ComputeBusy] += clocks;
  return clocks;
}

AnalyticDevice::Clock AnalyticDevice::compute(const Command& command) {
  const auto moved = [this](std::int64_t a, std::int64_t b, std::int64_t o) {
    counters_[Counter::SpadAReadBytes] += static_cast<std::uint64_t>(a);
    counters_[Counter::SpadBReadBytes] += static_cast<std::uint64_t>(b);
    counters_[Counter::SpadOWriteBytes] += static_cast<std::uint64_t>(o);
  };
  switch (static_cast<Opcode>(command.header.opcode)) {
    case Opcode::Gemm:
      return compute(spec::unpack<spec::Gemm>(command.words));
    case Opcode::Vector: {
      const auto record = spec::unpack<spec::Vector>(command.words);
      const operations::VectorExtent extent = operations::vector_extent(formats_.of(record), record);
      moved(extent.x_bytes, extent.y_bytes, extent.o_bytes);
      arithmetic_.vector_operations[static_cast<std::size_t>(record.o_format)] += extent.operations;
      return vector_clocks(extent.operations);
    }
    case Opcode::Chain: {
      const operations::PlacedChain chain = operations::placed_chain(spec::unpack<spec::Chain>(command.words), formats_);
      const auto outputs = static_cast<std::uint64_t>(chain.form.outputs);
      for (const operations::ChainStep& step : chain.form.steps)
        arithmetic_.vector_operations[static_cast<std::size_t>(formats_.find(step.to).value())] +=
            outputs * static_cast<std::uint64_t>(primitive_row(step.what).operations);
      if (chain.form.steps.empty()) arithmetic_.vector_operations[static_cast<std::size_t>(chain.results[0].format)] += outputs;
      for (std::size_t i = 0; i < chain.operands.size(); ++i) {
        const std::int64_t bytes = operations::operand_bytes(chain, i, formats_);
        moved(chain.operands[i].scratchpad == 0 ? bytes : 0, chain.operands[i].scratchpad == 0 ? 0 : bytes, 0);
      }
      for (std::size_t i = 0; i < chain.results.size(); ++i) moved(0, 0, operations::result_bytes(chain, i, formats_));
      return vector_clocks(outputs * chain.form.operations());
    }
    default: {
      const auto record = spec::unpack<spec::Windows>(command.words);
      const operations::WindowExtent extent = operations::window_extent(window_formats(formats_, record), record);
      const bool maximum = op_of(record) == spec::WindowOp::Maximum;
      moved(extent.x_bytes, maximum ? 0 : extent.index_bytes, extent.o_bytes + (maximum ? extent.index_bytes : 0));
      const std::uint64_t operations = operations::window_operations(record);
      arithmetic_.vector_operations[static_cast<std::size_t>(record.o_format)] += operations;
      return vector_clocks(operations);
    }
  }
}

AnalyticDevice::Clock AnalyticDevice::compute(const spec::Gemm& gemm) {
  using datapath::Stream;
  const auto mode = static_cast<std::size_t>(gemm.mode);
  const datapath::CoreConfig core = datapath::in_mode(config_.core, static_cast<int>(gemm.mode));
  const datapath::CoreCommand command = hw::core_command(gemm);
  const std::uint64_t beats = tile_beats(core, command), overhead = tile_overhead(core, command);
  const std::uint64_t a = a_vectors(core, command), b = b_vectors(core, command), out = out_vectors(core, command);
  const std::uint64_t a_elements = stream_elements(core, command, Stream::A),
                      b_elements = stream_elements(core, command, Stream::B), outputs = stream_elements(core, command, Stream::Out);
  const auto a_bytes = static_cast<std::uint64_t>(core.format.a.storage_bytes()),
             b_bytes = static_cast<std::uint64_t>(core.format.b.storage_bytes()),
             o_bytes = static_cast<std::uint64_t>(datapath::output_bytes(core));
  const auto bias_bytes = static_cast<std::uint64_t>(core.format.out.storage_bytes());
  const std::uint64_t biases = command.bias ? static_cast<std::uint64_t>(command.n) : 0;
  const auto waits = [&](Stream stream, std::uint64_t vectors, std::uint64_t bytes) {
    const auto lanes = static_cast<std::uint64_t>(widest_vector(core, command, stream));
    return vectors * (port_clocks(lanes * bytes) - 1);
  };
  const std::uint64_t stall_a = waits(Stream::A, a, a_bytes), stall_b = waits(Stream::B, b, b_bytes);
  const std::uint64_t lane = out * static_cast<std::uint64_t>(std::max(0, core.lane_interval - 1));
  const std::uint64_t stall_out = std::max(waits(Stream::Out, out, o_bytes), lane);
  const std::uint64_t stall = std::max({stall_a, stall_b, stall_out});
  counters_[Counter::CoreBeats] += beats;
  counters_[Counter::CoreOverhead] += overhead;
  counters_[stall == stall_a ? Counter::CoreStallA : stall == stall_b ? Counter::CoreStallB : Counter::CoreStallOut] += stall;
  const auto macs =
      static_cast<std::uint64_t>(command.m) * static_cast<std::uint64_t>(command.n) * static_cast<std::uint64_t>(command.k);
  counters_[Counter::CoreMacs] += macs;
  counters_[Counter::CoreAVectors] += a;
  counters_[Counter::CoreBVectors] += b;
  counters_[Counter::CoreOutVectors] += out;
  counters_[Counter::CoreAElements] += a_elements;
  counters_[Counter::CoreBElements] += b_elements;
  counters_[Counter::CoreOutputs] += outputs;
  counters_[Counter::CorePsumReads] += psum_reads(core, command);
  counters_[Counter::CorePsumWrites] += psum_writes(core, command);
  counters_[Counter::SpadAReadBytes] += a_elements * a_bytes;
  counters_[Counter::SpadBReadBytes] += (b_elements - biases) * b_bytes + biases * bias_bytes;
  counters_[Counter::SpadOWriteBytes] += outputs * o_bytes;
  arithmetic_.macs[mode] += macs;
  arithmetic_.psum_accesses[mode] += psum_reads(core, command) + psum_writes(core, command);
  arithmetic_.outputs[mode] += outputs;
  arithmetic_.beats[mode] += beats;
  arithmetic_.out_vectors[mode] += out;
  arithmetic_.b_elements[mode] += b_elements;
  counters_[Counter::ComputeBusy] += beats + overhead + stall;
  return beats + overhead + stall;
}

/// The clock on which a read's data or a write's answer is back.
AnalyticDevice::Clock AnalyticDevice::transaction(Clock at, const hw::DramSpan& burst, bool write) {
  const auto width = static_cast<std::uint64_t>(config_.bus.bytes_per_cycle);
  const auto latency = static_cast<Clock>(config_.bus.latency_cycles);
  const Clock beats = (burst.bytes + width - 1) / width;
  const auto take_path = [&](Clock from) {
    counters_[Counter::BusBusy] += beats;
    return data_free_ = std::max(from, data_free_) + beats;
  };
  const Clock sent = (write ? take_path(at + 1) - 1 : at + 1) + latency;
  const std::int64_t end = dram_->access(static_cast<std::int64_t>(sent) * period_ps_, burst.address, burst.bytes, write);
  const auto answered = static_cast<Clock>((end + period_ps_ - 1) / period_ps_);
  return (write ? answered : take_path(answered)) + latency;
}

std::uint64_t AnalyticDevice::port_clocks(std::uint64_t bytes) const {
  if (config_.memory_ideal) return 1;
  const auto port =
      static_cast<std::uint64_t>(config_.scratchpad.banks) * static_cast<std::uint64_t>(config_.scratchpad.bank_bytes);
  return std::max<std::uint64_t>(1, (bytes + port - 1) / port);
}

}  // namespace binade::sim
