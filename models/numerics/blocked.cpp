// SPDX-License-Identifier: Apache-2.0
#include "models/numerics/blocked.h"

#include <algorithm>

namespace binade::numerics {

int blocked_integer_bits(const FormatSpec& format) { return std::max(20, format.bits); }

std::int64_t blocked_step(std::int64_t sum, Int128 block, int shift, int integer_bits, Events& events) {
  if (block == 0) return sum;
  const Int128 limit = Int128{1} << (integer_bits - 1 + kBlockedGuardBits);
  // Beyond these distances only the block's sign matters: it overflows the register, or is below one guard bit.
  constexpr int kOverflowingLeftShift = 45;
  constexpr int kVanishingShift = 96;
  Int128 t = 0;
  if (kBlockedGuardBits - shift >= kOverflowingLeftShift) {
    t = block < 0 ? -limit - 1 : limit;
  } else if (shift <= kBlockedGuardBits) {
    t = sum * (Int128{1} << kBlockedGuardBits) + block * (Int128{1} << (kBlockedGuardBits - shift));
  } else {
    const Int128 reduced = shift < kVanishingShift ? block : (block < 0 ? -1 : 1);
    const int places = shift < kVanishingShift ? shift : kBlockedGuardBits + 1;
    const Int128 combined = sum * (Int128{1} << places) + reduced, dropped = (Int128{1} << (places - kBlockedGuardBits)) - 1;
    t = (combined + (combined < 0 ? dropped : 0)) >> (places - kBlockedGuardBits);  // toward zero
  }
  const Int128 clamped = std::clamp(t, -limit, limit - 1);
  const Int128 rounded = (clamped + (Int128{1} << (kBlockedGuardBits - 1))) >> kBlockedGuardBits;
  const Int128 result = std::min(rounded, (Int128{1} << (integer_bits - 1)) - 1);
  if (clamped != t || result != rounded) ++events.saturation;
  return static_cast<std::int64_t>(result);
}

}  // namespace binade::numerics
