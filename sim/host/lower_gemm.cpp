// SPDX-License-Identifier: Apache-2.0
#include "sim/host/lower_gemm.h"

#include <algorithm>
#include <array>

#include "models/datapath/dataflow/dataflow.h"
#include "sim/host/scratchpads.h"

namespace binade::sim {

namespace {

struct Span {
  std::int64_t first, count;
};

std::int64_t tiles(std::int64_t extent, std::int64_t tile) { return (extent + tile - 1) / tile; }

class GemmLowering {
 public:
  GemmLowering(const hw::PlatformConfig& config, const GemmLayer& layer, const Tile& tile, Schedule& schedule)
      : config_(config),
        core_(config.core),
        layer_(layer),
        tile_(tile),
        schedule_(schedule),
        bytes_(tile_bytes(config, layer.shape, tile)),
        slots_(tile_slots(config, layer.shape, tile)),
        a_(config.memory_ideal ? bytes_.a : half_bytes(config).a, slots_.a),
        b_(config.memory_ideal ? bytes_.b : half_bytes(config).b, slots_.b),
        o_(config.memory_ideal ? bytes_.o : half_bytes(config).o) {}

  void emit(std::int64_t index) {
    problem_ = index;
    const std::int64_t m_tiles = tiles(layer_.shape.m, tile_.m), n_tiles = tiles(layer_.shape.n, tile_.n);
    const std::int64_t outer = tile_.n_inner ? m_tiles : n_tiles, inner = tile_.n_inner ? n_tiles : m_tiles;
    for (std::int64_t i = 0; i < outer; ++i)
      for (std::int64_t j = 0; j < inner; ++j) tile_.n_inner ? emit_output(i, j) : emit_output(j, i);
  }

 private:
  static Span part(std::int64_t extent, std::int64_t tile, std::int64_t index) {
    return {index * tile, std::min(tile, extent - index * tile)};
  }
  const GemmProblem& problem() const { return layer_.problems[static_cast<std::size_t>(problem_)]; }

  void emit_output(std::int64_t m_tile, std::int64_t n_tile) {
    const Span m = part(layer_.shape.m, tile_.m, m_tile), n = part(layer_.shape.n, tile_.n, n_tile);
    const std::int64_t k_tiles = tiles(layer_.shape.k, tile_.k);
    Schedule::Id compute = Schedule::kNone;
    o_.advance();
    for (std::int64_t k_tile = 0; k_tile < k_tiles; ++k_tile) {
      const Span k = part(layer_.shape.k, tile_.k, k_tile);
      const bool bias = problem().bias >= 0 && numerics::bias_joins(core_.accumulate, k_tile == 0, k_tile == k_tiles - 1);
      // The load of an operand without a second slot waits for the core: the other one's goes first.
      InputPad::Place a, b;
      if (slots_.a < slots_.b) b = place_b(n_tile, k_tile, n, k, bias);
      a = place_a(m_tile, k_tile, m, k);
      if (slots_.a >= slots_.b) b = place_b(n_tile, k_tile, n, k, bias);
      spec::Gemm gemm{.a_base = a.base,
                      .b_base = b.base,
                      .bias_base = b.base + bytes_.weights,
                      .o_base = o_.base(),
                      .m = m.count,
                      .n = n.count,
                      .k = k.count,
                      .k_base = k.first};
      gemm.flags = (k_tile == 0 ? 1 : 0) | (k_tile == k_tiles - 1 ? 2 : 0) | (bias ? 4 : 0) | (layer_.relu ? 8 : 0);
      gemm.product_shift = layer_.product_shift;
      gemm.bias_shift = layer_.bias_shift;
      gemm.seed = layer_.seed;
      gemm.tensor = layer_.tensor;
      gemm.m_base = problem().m_base + m.first;
      gemm.n_base = problem().n_base + n.first;
      gemm.logical_cols = layer_.logical_cols;
      gemm.mode = layer_.mode;
      compute = schedule_.gemm(gemm, std::array{a_.writer(a), b_.writer(b), o_.store()});
      a_.read(a, compute);
      b_.read(b, compute);
    }
    const GemmDestination& out = problem().out;
    const int out_bytes = output_bytes(core_);
    o_.stored(schedule_.store({.scratchpad_base = o_.base(),
                               .dram_base = out.base + n.first * out.to.col_step * out_bytes,
                               .element_bytes = out_bytes,
                               .rows = m.count,
                               .cols = n.count,
                               .row_first = m.first,
                               .plane = out.to.plane,
                               .outer_step = out.to.outer_step,
                               .inner_step = out.to.inner_step,
                               .col_step = out.to.col_step},
                              std::array{compute}));
  }

  // A in the order in which the dataflow streams it.
  InputPad::Place place_a(std::int64_t m_tile, std::int64_t k_tile, Span m, Span k) {
    const InputPad::Place place =
        a_.place((problem_ * tiles(layer_.shape.m, tile_.m) + m_tile) * tiles(layer_.shape.k, tile_.k) + k_tile);
    if (place.resident) return place;
    const auto [rows, cols] = datapath::rules_of(core_).a_layout(core_, m.count, k.count);
    a_.loaded(place, load_block(schedule_, problem().a, {core_.format.a.storage_bytes(), m.first, m.count, k.first, k.count},
                                {rows.block, rows.outer, rows.inner, cols.block, cols.outer, cols.inner}, {.base = place.base},
                                std::array{place.overwrites}));
    return place;
  }

  // B: per block of C columns k rows, then the bias vectors.
  InputPad::Place place_b(std::int64_t n_tile, std::int64_t k_tile, Span n, Span k, bool bias) {
    const InputPad::Place place =
        b_.place((problem_ * tiles(layer_.shape.n, tile_.n) + n_tile) * tiles(layer_.shape.k, tile_.k) + k_tile);
    if (place.resident) return place;
    const std::int64_t cols = std::min<std::int64_t>(core_.cols, n.count);
    Schedule::Id last = load_block(schedule_, problem().b, {core_.format.b.storage_bytes(), n.first, n.count, k.first, k.count},
                                   {cols, k.count * cols, 1, k.count, 0, cols}, {.scratchpad = 1, .base = place.base},
                                   std::array{place.overwrites});
    if (bias)
      last = load_block(schedule_, matrix_source(problem().bias, 1, 1), {core_.format.out.storage_bytes(), n.first, n.count, 0, 1},
                        {n.count, 0, 1, 1, 0, 1}, {.scratchpad = 1, .base = place.base + bytes_.weights}, {});
    b_.loaded(place, last);
    return place;
  }

  const hw::PlatformConfig& config_;
  const datapath::CoreConfig& core_;
  const GemmLayer& layer_;
  Tile tile_;
  Schedule& schedule_;
  TileBytes bytes_;
  TileSlots slots_;
  InputPad a_, b_;
  OutputPad o_;
  std::int64_t problem_ = 0;
};

}  // namespace

std::int64_t output_tiles(const GemmLayer& layer, const Tile& tile) {
  return static_cast<std::int64_t>(layer.problems.size()) * tiles(layer.shape.m, tile.m) * tiles(layer.shape.n, tile.n);
}

void lower_gemm(const hw::PlatformConfig& config, const GemmLayer& layer, const Tile& tile, Schedule& schedule) {
  GemmLowering lowering(config, layer, tile, schedule);
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(layer.problems.size()); ++i) lowering.emit(i);
}

}  // namespace binade::sim
