// SPDX-License-Identifier: Apache-2.0
#include "sim/host/tile_cost.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "hw/memory/dram_preset.h"
#include "models/datapath/dataflow/blocks.h"
#include "models/datapath/dataflow/dataflow.h"
#include "models/datapath/timing.h"

namespace binade::sim {
namespace {

using datapath::ceil_div;
using operations::Walk;

// The tiles of one axis: how many are full, and the ragged last one.
struct Cut {
  Cut(std::int64_t extent, std::int64_t tile)
      : parts{{{tile, static_cast<double>(extent / tile)}, {extent % tile, extent % tile != 0 ? 1.0 : 0.0}}},
        tiles(static_cast<double>(ceil_div(extent, tile))) {}
  struct Part {
    std::int64_t extent;
    double times;
  };
  std::array<Part, 2> parts;
  double tiles;
};

}  // namespace

/// Of all transfers of one operand, each tile once; `bus` and `port` in clocks of each alone.
struct TileCost::Sum {
  double commands = 0, transactions = 0, bursts = 0, rows = 0, bus = 0, port = 0;
  Sum operator*(double times) const {
    return {commands * times, transactions * times, bursts * times, rows * times, bus * times, port * times};
  }
  void operator+=(const Sum& other) {
    commands += other.commands;
    transactions += other.transactions;
    bursts += other.bursts;
    rows += other.rows;
    bus += other.bus;
    port += other.port;
  }
  Sum operator+(const Sum& other) const {
    Sum sum = *this;
    sum += other;
    return sum;
  }
};

/// One command's.
TileCost::Sum TileCost::command(const Transfer& transfer, const TilePart& part) const {
  // Transactions are whole clocks of the bus, and tiles of the scratchpad's port.
  const double mean = transfer.transactions > 0 ? transfer.bytes / transfer.transactions : 0;
  const double clocks = std::min(mean, static_cast<double>(sizes_.transaction)) / config_.bus.bytes_per_cycle;
  return {.commands = 1,
          .transactions = transfer.transactions,
          .bursts = transfer.bursts,
          .rows = transfer.rows,
          .bus = transfer.transactions * std::max(1.0, clocks),
          .port = static_cast<double>(ceil_div(part.rows * part.columns * part.element, port_bytes_))};
}

TileCost::TileCost(const hw::PlatformConfig& config, const operations::GemmForm& form) : config_(config), shape_(form.shape) {
  // Without parts: dense matrices.
  a_ = form.parts.empty() ? operations::matrix_walk(shape_.k, 1) : form.parts.front().a.walk;
  b_ = form.parts.empty() ? operations::matrix_walk(shape_.k, 1) : form.parts.front().b.walk;
  out_ = form.parts.empty() ? operations::GemmTarget{.plane = 1, .outer_step = shape_.n} : form.parts.front().out;
  const hw::DramPreset& dram = hw::dram_preset(config.dram.preset);
  const double channels = hw::dram_channels(dram, config.dram.channels);
  const double clocks_of_ps = config.clock_ghz / 1000;
  port_bytes_ = std::int64_t{config.scratchpad.banks} * config.scratchpad.bank_bytes;
  sizes_ = {config.bus.burst_bytes, dram.burst_bytes(), static_cast<std::int64_t>(dram.row_bytes * dram.bank_groups * channels)};
  burst_clocks_ = std::max(dram.burst_ps, dram.ccd_short_ps) * clocks_of_ps / channels;
  row_clocks_ = (dram.rp_ps + dram.rcd_ps) * dram.bank_groups * clocks_of_ps;
  // The bus turns twice, and now and then the two streams open each other's rows: any of the banks may be theirs.
  const double banks = std::max(1, dram.banks / dram.bank_groups);
  // Reads queue, so two of them go before the data bus turns.
  turn_clocks_ = (dram.cl_ps + dram.wtr_ps + 2 * (dram.rp_ps + dram.rcd_ps) / banks) * clocks_of_ps / channels / 2;
  latency_ = 2 * config.bus.latency_cycles + 4 + (dram.rcd_ps + dram.cl_ps + dram.burst_ps) * clocks_of_ps;
}

double TileCost::core_clocks(const Tile& tile) const {
  using datapath::Stream;
  const datapath::CoreConfig& core = config_.core;
  const auto clocks_of = [&](std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t k_base) {
    const bool first = k_base == 0, last = k_base + k >= shape_.k;
    const datapath::CoreCommand c{.m = m,
                                  .n = n,
                                  .k = k,
                                  .first_k = first,
                                  .last_k = last,
                                  .k_base = k_base,
                                  .bias = shape_.bias && numerics::bias_joins(core.accumulate, first, last)};
    const auto waits = [&](Stream stream, std::uint64_t vectors, int element) {
      const double clocks = std::ceil(widest_vector(core, c, stream) * element / static_cast<double>(port_bytes_));
      return static_cast<double>(vectors) * (std::max(1.0, clocks) - 1);
    };
    const double lane = static_cast<double>(out_vectors(core, c)) * std::max(0, core.lane_interval - 1);
    return static_cast<double>(tile_beats(core, c) + tile_overhead(core, c)) +
           std::max({waits(Stream::A, a_vectors(core, c), core.format.a.storage_bytes()),
                     waits(Stream::B, b_vectors(core, c), core.format.b.storage_bytes()),
                     waits(Stream::Out, out_vectors(core, c), output_bytes(core)), lane});
  };
  const std::int64_t k_tiles = ceil_div(shape_.k, tile.k);
  const std::int64_t last_base = (k_tiles - 1) * tile.k;
  double clocks = 0;
  for (const auto& m : Cut(shape_.m, tile.m).parts)
    for (const auto& n : Cut(shape_.n, tile.n).parts) {
      if (m.times * n.times == 0) continue;
      double one = clocks_of(m.extent, n.extent, shape_.k - last_base, last_base);
      if (k_tiles > 1) one += clocks_of(m.extent, n.extent, tile.k, 0);
      if (k_tiles > 2) one += static_cast<double>(k_tiles - 2) * clocks_of(m.extent, n.extent, tile.k, tile.k);
      clocks += m.times * n.times * one;
    }
  return clocks * static_cast<double>(shape_.count);
}

TileCost::Sum TileCost::loads(const Walk& walk, std::int64_t rows, std::int64_t row_tile, std::int64_t k_tile,
                              std::int64_t element) const {
  Sum sum;
  for (const auto& x : Cut(rows, row_tile).parts)
    for (const auto& k : Cut(shape_.k, k_tile).parts)
      if (x.times * k.times != 0) {
        const TilePart part{x.extent, k.extent, element};
        sum += command(load_transfer(walk, {rows, shape_.k}, part, sizes_), part) * (x.times * k.times);
      }
  return sum;
}

// A scratchpad of one tile is loaded while nobody computes. All other transfers go on beside the core, and each engine, the bus and
// the DRAM have one thing to do at a time; reads and writes that alternate make the DRAM's data bus turn round each time.
TileCost::Estimate TileCost::operator()(const Tile& tile) const {
  const datapath::CoreConfig& core = config_.core;
  const auto count = static_cast<double>(shape_.count);
  const Cut m(shape_.m, tile.m), n(shape_.n, tile.n), k(shape_.k, tile.k);
  const TileSlots slots = tile_slots(config_, shape_, tile);
  const auto a_element = core.format.a.storage_bytes(), b_element = core.format.b.storage_bytes();
  const Sum a_once = loads(a_, shape_.m, tile.m, tile.k, a_element);
  Sum b_once = loads(b_, shape_.n, tile.n, tile.k, b_element);
  if (shape_.bias)  // beside a tile of B, its columns' biases
    for (const auto& columns : n.parts)
      if (columns.times != 0) {
        const TilePart part{columns.extent, 1, core.format.out.storage_bytes()};
        b_once += command(load_transfer(operations::matrix_walk(1, 1), {shape_.n}, part, sizes_), part) * columns.times;
      }
  // The outer operand is held over the inner loop where all of its K lies in the scratchpad, the inner one where all of it does.
  const auto times = [&](bool outer, double own_tiles, double other_tiles, int held) {
    return (outer ? k.tiles : own_tiles * k.tiles) <= held ? 1 : other_tiles;
  };
  const double a_times = times(tile.n_inner, m.tiles, n.tiles, slots.a), b_times = times(!tile.n_inner, n.tiles, m.tiles, slots.b);
  const Sum a = a_once * (a_times * count), b = b_once * (b_times * count);
  Sum store;
  for (const auto& rows : m.parts)
    for (const auto& columns : n.parts)
      if (rows.times * columns.times != 0) {
        const TilePart part{rows.extent, columns.extent, output_bytes(core)};
        store += command(store_transfer(out_, {shape_.m, shape_.n}, part, sizes_), part) * (rows.times * columns.times * count);
      }
  const double outputs = m.tiles * n.tiles * count, computes = outputs * k.tiles;
  const double descriptors = a.commands + b.commands + computes + outputs;

  const auto engine = [&](const Sum& sum) {
    const double each = std::max(1.0, latency_ / config_.bus.outstanding);
    return sum.commands * latency_ + std::max({sum.transactions * each, sum.bursts * burst_clocks_, sum.bus, sum.port});
  };
  const double list_bursts =
      descriptors * std::max(1.0, static_cast<double>(spec::kDescriptorBytes) / static_cast<double>(sizes_.device));
  const double list_bus = descriptors * std::max(1.0, static_cast<double>(spec::kDescriptorBytes) / config_.bus.bytes_per_cycle);
  const double pairs = std::min(a.transactions + b.transactions, store.transactions);
  const Sum all = a + b + store;
  const auto dram = [&](double bursts, double rows, double turns) {
    return bursts * burst_clocks_ + rows * row_clocks_ + turns * turn_clocks_;
  };
  Estimate estimate;
  estimate.core = core_clocks(tile);
  estimate.memory = std::max(dram(all.bursts + list_bursts, all.rows, pairs), all.bus + list_bus);
  estimate.transactions = all.transactions;
  estimate.bursts = all.bursts;
  double alone = 0;  // loads that no compute overlaps, but the first ones: the result before each is stored meanwhile
  const auto exposed = [&](const Sum& sum, int held) {
    if (held != 1 || sum.commands <= 1) return;
    const Sum stored = store * std::min(1.0, sum.commands / store.commands);
    const double between = std::min(sum.transactions, stored.transactions);
    const Sum both = sum + stored * (between / stored.transactions);
    alone += std::max(engine(sum), dram(both.bursts, both.rows, between)) * (1 - 1 / sum.commands);
  };
  exposed(a, slots.a);
  exposed(b, slots.b);
  const double first = engine(a) / a.commands + engine(b) / (b.commands / (shape_.bias ? 2 : 1)),
               last = engine(store) / store.commands;
  const double beside = std::max({estimate.memory, engine(a + b), engine(store)});
  const double overlapped = std::max(estimate.core, beside - alone);
  estimate.clocks = first + overlapped + alone + last;
  estimate.score = estimate.clocks + std::min(estimate.core, estimate.memory) / 20;
  return estimate;
}

}  // namespace binade::sim
