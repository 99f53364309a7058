// SPDX-License-Identifier: Apache-2.0
// Branch-free pieces of binary64 arithmetic on bit patterns.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace binade::datapath {

inline constexpr std::size_t kLaneChunk = 64;                   ///< the most lanes of one call of a row function
inline constexpr std::int64_t kMagnitude = 0x7fffffffffffffff;  ///< everything but the sign

inline std::int64_t bits_of(double value) { return std::bit_cast<std::int64_t>(value); }
inline double value_of(std::int64_t bits) { return std::bit_cast<double>(bits); }
/// 1 for a positive number, 0 for zero and negatives.
inline std::int64_t is_positive(std::int64_t x) { return static_cast<std::int64_t>(static_cast<std::uint64_t>(-x) >> 63); }
/// 1 for a negative number.
inline std::int64_t is_negative(std::int64_t x) { return static_cast<std::int64_t>(static_cast<std::uint64_t>(x) >> 63); }

/// a + b rounded to odd (Boldo and Melquiond 2008) for finite sums. In place of an infinite or NaN sum it gives at least the
/// largest finite magnitude.
[[gnu::always_inline]] inline double add_finite_to_odd(double a, double b) {
  const double sum = a + b;
  const double b_part = sum - a;
  const double error = (a - (sum - b_part)) + (b - b_part);  // Knuth's TwoSum: exact
  const std::int64_t bits = bits_of(sum), inexact = is_positive(bits_of(error) & kMagnitude);
  // The magnitude moves toward zero where the error's sign is not the sum's; then the last bit is set.
  return value_of((bits - (is_negative(bits_of(error) ^ bits) & inexact)) | inexact);
}

}  // namespace binade::datapath
