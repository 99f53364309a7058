// SPDX-License-Identifier: Apache-2.0
// A 384-bit two's-complement sum that becomes a binary64 rounded to odd.
#pragma once

#include <array>
#include <cstdint>

namespace binade::kernels {

class FixedSum {
 public:
  static constexpr int kBits = 384;

  /// Adds value * 2^place; the caller keeps the sum in range. 0 <= place <= kBits - 64.
  void add(std::int64_t value, int place);
  /// The sum times 2^exponent, rounded to odd: any further rounding to at most 51 bits is as if from the sum itself.
  double to_odd(int exponent) const;

 private:
  static constexpr std::size_t kLimbs = kBits / 64;
  std::array<std::uint64_t, kLimbs> limbs_{};  ///< least significant first
};

}  // namespace binade::kernels
