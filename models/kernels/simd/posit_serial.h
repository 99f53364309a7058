// SPDX-License-Identifier: Apache-2.0
// Register tiles of `serial` posit sums: sum = round(sum + round(a * b)) to nearest even codes, vectorised over outputs; dispatched
// at run time. Rows of A are lists of their elements that are not zero: a zero product changes nothing and counts nothing.
//
// A step works in binary32 or binary64, truncating, and sets the last bit of what is inexact: rounded so to odd, a sum or product
// is still on its side of every boundary between codes, as these have two bits fewer. `Near` steps leave that out. They are for
// exact products and for sums of values of q bits, rounded to nearest in at least 2 q + 2: were a sum inexact, its smaller term
// would be below a quarter of its last of q places, and the larger term, a code's value, is half such a place from any boundary.
// They cannot tell what is just beyond the largest magnitude, and so do not serve where that is reached.
#pragma once

#include <cstdint>

#include "models/numerics/format_spec.h"

namespace binade::kernels::simd {

struct PositTileShape {
  int rows, vectors, cols;
};
inline constexpr int kMostPositRows = 4;
inline constexpr int kMostPositOutputs = kMostPositRows * 48;
/// Of a tile in binary32 or binary64 for n columns.
PositTileShape posit_tile_shape(bool binary32, std::int64_t n);

enum class PositSteps : std::uint8_t {
  Near,     ///< see above
  Odd,      ///< to odd, for sums and products below the largest magnitude
  Saturate  ///< to odd, limiting and counting what is beyond it
};

struct PositTile {
  bool in_range = true;           ///< otherwise these steps do not serve: sums and counts mean nothing
  std::uint64_t underflows = 0;   ///< non-zero products below the least magnitude
  std::uint64_t saturations = 0;  ///< products and sums beyond the largest one
};

/// Element i of the list of row r is a[i * rows + r], and meets the row of B at b + at[i * rows + r], `vectors` of the shape; lists
/// are filled up with zeros to `steps` elements. Operands are finite. Overwrites `sums`, [row][lane]. The caller says that products
/// and sums, and what truncation leaves of them, are normal numbers of the arithmetic, and that a code has two bits fewer than it.
PositTile sum_posits(const numerics::FormatSpec& format, PositSteps how, const float* a, const std::int32_t* at, const float* b,
                     std::int64_t steps, int vectors, float* sums);
PositTile sum_posits(const numerics::FormatSpec& format, PositSteps how, const double* a, const std::int32_t* at, const double* b,
                     std::int64_t steps, int vectors, double* sums);

}  // namespace binade::kernels::simd
