// SPDX-License-Identifier: Apache-2.0
// The common case of the float families over a row of lanes, without branches: FloatStep and binary32 rounding for lanes none of
// which meets an infinity, a NaN or an overflow.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/datapath/pe/float_bits.h"
#include "models/numerics/format_spec.h"

namespace binade::datapath {

/// What FloatStep does, as constants of a branch-free loop.
struct FloatLanes {
  /// Below the normal range: nothing this loop handles, flushed to zero (HillFloat), or rounded to the subnormal LSB (RNE).
  enum class Small : std::uint8_t { Leave, Flush, Subnormal };

  FloatLanes(const numerics::FormatSpec& format, numerics::Rounding rounding, int drop, std::uint64_t smallest_normal,
             std::uint64_t largest, double smallest_quantum);

  int drop;
  std::int64_t base, even, toward_positive, keep;
  std::int64_t smallest_normal, largest;
  double magic;  ///< adding and subtracting it rounds a smaller magnitude to a multiple of the subnormal LSB, ties to even
  Small small;
};

/// sum[j] = step(sum[j] + step(a[j] * b[j])), a_stride 0 or 1. Adds to `underflows` and returns true, or returns false and has
/// changed nothing. At most kLaneChunk lanes.
bool serial_lanes(const FloatLanes& step, double* sum, const double* a, std::size_t a_stride, const double* b, std::size_t lanes,
                  std::uint64_t& underflows);
/// sum[j] = RNE32(sum[j] + a[j] * b[j]) likewise; products are exact in binary64.
bool fp32_lanes(float* sum, const double* a, std::size_t a_stride, const double* b, std::size_t lanes);

}  // namespace binade::datapath
