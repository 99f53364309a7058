// SPDX-License-Identifier: Apache-2.0
// The tile of a GEMM layer: the shape and loop order of least estimated cost (tile_cost.h) that fits the scratchpads and the
// partial-sum bank, or what the user says.
//
// Scratchpad O holds two tiles, one computed while the other is stored. A and B hold two where two fit, so that one is loaded while
// the other is used, and one where they do not: an operand that stays for long need not be halved.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hw/config.h"
#include "models/operations/forms.h"
#include "sim/host/device.h"

namespace binade::sim {

using operations::GemmForm;
using operations::GemmShape;

struct Tile {
  std::int64_t m = 0, n = 0, k = 0;  ///< k < shape.k: partial K, one output block at a time
  bool n_inner = true;               ///< loop order: tiles of n inside tiles of m, or the reverse
  bool operator==(const Tile&) const = default;
};
std::string to_string(const Tile& tile);  ///< "m x n x k"

/// What the user, or a search, says of tiles.
struct TilingChoice {
  struct Extents {
    std::int64_t m = 0, n = 0, k = 0;  ///< a layer that has less of one takes all it has
    bool operator==(const Extents&) const = default;
  };
  std::optional<Extents> extents;      ///< of every matrix product
  std::optional<bool> n_inner;         ///< its loop order
  std::map<std::string, Tile> layers;  ///< by the name of the layer, or of a training step's tensor: they win
  int rank = 0;                        ///< 0: the best by estimate; r: the r-th of rank_tiles(), or its last
  CoreReach reach;                     ///< what the best and the ranked tiles need of the core at most
  bool search = false;                 ///< simulate several and keep the best, layer by layer (sim/run/tile_search.h)
  bool operator==(const TilingChoice&) const = default;
};

/// Throws InputError naming the scratchpad key and the bytes needed where not even the smallest tile fits, or what the forced one
/// breaks. `where` is the layer in words, `name` as `choice` has it.
Tile choose_tile(const hw::PlatformConfig& config, const GemmForm& form, const std::string& where, const TilingChoice& choice = {},
                 const std::string& name = {});

/// The best `most` of all tiles, of one loop order where it is given, by estimate, the best first. Empty where none fits and is
/// within reach.
std::vector<Tile> rank_tiles(const hw::PlatformConfig& config, const GemmForm& form, std::size_t most,
                             const std::optional<bool>& n_inner = {}, const CoreReach& reach = {});

/// Whether the tile keeps partial sums in the bank.
bool sums_wait(const datapath::CoreConfig& core, const GemmShape& shape, const Tile& tile);

/// Bytes of a tile in each scratchpad, alignment included.
struct TileBytes {
  std::int64_t a = 0, weights = 0, b = 0, o = 0;  ///< b = weights + bias vectors
};
TileBytes tile_bytes(const hw::PlatformConfig& config, const GemmShape& shape, const Tile& tile);

/// How many tiles scratchpads A and B hold: 1 or 2.
struct TileSlots {
  int a = 2, b = 2;
};
TileSlots tile_slots(const hw::PlatformConfig& config, const GemmShape& shape, const Tile& tile);

}  // namespace binade::sim
