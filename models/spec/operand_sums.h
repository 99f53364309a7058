// SPDX-License-Identifier: Apache-2.0
// What the switching energy of processing elements is fitted in: sums over multiply-accumulates of products of a function of the
// code that an element takes from A and one of the code that it takes from B.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace binade::spec {

/// Of the codes that an element takes, one with each of its multiply-accumulates of a tile.
enum class OperandFunction : std::uint8_t {
  One,
  Hamming,  ///< bits in which the code differs from the one that the element took before it, 0 before the first of a fold
  Weight,   ///< bits that are set
  NonZero   ///< 1 where the code is not 0
};
inline constexpr std::size_t kOperandFunctions = 4;

/// at(f, g): sum over all multiply-accumulates of f of A's code times g of B's. at(One, One) is how many there are.
struct OperandSums {
  std::array<std::array<std::uint64_t, kOperandFunctions>, kOperandFunctions> sums{};

  std::uint64_t& at(OperandFunction a, OperandFunction b) { return sums[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)]; }
  std::uint64_t at(OperandFunction a, OperandFunction b) const {
    return sums[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)];
  }
  OperandSums& operator+=(const OperandSums& other) {
    for (std::size_t f = 0; f < kOperandFunctions; ++f)
      for (std::size_t g = 0; g < kOperandFunctions; ++g) sums[f][g] += other.sums[f][g];
    return *this;
  }
  friend OperandSums operator+(OperandSums one, const OperandSums& two) { return one += two; }
  friend OperandSums operator-(OperandSums later, const OperandSums& earlier) {
    for (std::size_t f = 0; f < kOperandFunctions; ++f)
      for (std::size_t g = 0; g < kOperandFunctions; ++g) later.sums[f][g] -= earlier.sums[f][g];
    return later;
  }
  bool operator==(const OperandSums&) const = default;
};

}  // namespace binade::spec
