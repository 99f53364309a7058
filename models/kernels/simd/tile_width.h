// SPDX-License-Identifier: Apache-2.0
// How wide a tile should be for the columns that there are.
#pragma once

#include <cstdint>

namespace binade::kernels::simd {

/// Vectors of a tile's row, 1 to `most`: those that take the fewest instructions for n columns. A step of k broadcasts an element
/// of A for each row, loads each vector of B, and spends `step` instructions on each of their products.
inline int tile_vectors(std::int64_t n, int lanes, int rows, int most, int step) {
  std::int64_t least = 0;
  int best = most;
  for (int vectors = most; vectors >= 1; --vectors) {
    const std::int64_t tiles = (n + vectors * lanes - 1) / (vectors * lanes);
    const std::int64_t instructions = tiles * (rows + vectors + std::int64_t{rows} * vectors * step);
    if (vectors != most && instructions >= least) continue;
    least = instructions;
    best = vectors;
  }
  return best;
}

}  // namespace binade::kernels::simd
