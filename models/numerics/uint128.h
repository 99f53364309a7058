// SPDX-License-Identifier: Apache-2.0
// 128-bit integers of GCC and Clang, spelt so that -Wpedantic accepts them.
#pragma once

#include <bit>
#include <cstdint>

namespace binade::numerics {

__extension__ typedef unsigned __int128 Uint128;
__extension__ typedef __int128 Int128;

/// Leading zeros of a non-zero value.
inline int count_leading_zeros(Uint128 value) {
  const auto high = static_cast<std::uint64_t>(value >> 64);
  return high != 0 ? std::countl_zero(high) : 64 + std::countl_zero(static_cast<std::uint64_t>(value));
}

}  // namespace binade::numerics
