// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/fixed_sum.h"

#include <bit>
#include <cmath>

#include "models/numerics/uint128.h"

namespace binade::kernels {

using numerics::Uint128;

void FixedSum::add(std::int64_t value, int place) {
  const auto first = static_cast<std::size_t>(place) / 64;
  const int offset = place % 64;
  const std::uint64_t sign = value < 0 ? ~std::uint64_t{0} : 0;
  const auto low = static_cast<std::uint64_t>(value) << offset;
  const auto high = static_cast<std::uint64_t>(offset == 0 ? value >> 63 : value >> (64 - offset));
  std::uint64_t carry = 0;
  for (std::size_t i = first; i < kLimbs; ++i) {
    const std::uint64_t limb = i == first ? low : i == first + 1 ? high : sign;
    const Uint128 sum = Uint128{limbs_[i]} + limb + carry;
    limbs_[i] = static_cast<std::uint64_t>(sum);
    carry = static_cast<std::uint64_t>(sum >> 64);
  }
}

double FixedSum::to_odd(int exponent) const {
  std::array<std::uint64_t, kLimbs> magnitude = limbs_;
  const bool negative = (limbs_.back() >> 63) != 0;
  if (negative) {
    std::uint64_t carry = 1;
    for (std::uint64_t& limb : magnitude) {
      limb = ~limb + carry;
      carry = carry != 0 && limb == 0 ? 1 : 0;
    }
  }
  std::size_t top = kLimbs;
  while (top > 0 && magnitude[top - 1] == 0) --top;
  if (top == 0) return 0.0;
  const int zeros = std::countl_zero(magnitude[top - 1]);
  const std::uint64_t below = top > 1 ? magnitude[top - 2] : 0;
  std::uint64_t significand = zeros == 0 ? magnitude[top - 1] : magnitude[top - 1] << zeros | below >> (64 - zeros);
  bool rest = zeros == 0 ? below != 0 : (below << zeros) != 0;
  for (std::size_t i = 0; i + 2 < top; ++i) rest = rest || magnitude[i] != 0;
  constexpr int kDrop = 11;
  rest = rest || (significand & ((1U << kDrop) - 1)) != 0;
  significand = significand >> kDrop | (rest ? 1 : 0);
  const double value = std::ldexp(static_cast<double>(significand), static_cast<int>(top) * 64 - zeros - 53 + exponent);
  return negative ? -value : value;
}

}  // namespace binade::kernels
