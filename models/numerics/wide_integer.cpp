// SPDX-License-Identifier: Apache-2.0
#include "models/numerics/wide_integer.h"

#include <algorithm>
#include <bit>

#include "models/numerics/bound.h"
#include "models/numerics/uint128.h"

namespace binade::numerics {

WideInteger::WideInteger(int bits) : limbs_(static_cast<std::size_t>(bits) / 64 + 2) {}

void WideInteger::clear() { std::fill(limbs_.begin(), limbs_.end(), 0); }

void WideInteger::add(bool negative, std::uint64_t magnitude, int shift) {
  // Subtraction adds the complement: every limb of the shifted magnitude inverted, and a carry into the lowest.
  const auto first = static_cast<std::size_t>(shift) / 64;
  const Uint128 placed = Uint128{magnitude} << (shift % 64);
  BINADE_BOUND(shift >= 0 && first + (placed >> 64 != 0 ? 1 : 0) < limbs_.size());
  std::uint64_t carry = negative ? 1 : 0;
  for (std::size_t i = 0; i < limbs_.size(); ++i) {
    std::uint64_t limb = 0;
    if (i == first) limb = static_cast<std::uint64_t>(placed);
    if (i == first + 1) limb = static_cast<std::uint64_t>(placed >> 64);
    const Uint128 sum = Uint128{limbs_[i]} + (negative ? ~limb : limb) + carry;
    limbs_[i] = static_cast<std::uint64_t>(sum);
    carry = static_cast<std::uint64_t>(sum >> 64);
  }
}

bool WideInteger::is_zero() const {
  return std::all_of(limbs_.begin(), limbs_.end(), [](std::uint64_t limb) { return limb == 0; });
}

bool WideInteger::fits(int bits) const {
  const std::uint64_t sign = negative() ? ~std::uint64_t{0} : 0;
  const auto first = static_cast<std::size_t>(bits - 1) / 64;
  if (first >= limbs_.size()) return true;
  if ((limbs_[first] ^ sign) >> ((bits - 1) % 64) != 0) return false;
  return std::all_of(limbs_.begin() + static_cast<std::ptrdiff_t>(first) + 1, limbs_.end(),
                     [sign](std::uint64_t limb) { return limb == sign; });
}

bool WideInteger::is_negative_power(int exponent) const {
  WideInteger sum = *this;
  sum.add(false, 1, exponent);
  return negative() && sum.is_zero();
}

void WideInteger::set_limit(bool negative, int bits, int shift) {
  clear();
  add(negative, 1, bits - 1 + shift);
  if (!negative) add(true, 1, shift);
}

void WideInteger::drop(int bits) {
  const std::uint64_t sign = negative() ? ~std::uint64_t{0} : 0;
  const auto limbs = static_cast<std::size_t>(bits) / 64;
  const auto limb = [&](std::size_t i) { return i < limbs_.size() ? limbs_[i] : sign; };
  for (std::size_t i = 0; i < limbs_.size(); ++i) {
    const Uint128 pair = Uint128{limb(i + limbs + 1)} << 64 | limb(i + limbs);
    limbs_[i] = static_cast<std::uint64_t>(pair >> (bits % 64));
  }
}

void WideInteger::raise(int bits) {
  const auto limbs = static_cast<std::size_t>(bits) / 64;
  for (std::size_t i = limbs_.size(); i-- > 0;) {
    const std::uint64_t high = i >= limbs ? limbs_[i - limbs] : 0, low = i > limbs ? limbs_[i - limbs - 1] : 0;
    limbs_[i] = static_cast<std::uint64_t>(((Uint128{high} << 64 | low) << (bits % 64)) >> 64);
  }
}

void WideInteger::get(int bits, std::span<std::uint64_t> words) const {
  const auto count = static_cast<std::size_t>(bits + 63) / 64;
  BINADE_BOUND(count <= limbs_.size() && count <= words.size());
  std::copy_n(limbs_.begin(), count, words.begin());
  if (bits % 64 != 0) words[count - 1] &= (std::uint64_t{1} << (bits % 64)) - 1;
}

void WideInteger::set(int bits, std::span<const std::uint64_t> words) {
  const auto top = static_cast<std::size_t>(bits - 1) / 64;
  const int spare = 63 - (bits - 1) % 64;
  BINADE_BOUND(top < limbs_.size() && top < words.size());
  std::copy_n(words.begin(), top, limbs_.begin());
  const auto extended = static_cast<std::int64_t>(words[top] << spare) >> spare;
  limbs_[top] = static_cast<std::uint64_t>(extended);
  std::fill(limbs_.begin() + static_cast<std::ptrdiff_t>(top) + 1, limbs_.end(), extended < 0 ? ~std::uint64_t{0} : 0);
}

Unpacked WideInteger::to_unpacked(int lsb_exponent) const {
  if (is_zero()) return {};
  std::vector<std::uint64_t> magnitude = limbs_;
  if (negative()) {
    std::uint64_t carry = 1;
    for (std::uint64_t& limb : magnitude) {
      limb = ~limb + carry;
      carry = carry != 0 && limb == 0 ? 1 : 0;
    }
  }
  std::size_t top = magnitude.size() - 1;
  while (magnitude[top] == 0) --top;
  const int zeros = std::countl_zero(magnitude[top]);
  const std::uint64_t below = top > 0 ? magnitude[top - 1] : 0;
  Unpacked value;
  value.number_class = NumberClass::Finite;
  value.negative = negative();
  value.scale = static_cast<int>(top) * 64 + 63 - zeros + lsb_exponent;
  value.significand = zeros == 0 ? magnitude[top] : magnitude[top] << zeros | below >> (64 - zeros);
  value.sticky = (zeros == 0 ? below : below << zeros) != 0;
  for (std::size_t i = 0; i + 1 < top; ++i) value.sticky = value.sticky || magnitude[i] != 0;
  return value;
}

}  // namespace binade::numerics
