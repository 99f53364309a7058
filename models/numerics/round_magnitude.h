// SPDX-License-Identifier: Apache-2.0
// The one rounding decision and the one cut of a significand, shared by every codec.
#pragma once

#include <cstdint>

#include "models/numerics/rounding.h"
#include "models/numerics/unpacked.h"

namespace binade::numerics {

/// A magnitude cut at some bit: `kept` units, and what was discarded as a fraction of one unit: tail / 2^64, plus less than
/// 2^-64 more when `sticky`.
struct Cut {
  std::uint64_t kept = 0;
  std::uint64_t tail = 0;
  bool sticky = false;

  bool exact() const { return tail == 0 && !sticky; }
};

/// True if the magnitude is to be raised by one unit. Sr works on the magnitude: top 32 discarded bits + random carry.
inline bool rounds_up(const Cut& cut, Rounding rounding, bool negative, std::uint32_t random) {
  constexpr std::uint64_t kHalf = std::uint64_t{1} << 63;
  const bool tie = cut.tail == kHalf && !cut.sticky;
  switch (rounding) {
    case Rounding::Rne:
      return tie ? (cut.kept & 1) != 0 : cut.tail >= kHalf;
    case Rounding::Rtz:
      return false;
    case Rounding::Rhu:
      return tie ? !negative : cut.tail >= kHalf;
    case Rounding::Rha:
      return cut.tail >= kHalf;
    case Rounding::Sr:
      return (((cut.tail >> 32) + random) >> 32) != 0;
    case Rounding::Rdn:
      return negative && !cut.exact();
    case Rounding::Rup:
      return !negative && !cut.exact();
  }
  return false;
}

inline std::uint64_t rounded(const Cut& cut, Rounding rounding, bool negative, std::uint32_t random) {
  return cut.kept + (rounds_up(cut, rounding, negative, random) ? 1 : 0);
}

/// Cuts a finite value's magnitude into units of 2^lsb_exponent. Precondition: scale - lsb_exponent <= 63.
inline Cut cut_at(const Unpacked& value, int lsb_exponent) {
  const int drop = 63 - value.scale + lsb_exponent;
  const std::uint64_t significand = value.significand;
  if (drop == 0) return {significand, 0, value.sticky};
  if (drop < 64) return {significand >> drop, significand << (64 - drop), value.sticky};
  if (drop == 64) return {0, significand, value.sticky};
  if (drop < 128) return {0, significand >> (drop - 64), value.sticky || (significand << (128 - drop)) != 0};
  return {0, 0, true};
}

}  // namespace binade::numerics
