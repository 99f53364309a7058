// SPDX-License-Identifier: Apache-2.0
#include "models/exponent/natural.h"

#include <algorithm>
#include <bit>

namespace binade::exponent {

Natural::Natural(std::uint64_t value) : limbs_{static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32)} {
  trim();
}

void Natural::trim() {
  while (!limbs_.empty() && limbs_.back() == 0) limbs_.pop_back();
}

Natural Natural::shifted_left(int bits) const {
  Natural result;
  result.limbs_.assign(static_cast<std::size_t>(bits / 32), 0);
  std::uint64_t carry = 0;
  for (const std::uint32_t limb : limbs_) {
    carry |= static_cast<std::uint64_t>(limb) << (bits % 32);
    result.limbs_.push_back(static_cast<std::uint32_t>(carry));
    carry >>= 32;
  }
  result.limbs_.push_back(static_cast<std::uint32_t>(carry));
  result.trim();
  return result;
}

int Natural::bit_width() const {
  if (limbs_.empty()) return 0;
  return static_cast<int>(32 * (limbs_.size() - 1)) + static_cast<int>(std::bit_width(limbs_.back()));
}

bool Natural::is_power_of_two() const {
  return !limbs_.empty() && std::has_single_bit(limbs_.back()) &&
         std::all_of(limbs_.begin(), limbs_.end() - 1, [](std::uint32_t limb) { return limb == 0; });
}

Natural operator+(const Natural& a, const Natural& b) {
  Natural result;
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < std::max(a.limbs_.size(), b.limbs_.size()) || carry != 0; ++i) {
    if (i < a.limbs_.size()) carry += a.limbs_[i];
    if (i < b.limbs_.size()) carry += b.limbs_[i];
    result.limbs_.push_back(static_cast<std::uint32_t>(carry));
    carry >>= 32;
  }
  return result;
}

Natural operator-(const Natural& a, const Natural& b) {
  Natural result = a;
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < a.limbs_.size(); ++i) {
    const std::uint64_t subtrahend = borrow + (i < b.limbs_.size() ? b.limbs_[i] : 0);
    borrow = a.limbs_[i] < subtrahend ? 1 : 0;
    result.limbs_[i] = static_cast<std::uint32_t>(a.limbs_[i] - subtrahend);
  }
  result.trim();
  return result;
}

Natural operator*(const Natural& a, const Natural& b) {
  Natural result;
  result.limbs_.assign(a.limbs_.size() + b.limbs_.size(), 0);
  for (std::size_t i = 0; i < a.limbs_.size(); ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < b.limbs_.size(); ++j) {
      carry += result.limbs_[i + j] + static_cast<std::uint64_t>(a.limbs_[i]) * b.limbs_[j];
      result.limbs_[i + j] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    result.limbs_[i + b.limbs_.size()] = static_cast<std::uint32_t>(carry);
  }
  result.trim();
  return result;
}

std::strong_ordering operator<=>(const Natural& a, const Natural& b) {
  if (a.limbs_.size() != b.limbs_.size()) return a.limbs_.size() <=> b.limbs_.size();
  for (std::size_t i = a.limbs_.size(); i-- > 0;) {
    if (a.limbs_[i] != b.limbs_[i]) return a.limbs_[i] <=> b.limbs_[i];
  }
  return std::strong_ordering::equal;
}

}  // namespace binade::exponent
