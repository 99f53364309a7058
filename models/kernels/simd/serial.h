// SPDX-License-Identifier: Apache-2.0
// Register tiles of `serial` float sums: sum = round(sum + round(a * b)), k ascending, vectorised over outputs; dispatched at run
// time.
//
// A step works in binary32 or binary64 (p bits) and then rounds to the format's M+1 bits. The product is exact: 2(M+1) <= p. The
// sum is rounded twice, and as if once: toward zero, always, both roundings truncating; to nearest even where p >= 2(M+1) + 2
// (Figueroa 1995, "When is double rounding innocuous?"). So binary32 serves M <= 10 and binary64 M <= 23.
#pragma once

#include <cstdint>

#include "models/numerics/format_spec.h"

namespace binade::kernels::simd {

struct SerialTileShape {
  int rows, vectors, cols;
};
inline constexpr int kMostSerialOutputs = 4 * 48;
/// Of a tile in binary32 or binary64 for n columns.
SerialTileShape serial_tile_shape(bool binary32, std::int64_t n);

struct SerialTile {
  bool in_range = false;            ///< no step left the format's finite range; otherwise the sums and counts mean nothing
  std::uint64_t zero_products = 0;  ///< products that are zero after their rounding, exact zeros included
  std::uint64_t lost_sums = 0;      ///< non-zero sums that became zero
  std::uint64_t saturations = 0;    ///< steps that were limited
  std::uint64_t overflows = 0;      ///< finite operands whose result is not
  std::uint64_t nans = 0;           ///< results that are NaN
};
/// HillFloat with rtz, IeeeFloat with rne. `saturates`: a HillFloat step beyond the finite range is limited and counted, and so
/// never leaves it; slower. Operands [k][lane], `vectors` of the shape, are finite values of the format. Overwrites `sums`.
SerialTile sum_serially(const numerics::FormatSpec& format, bool saturates, const float* a, const float* b, std::int64_t k,
                        int vectors, float* sums);
SerialTile sum_serially(const numerics::FormatSpec& format, bool saturates, const double* a, const double* b, std::int64_t k,
                        int vectors, double* sums);

/// IeeeFloat with rne, with any operands and any result: slower again. Counts in the first `cols` lanes of every row; `lost_sums`
/// are all the non-zero results that became zero, and `zero_products` is none of its business. Where binary32 does the steps, the
/// format's exponent has fewer bits than binary32's.
SerialTile sum_specials(const numerics::FormatSpec& format, int cols, const float* a, const float* b, std::int64_t k, int vectors,
                        float* sums);
SerialTile sum_specials(const numerics::FormatSpec& format, int cols, const double* a, const double* b, std::int64_t k, int vectors,
                        double* sums);

}  // namespace binade::kernels::simd
