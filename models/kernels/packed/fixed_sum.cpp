// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/packed/fixed_sum.h"

#include <array>
#include <bit>
#include <cstdint>

#include "models/numerics/bound.h"
#include "models/numerics/uint128.h"

namespace binade::kernels {

using numerics::Int128;
using numerics::Uint128;

namespace {

// Limbs of four digits' places. A limb's terms and carry are below 2^(53 + 3 * 14 + 1).
constexpr int kLimbDigits = 4;
constexpr int kLimbBits = kLimbDigits * kDigitBits;
constexpr std::uint64_t kLimbMask = (std::uint64_t{1} << kLimbBits) - 1;
// ceil(count / kLimbDigits) limbs and the carry out of the last one, which is below 2^(53 + 3 * 14 + 1 - 56) = 2^40.
constexpr int kMostLimbs = (kMostDigits + kLimbDigits - 1) / kLimbDigits + 1;

constexpr int kDoubleBits = 53;

double power_of_two(int exponent) {
  BINADE_BOUND(exponent >= -1022 && exponent <= 1023);
  return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << (kDoubleBits - 1));
}

}  // namespace

double sum_to_odd(const double* digits, int stride, int count, int exponent) {
  // One comparison beside at least `count` wide additions.
  if (count < 1 || count > kMostDigits)
    throw InvariantError("fixed sum: " + std::to_string(count) + " digits; room for 1 to " + std::to_string(kMostDigits));
  std::array<std::uint64_t, kMostLimbs> limbs{};  // least significant first; the last one is the signed carry
  int top = 0;
  Int128 sum = 0;
  for (int digit = 0; digit < count; ++top) {
    BINADE_BOUND(top + 1 < kMostLimbs);
    for (int place = 0; place < kLimbBits && digit < count; place += kDigitBits, ++digit)
      sum += Int128{static_cast<std::int64_t>(digits[digit * stride])} << place;
    limbs[static_cast<std::size_t>(top)] = static_cast<std::uint64_t>(sum) & kLimbMask;
    sum >>= kLimbBits;
  }
  const bool negative = sum < 0;
  auto carry = static_cast<std::uint64_t>(sum);
  if (negative) {
    std::uint64_t one = 1;
    for (int i = 0; i < top; ++i) {
      std::uint64_t& limb = limbs[static_cast<std::size_t>(i)];
      limb = (~limb & kLimbMask) + one;
      one = limb >> kLimbBits;
      limb &= kLimbMask;
    }
    carry = ~carry + one;
  }
  limbs[static_cast<std::size_t>(top)] = carry;
  while (top > 0 && limbs[static_cast<std::size_t>(top)] == 0) --top;
  Uint128 significand = limbs[static_cast<std::size_t>(top)];
  bool rest = false;
  if (top > 0) {
    significand = significand << kLimbBits | limbs[static_cast<std::size_t>(--top)];
    for (int i = 0; i < top; ++i) rest = rest || limbs[static_cast<std::size_t>(i)] != 0;
  }
  if (significand == 0) return 0.0;
  const int bits = 128 - numerics::count_leading_zeros(significand);
  const int drop = bits > kDoubleBits ? bits - kDoubleBits : 0;
  auto kept = static_cast<std::uint64_t>(significand >> drop);
  rest = rest || (Uint128{kept} << drop) != significand;
  // Where nothing is dropped there is no rest: a sum with limbs below has more than 56 bits.
  const double value = static_cast<double>(kept | (rest ? 1 : 0)) * power_of_two(drop + top * kLimbBits + exponent);
  return negative ? -value : value;
}

}  // namespace binade::kernels
