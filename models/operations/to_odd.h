// SPDX-License-Identifier: Apache-2.0
// Rounding to odd in binary64: an exact result and its nearest binary64 become one whose second rounding, to at most 51 bits, is as
// if from the exact result. For loops that the compiler vectorises: no branches.
#pragma once

#include <hwy/base.h>

#include <bit>
#include <cmath>
#include <cstdint>

namespace binade::operations::loops {

/// Of the two binary64 around a value the odd one; `near` is the nearest, `error` has the sign of the value less `near`, and is
/// zero where they are equal. NaN is no sign.
HWY_INLINE double to_odd(double near, double error) {
  const auto bits = std::bit_cast<std::int64_t>(near);
  const std::int64_t toward = (error > 0 ? 1 : 0) - (error < 0 ? 1 : 0);
  const std::int64_t magnitude_step = bits < 0 ? -toward : toward;
  return std::bit_cast<double>(bits + (magnitude_step & ((bits & 1) - 1)));
}

/// What rounding lost of a + b, exactly (Knuth, TAOCP 2, 4.2.2).
HWY_INLINE double error_of_sum(double a, double b, double sum) {
  const double b_part = sum - a, a_part = sum - b_part;
  return (a - a_part) + (b - b_part);
}

}  // namespace binade::operations::loops
