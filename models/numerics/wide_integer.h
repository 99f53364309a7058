// SPDX-License-Identifier: Apache-2.0
// A two's-complement integer of run-time width: the register behind quire and Kulisch accumulators. Slow and obvious.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/numerics/unpacked.h"

namespace binade::numerics {

class WideInteger {
 public:
  /// At least `bits` bits of storage; the caller's values must stay inside.
  explicit WideInteger(int bits);
  void clear();
  /// Adds (-1)^negative * magnitude * 2^shift, shift >= 0.
  void add(bool negative, std::uint64_t magnitude, int shift);
  bool negative() const { return (limbs_.back() >> 63) != 0; }
  bool is_zero() const;
  /// True if the value is in [-2^(bits-1), 2^(bits-1) - 1].
  bool fits(int bits) const;
  /// True if the value is -2^exponent.
  bool is_negative_power(int exponent) const;
  /// Becomes -2^(bits-1) * 2^shift or (2^(bits-1) - 1) * 2^shift.
  void set_limit(bool negative, int bits, int shift);
  /// Becomes value / 2^bits, rounded down, and value * 2^bits.
  void drop(int bits);
  void raise(int bits);
  /// The low `bits` bits of the value, which must fit them, and back: ceil(bits / 64) words, bits above the width zero.
  void get(int bits, std::span<std::uint64_t> words) const;
  void set(int bits, std::span<const std::uint64_t> words);
  /// Value * 2^lsb_exponent: the top 64 bits, and sticky for the rest.
  Unpacked to_unpacked(int lsb_exponent) const;

 private:
  std::vector<std::uint64_t> limbs_;  ///< least significant first; the last one carries the sign
};

}  // namespace binade::numerics
