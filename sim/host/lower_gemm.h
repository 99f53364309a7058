// SPDX-License-Identifier: Apache-2.0
// GEMM layers as descriptors: where operands lie in DRAM, tile by tile through the scratchpads, results back.
#pragma once

#include <cstdint>
#include <vector>

#include "hw/config.h"
#include "sim/host/schedule.h"
#include "sim/host/tiling.h"

namespace binade::sim {

/// A matrix in DRAM as the load engine's address generator walks it (isa.def).
struct GemmSource : operations::Walk {
  std::int64_t base = 0;  ///< byte address
};
GemmSource matrix_source(std::int64_t base, std::int64_t row_step, std::int64_t column_step);

/// Where one GEMM's results go, from a byte address on.
struct GemmDestination {
  std::int64_t base = 0;
  operations::GemmTarget to;  ///< `first` is part of the base
};

/// One of a layer's equal GEMMs.
struct GemmProblem {
  GemmSource a, b;         ///< b: rows are output columns n
  std::int64_t bias = -1;  ///< byte address of n elements; -1: none
  GemmDestination out;
  std::int64_t m_base = 0, n_base = 0;  ///< logical position of element (0, 0) in the layer's output
};

struct GemmLayer {
  GemmShape shape;
  std::vector<GemmProblem> problems;  ///< shape.count of them
  bool relu = false;
  int mode = 0;  ///< of the core
  int product_shift = 0, bias_shift = 0;
  std::uint32_t seed = 0, tensor = 0;
  std::int64_t logical_cols = 1;
};

/// One load of a block of a source into a scratchpad. Offsets in elements from the start of the block's place.
struct BlockLayout {
  std::int64_t x_block = 1, x_outer = 0, x_inner = 1, k_block = 1, k_outer = 0, k_inner = 1;
};
spec::Load make_load(const GemmSource& source, int element_bytes, std::int64_t x_first, std::int64_t x_count, std::int64_t k_first,
                     std::int64_t k_count, const BlockLayout& layout);

/// Output blocks of the layer: chains of commands from first_k to last_k.
std::int64_t output_tiles(const GemmLayer& layer, const Tile& tile);
void lower_gemm(const hw::PlatformConfig& config, const GemmLayer& layer, const Tile& tile, Schedule& schedule);

}  // namespace binade::sim
