// SPDX-License-Identifier: Apache-2.0
#include "sim/host/tiling.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "hw/memory/dram_preset.h"
#include "models/datapath/dataflow/dataflow.h"
#include "models/datapath/timing.h"
#include "models/numerics/error.h"
#include "sim/host/scratchpads.h"

namespace binade::sim {

namespace {

using datapath::Axis;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

std::int64_t source_bytes(const GemmShape& shape, std::int64_t rows, std::int64_t depth, int element_bytes) {
  const GemmShape::Image& s = shape.source;
  if (!s.image) return rows * depth * element_bytes;
  const std::int64_t planes = ceil_div(depth, s.kernel_area);
  const std::int64_t whole = rows / s.out_plane;
  const std::int64_t out_rows = ceil_div(rows % s.out_plane, s.out_width);
  const std::int64_t in_rows = out_rows == 0 ? 0 : std::min(s.in_height, (out_rows - 1) * s.stride_h + s.reach_h);
  return planes * s.in_width * (whole * s.in_height + in_rows) * element_bytes;
}

// Sum over the tiles of one axis of f(extent): all full ones and the ragged last one.
template <class F>
auto over_tiles(std::int64_t extent, std::int64_t tile, F f) {
  auto total = f(tile) * static_cast<decltype(f(tile))>(extent / tile);
  if (extent % tile != 0) total += f(extent % tile);
  return total;
}

// Peak of the slower of bus and DRAM.
double bytes_per_clock(const hw::PlatformConfig& config) {
  const double bus = config.bus.bytes_per_cycle;
  const hw::DramPreset* dram = hw::find_dram_preset(config.dram.preset);
  if (dram == nullptr) return bus;
  const double per_ns = dram->channel_bytes_per_ns() * hw::dram_channels(*dram, config.dram.channels);
  return std::min(bus, per_ns / config.clock_ghz);
}

double cost(const hw::PlatformConfig& config, const GemmShape& shape, const Tile& tile) {
  const datapath::CoreConfig& core = config.core;
  const auto output_tile = [&](std::int64_t m, std::int64_t n) {
    std::uint64_t clocks = 0;
    for (std::int64_t k = 0; k < shape.k; k += tile.k) {
      const bool last = k + tile.k >= shape.k;
      const datapath::CoreCommand command{.m = m,
                                          .n = n,
                                          .k = std::min(tile.k, shape.k - k),
                                          .first_k = k == 0,
                                          .last_k = last,
                                          .k_base = k,
                                          .bias = shape.bias && numerics::bias_joins(core.accumulate, k == 0, last)};
      clocks += tile_beats(core, command) + tile_overhead(core, command);
    }
    return static_cast<double>(clocks);
  };
  const double clocks = over_tiles(shape.m, tile.m, [&](std::int64_t m) {
    return over_tiles(shape.n, tile.n, [&](std::int64_t n) { return output_tile(m, n); });
  });
  const std::int64_t m_tiles = ceil_div(shape.m, tile.m), n_tiles = ceil_div(shape.n, tile.n), k_tiles = ceil_div(shape.k, tile.k);
  const int a_element = core.format.a.storage_bytes(), b_element = core.format.b.storage_bytes();
  const double a_once = over_tiles(shape.m, tile.m, [&](std::int64_t m) {
    return over_tiles(shape.k, tile.k, [&](std::int64_t k) { return static_cast<double>(source_bytes(shape, m, k, a_element)); });
  });
  const double b_once = static_cast<double>(shape.n) * static_cast<double>(shape.k) * b_element;
  const auto times = [](std::int64_t own_tiles, std::int64_t other_tiles) {
    return own_tiles <= 2 ? 1.0 : static_cast<double>(other_tiles);
  };
  const double a_times = tile.n_inner && k_tiles == 1 ? 1.0 : times(m_tiles * k_tiles, n_tiles);
  const double b_times = !tile.n_inner && k_tiles == 1 ? 1.0 : times(n_tiles * k_tiles, m_tiles);
  const double out = static_cast<double>(shape.m) * static_cast<double>(shape.n) * output_bytes(core);
  const double rate = bytes_per_clock(config);
  const double memory = (a_once * a_times + b_once * b_times + out) / rate;
  const double first = static_cast<double>(source_bytes(shape, tile.m, tile.k, a_element) + tile.n * tile.k * b_element) / rate;
  const double last = static_cast<double>(tile.m * tile.n * output_bytes(core)) / rate;
  return first + std::max(clocks, memory) + std::min(clocks, memory) / 8 + last;
}

// Extents to try along one axis: doublings of the array's, the whole, and the largest multiple that fits.
std::vector<std::int64_t> candidates(std::int64_t extent, std::int64_t step, std::int64_t limit) {
  std::vector<std::int64_t> list;
  for (std::int64_t t = step; t < extent && t <= limit; t *= 2) list.push_back(t);
  if (limit >= extent) {
    list.push_back(extent);
  } else if (limit >= step) {
    list.push_back(limit / step * step);
  }
  return list;
}

// The deepest tile that fits beside m x n, or nothing.
std::optional<std::int64_t> depth_that_fits(const hw::PlatformConfig& config, const GemmShape& shape, std::int64_t m,
                                            std::int64_t n) {
  const datapath::CoreConfig& core = config.core;
  const HalfBytes half = half_bytes(config);
  if (tile_bytes(config, shape, {m, n, 1}).o > half.o) return std::nullopt;
  const datapath::DataflowRules& rules = datapath::rules_of(core);
  const auto fits = [&](std::int64_t k) {
    const TileBytes bytes = tile_bytes(config, shape, {m, n, k});
    return bytes.a <= half.a && bytes.b <= half.b;
  };
  if (fits(shape.k)) return shape.k;
  const bool one_block = n <= core.cols && m <= rules.partial_k_rows(core);
  if (!one_block) return std::nullopt;
  const std::int64_t step = rules.step(core, Axis::K);   // whole folds, so that only the last is ragged
  std::int64_t low = 0, high = ceil_div(shape.k, step);  // in steps: low fits, high does not
  while (high - low > 1) {
    const std::int64_t middle = (low + high) / 2;
    (fits(middle * step) ? low : high) = middle;
  }
  if (low == 0) return std::nullopt;
  const std::int64_t tiles = ceil_div(shape.k, low * step);
  return ceil_div(ceil_div(shape.k, tiles), step) * step;  // equal shares
}

[[noreturn]] void refuse(const hw::PlatformConfig& config, const GemmShape& shape, const std::string& where) {
  const datapath::CoreConfig& core = config.core;
  const datapath::DataflowRules& rules = datapath::rules_of(core);
  const Tile least{std::min(shape.m, rules.step(core, Axis::M)), std::min<std::int64_t>(shape.n, core.cols),
                   std::min(shape.k, rules.step(core, Axis::K))};
  const TileBytes bytes = tile_bytes(config, shape, least);
  const HalfBytes half = half_bytes(config);
  std::string message = where + ": a scratchpad is too small for one tile, double buffered:";
  const auto say = [&](const char* key, std::int64_t needed, std::int64_t has, std::int64_t given) {
    if (needed > has)
      message += std::string(" ") + key + " is " + std::to_string(given) + ", at least " + std::to_string(2 * needed) +
                 " bytes are needed;";
  };
  say("scratchpad.a_bytes", bytes.a, half.a, config.scratchpad.a_bytes);
  say("scratchpad.b_bytes", bytes.b, half.b, config.scratchpad.b_bytes);
  say("scratchpad.o_bytes", bytes.o, half.o, config.scratchpad.o_bytes);
  message.pop_back();
  throw InputError(message);
}

}  // namespace

std::string to_string(const Tile& tile) {
  return std::to_string(tile.m) + " x " + std::to_string(tile.n) + " x " + std::to_string(tile.k);
}

TileBytes tile_bytes(const hw::PlatformConfig& config, const GemmShape& shape, const Tile& tile) {
  const datapath::CoreConfig& core = config.core;
  const std::int64_t a_element = core.format.a.storage_bytes(), b_element = core.format.b.storage_bytes();
  const datapath::DataflowRules& rules = datapath::rules_of(core);
  // Blocks of vectors of equal length, that of the widest: an array larger than the tile takes no more.
  const auto in_blocks = [](std::int64_t extent, std::int64_t lanes) {
    const std::int64_t block = std::min(extent, lanes);
    return ceil_div(extent, block) * block;
  };
  TileBytes bytes;
  const datapath::CoreCommand command{.m = tile.m, .n = tile.n, .k = tile.k};
  bytes.a = align_up(in_blocks(extent(command, rules.rows_axis()), core.rows) * extent(command, rules.depth_axis()) * a_element);
  bytes.weights = align_up(in_blocks(tile.n, core.cols) * tile.k * b_element);
  bytes.b = bytes.weights + (shape.bias ? align_up(tile.n * core.format.out.storage_bytes()) : 0);
  bytes.o = align_up(tile.m * tile.n * output_bytes(core));
  return bytes;
}

Tile choose_tile(const hw::PlatformConfig& config, const GemmShape& shape, const std::string& where) {
  if (config.memory_ideal) return {shape.m, shape.n, shape.k};
  const datapath::CoreConfig& core = config.core;
  const bool waits = uses_partial_sums(core, {.m = shape.m, .n = shape.n, .k = shape.k});
  const std::int64_t m_limit = waits ? std::min(shape.m, psum_rows(core)) : shape.m,
                     m_step = datapath::rules_of(core).step(core, Axis::M);
  std::optional<Tile> best;
  double best_cost = 0;
  for (const std::int64_t m : candidates(shape.m, m_step, m_limit))
    for (const std::int64_t n : candidates(shape.n, core.cols, shape.n)) {
      const auto k = depth_that_fits(config, shape, m, n);
      if (!k) continue;
      for (const bool n_inner : {true, false}) {
        const Tile tile{m, n, *k, n_inner};
        const double this_cost = cost(config, shape, tile);
        if (best && this_cost >= best_cost) continue;
        best = tile;
        best_cost = this_cost;
      }
    }
  if (!best) refuse(config, shape, where);
  return *best;
}

}  // namespace binade::sim
