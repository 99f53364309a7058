// SPDX-License-Identifier: Apache-2.0
// The tile of a GEMM layer: the shape and loop order of least stated cost that fits the scratchpads and the partial-sum bank.
//
// Cost in clocks = first loads + max(core, memory) + min(core, memory) / 8 + last store, where core = timing function plus
// per-command overhead of all tiles, memory = DRAM traffic / peak bandwidth (the lesser of bus and DRAM), and the eighth keeps
// hidden traffic from being free. Traffic counts every operand as often as the loop order loads it: a scratchpad holds two
// tiles, so an operand of at most two tiles is loaded once.
#pragma once

#include <cstdint>
#include <string>

#include "hw/config.h"
#include "models/operations/forms.h"

namespace binade::sim {

using operations::GemmShape;

struct Tile {
  std::int64_t m = 0, n = 0, k = 0;  ///< k < shape.k: partial K, one output block at a time
  bool n_inner = true;               ///< loop order: tiles of n inside tiles of m, or the reverse
};
std::string to_string(const Tile& tile);  ///< "m x n x k"

/// Throws InputError naming the scratchpad key and the bytes needed where not even the smallest tile fits. `where` is the layer.
Tile choose_tile(const hw::PlatformConfig& config, const GemmShape& shape, const std::string& where);

/// Bytes of a tile in each scratchpad, alignment included.
struct TileBytes {
  std::int64_t a = 0, weights = 0, b = 0, o = 0;  ///< b = weights + bias vectors
};
TileBytes tile_bytes(const hw::PlatformConfig& config, const GemmShape& shape, const Tile& tile);

}  // namespace binade::sim
