// SPDX-License-Identifier: Apache-2.0
#include "sim/host/tiling.h"

#include <algorithm>
#include <set>

#include "models/datapath/dataflow/blocks.h"
#include "models/datapath/dataflow/dataflow.h"
#include "models/datapath/timing.h"
#include "models/numerics/error.h"
#include "sim/host/scratchpads.h"
#include "sim/host/tile_cost.h"

namespace binade::sim {

namespace {

using datapath::Axis;
using datapath::ceil_div;

// How finely a space of tiles is cut: each extent is at most `ratio` of the next larger one that shares its axis out.
constexpr double kDefaultRatio = 0.75, kSearchRatio = 0.97;

/// Tiles of one GEMM that fit.
class TileSpace {
 public:
  TileSpace(const hw::PlatformConfig& config, const GemmForm& form, const CoreReach& reach, double ratio)
      : config_(config), core_(config.core), rules_(datapath::rules_of(core_)), shape_(form.shape), reach_(reach), ratio_(ratio) {
    const bool waits = uses_partial_sums(core_, {.m = shape_.m, .n = shape_.n, .k = shape_.k});
    m_limit_ = waits ? std::min(shape_.m, psum_rows(core_)) : shape_.m;
  }

  /// Calls `visit` with each; the loop order is left at its default.
  template <class Visit>
  void for_each(const Visit& visit) const {
    const auto ms = extents(shape_.m, rules_.step(core_, Axis::M), m_limit_, [&](std::int64_t m, int slots) {
      return pad_holds(tile_bytes(config_, shape_, {m, 1, shape_.k}).a, config_.scratchpad.a_bytes, slots);
    });
    const auto ns = extents(shape_.n, core_.cols, shape_.n, [&](std::int64_t n, int slots) {
      return pad_holds(tile_bytes(config_, shape_, {1, n, shape_.k}).b, config_.scratchpad.b_bytes, slots);
    });
    for (const std::int64_t m : ms)
      for (const std::int64_t n : ns)
        for (const std::int64_t k : depths(m, n))
          if (const Tile tile{m, n, k}; within_reach(tile)) visit(tile);
  }

 private:
  bool within_reach(const Tile& tile) const {
    return (tile.m <= reach_.partial_sum_rows || !sums_wait(core_, shape_, tile)) &&
           (tile.n <= reach_.bias_columns || !shape_.bias);
  }

  static bool pad_holds(std::int64_t bytes, std::int64_t pad, int slots) {
    return bytes <= pad / slots / kScratchpadAlignment * kScratchpadAlignment;
  }

  // Equal shares of the extent in whole steps, powers of two of the step, the most that two or one of fit with a whole K, and
  // below a step what shares the extent out as evenly.
  template <class Fits>
  std::set<std::int64_t> extents(std::int64_t extent, std::int64_t step, std::int64_t limit, const Fits& fits) const {
    std::set<std::int64_t> list;
    const auto add = [&](std::int64_t t) {
      if (t < 1 || t > limit) return;
      list.insert(t);
      list.insert(ceil_div(extent, ceil_div(extent, t)));  // as many tiles, of equal extents
    };
    const std::int64_t blocks = ceil_div(extent, step);
    double next = static_cast<double>(blocks);
    for (std::int64_t tiles = 1; tiles <= blocks;) {
      const std::int64_t share = ceil_div(blocks, tiles);
      if (static_cast<double>(share) <= next) {
        add(std::min(share * step, extent));
        next = static_cast<double>(share) * ratio_;
      }
      tiles = share == 1 ? blocks + 1 : std::max(tiles + 1, ceil_div(blocks, share - 1));
    }
    for (std::int64_t t = step; t < extent; t *= 2) add(t);
    add(limit >= step ? std::min(limit, extent) / step * step : limit);
    for (const int slots : {1, 2}) {
      std::int64_t low = 0, high = std::min(limit, extent) + 1;
      while (high - low > 1) {
        const std::int64_t middle = low + (high - low) / 2;
        (fits(middle, slots) ? low : high) = middle;
      }
      add(low);
      if (low > step) add(low / step * step);
    }
    for (std::int64_t t = std::min(step, extent) / 2; t >= 1; t /= 2) add(t);
    return list;
  }

  // Whole K where it fits; parts of it where the tile is one output block, whose sums stay in the core.
  std::vector<std::int64_t> depths(std::int64_t m, std::int64_t n) const {
    std::vector<std::int64_t> list;
    if (!pad_holds(tile_bytes(config_, shape_, {m, n, 1}).o, config_.scratchpad.o_bytes, 2)) return list;
    const auto fits = [&](std::int64_t k, int a_slots, int b_slots) {
      const TileBytes bytes = tile_bytes(config_, shape_, {m, n, k});
      return pad_holds(bytes.a, config_.scratchpad.a_bytes, a_slots) && pad_holds(bytes.b, config_.scratchpad.b_bytes, b_slots);
    };
    const bool whole = fits(shape_.k, 1, 1);
    if (whole) list.push_back(shape_.k);
    const bool one_block = n <= core_.cols && m <= rules_.partial_k_rows(core_);
    if (!one_block || fits(shape_.k, 2, 2)) return list;
    const std::int64_t step = rules_.step(core_, Axis::K);  // whole folds, so that only the last is ragged
    for (const auto& [a_slots, b_slots] : {std::pair{2, 2}, {1, 2}, {2, 1}}) {
      std::int64_t low = 0, high = ceil_div(shape_.k, step);  // in steps: low fits, high does not
      while (high - low > 1) {
        const std::int64_t middle = (low + high) / 2;
        (fits(middle * step, a_slots, b_slots) ? low : high) = middle;
      }
      if (low == 0) low = fits(step, 1, 1) ? 1 : 0;
      if (low == 0) continue;
      const std::int64_t tiles = ceil_div(shape_.k, low * step);
      const std::int64_t k = ceil_div(ceil_div(shape_.k, tiles), step) * step;  // equal shares
      if (k < shape_.k && std::find(list.begin(), list.end(), k) == list.end()) list.push_back(k);
    }
    return list;
  }

  const hw::PlatformConfig& config_;
  const datapath::CoreConfig& core_;
  const datapath::DataflowRules& rules_;
  const GemmShape& shape_;
  const CoreReach& reach_;
  const double ratio_;
  std::int64_t m_limit_ = 0;
};

/// What each scratchpad must hold of a tile: one of each operand, two results.
std::string too_small(const hw::PlatformConfig& config, const TileBytes& bytes) {
  std::string message;
  const auto say = [&](const char* key, std::int64_t needed, std::int64_t given) {
    if (needed > given / kScratchpadAlignment * kScratchpadAlignment)
      message += std::string(message.empty() ? "" : ";") + " " + key + " is " + std::to_string(given) + ", at least " +
                 std::to_string(needed) + " bytes are needed";
  };
  say("scratchpad.a_bytes", bytes.a, config.scratchpad.a_bytes);
  say("scratchpad.b_bytes", bytes.b, config.scratchpad.b_bytes);
  say("scratchpad.o_bytes", 2 * bytes.o, config.scratchpad.o_bytes);
  return message;
}

[[noreturn]] void refuse(const hw::PlatformConfig& config, const GemmShape& shape, const std::string& where) {
  const datapath::CoreConfig& core = config.core;
  const Tile least{1, 1, std::min(shape.k, datapath::rules_of(core).step(core, Axis::K))};
  throw InputError(where + ": a scratchpad is too small for one tile, results double buffered:" +
                   too_small(config, tile_bytes(config, shape, least)));
}

Tile best_of(const hw::PlatformConfig& config, const GemmForm& form, const TilingChoice& choice, const std::string& where) {
  const TileCost cost(config, form);
  std::optional<Tile> best;
  double least = 0;
  TileSpace(config, form, choice.reach, kDefaultRatio).for_each([&](Tile tile) {
    for (const bool order : {true, false}) {
      if (choice.n_inner && order != *choice.n_inner) continue;
      tile.n_inner = order;
      const double score = cost(tile).score;
      if (best && score >= least) continue;
      best = tile;
      least = score;
    }
  });
  if (!best) refuse(config, form.shape, where);
  return *best;
}

/// The layer's share of the extents that the user says.
Tile forced(const hw::PlatformConfig& config, const GemmShape& shape, const TilingChoice::Extents& extents,
            const std::string& where) {
  const datapath::CoreConfig& core = config.core;
  const datapath::DataflowRules& rules = datapath::rules_of(core);
  const Tile tile{std::min(extents.m, shape.m), std::min(extents.n, shape.n), std::min(extents.k, shape.k)};
  const auto fail = [&](const std::string& what) {
    throw InputError("tiling.tile: " + where + ": a tile of " + to_string(tile) + what);
  };
  const std::int64_t step = rules.step(core, Axis::K), rows = rules.partial_k_rows(core);
  if (tile.k < shape.k) {
    if (tile.k % step != 0)
      fail(" cuts K between folds; allowed: multiples of " + std::to_string(step) + ", or all " + std::to_string(shape.k));
    if (tile.n > core.cols || tile.m > rows)
      fail(" has a part of K and more than one output block; allowed: up to " +
           (rows < shape.m ? std::to_string(rows) + " rows and " : "") + std::to_string(core.cols) + " columns, or all of K, " +
           std::to_string(shape.k));
  }
  if (sums_wait(core, shape, tile) && tile.m > psum_rows(core))
    fail(" keeps partial sums of more rows than core.psum_bytes holds; allowed: up to " + std::to_string(psum_rows(core)) +
         " rows");
  if (const std::string message = too_small(config, tile_bytes(config, shape, tile)); !message.empty())
    fail(" does not fit:" + message);
  return tile;
}

}  // namespace

std::string to_string(const Tile& tile) {
  return std::to_string(tile.m) + " x " + std::to_string(tile.n) + " x " + std::to_string(tile.k);
}

bool sums_wait(const datapath::CoreConfig& core, const GemmShape& shape, const Tile& tile) {
  return uses_partial_sums(core, {.m = tile.m, .n = tile.n, .k = tile.k, .last_k = tile.k >= shape.k});
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

TileSlots tile_slots(const hw::PlatformConfig& config, const GemmShape& shape, const Tile& tile) {
  const TileBytes bytes = tile_bytes(config, shape, tile);
  const HalfBytes half = half_bytes(config);
  return {bytes.a <= half.a ? 2 : 1, bytes.b <= half.b ? 2 : 1};
}

Tile choose_tile(const hw::PlatformConfig& config, const GemmForm& form, const std::string& where, const TilingChoice& choice,
                 const std::string& name) {
  const GemmShape& shape = form.shape;
  if (config.memory_ideal) return {shape.m, shape.n, shape.k};
  if (const auto known = choice.layers.find(name); known != choice.layers.end()) {
    const Tile& tile = known->second;  // a last pass may be smaller
    return {std::min(tile.m, shape.m), std::min(tile.n, shape.n), std::min(tile.k, shape.k), tile.n_inner};
  }
  if (choice.rank > 0 && !choice.extents) {
    const std::vector<Tile> ranked = rank_tiles(config, form, static_cast<std::size_t>(choice.rank), choice.n_inner, choice.reach);
    if (!ranked.empty()) return ranked.back();
  }
  if (!choice.extents) return best_of(config, form, choice, where);
  Tile tile = forced(config, shape, *choice.extents, where);
  const TileCost cost(config, form);
  Tile other = tile;
  other.n_inner = !tile.n_inner;
  tile.n_inner = choice.n_inner.value_or(cost(tile).score <= cost(other).score);
  return tile;
}

std::vector<Tile> rank_tiles(const hw::PlatformConfig& config, const GemmForm& form, std::size_t most,
                             const std::optional<bool>& n_inner, const CoreReach& reach) {
  if (config.memory_ideal) return {{form.shape.m, form.shape.n, form.shape.k}};
  const TileCost cost(config, form);
  std::vector<std::pair<double, Tile>> all;
  TileSpace(config, form, reach, kSearchRatio).for_each([&](Tile tile) {
    for (const bool order : {true, false}) {
      if (n_inner && order != *n_inner) continue;
      tile.n_inner = order;
      all.emplace_back(cost(tile).score, tile);
    }
  });
  const auto kept = std::min(most, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept), all.end(),
                    [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Tile> best;
  for (std::size_t i = 0; i < kept; ++i) best.push_back(all[i].second);
  return best;
}

}  // namespace binade::sim
