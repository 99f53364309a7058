// SPDX-License-Identifier: Apache-2.0
// Rows of operands laid side by side for tiles that step through k: [k][lane].
#pragma once

#include <cstdint>

namespace binade::kernels::simd {

/// to[i * lanes] = values[i], i < count.
template <class T>
void lay_lane(const double* values, std::int64_t count, int lanes, T* to);

/// Pairs of int16 side by side, to[pair][lane]: pair p of a lane is rows[lane][2 p], rows[lane][2 p + 1].
void lay_pairs(const std::int16_t* const* rows, int lanes, std::int64_t pairs, std::int16_t* to);
/// to[k][lane] = rows[lane][k].
void lay_lanes(const float* const* rows, int lanes, std::int64_t k, float* to);
void lay_lanes(const double* const* rows, int lanes, std::int64_t k, double* to);

/// to[i * to_step + r] = from[r * from_step + i], r < rows, i < columns.
template <class T>
void transpose(const T* from, std::int64_t from_step, std::int64_t rows, std::int64_t columns, T* to, std::int64_t to_step);

/// What a row has beside zeros, in order.
struct Listed {
  std::int64_t count = 0;
  bool nan = false;  ///< a value is NaN
};
/// elements[i] = values[places[i]]; both have room for kListRoom more than `count`, and elements that many zeros at their end.
Listed list_nonzero(const float* values, std::int64_t count, float* elements, std::int32_t* places);
Listed list_nonzero(const double* values, std::int64_t count, double* elements, std::int32_t* places);
inline constexpr std::int64_t kListRoom = 16;

struct LaneScan {
  double smallest = 0;  ///< magnitude that is not zero; infinite where all are
  bool finite = true;
};
/// Scans `count` values, a multiple of kScanStep (real.h), and adds 1 to zeros[i] where values[i] is zero; dispatched at run time.
LaneScan scan_lane(const double* values, std::int64_t count, std::uint32_t* zeros);

}  // namespace binade::kernels::simd
