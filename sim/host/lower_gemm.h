// SPDX-License-Identifier: Apache-2.0
// GEMM layers as descriptors: where operands lie in DRAM, tile by tile through the scratchpads, results back.
#pragma once

#include <cstdint>
#include <vector>

#include "hw/config.h"
#include "sim/host/lower_load.h"
#include "sim/host/tiling.h"

namespace binade::sim {

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

/// Output blocks of the layer: chains of commands from first_k to last_k.
std::int64_t output_tiles(const GemmLayer& layer, const Tile& tile);
void lower_gemm(const hw::PlatformConfig& config, const GemmLayer& layer, const Tile& tile, Schedule& schedule);

}  // namespace binade::sim
