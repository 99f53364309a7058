// SPDX-License-Identifier: Apache-2.0
// One rounding step of the float families on binary64, bit for bit what numerics::encode and decode do. A binary64 that carries
// its inexactness in its last bit (round to odd, Boldo & Melquiond 2008) rounds to any format of at most 51 bits as the exact
// value would.
#pragma once

#include <bit>
#include <cstdint>

#include "models/datapath/pe/float_bits.h"
#include "models/datapath/pe/float_lanes.h"
#include "models/numerics/events.h"
#include "models/numerics/format_spec.h"

namespace binade::datapath {

inline constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;
inline constexpr std::uint64_t kInfinityBits = std::uint64_t{0x7ff} << 52;

/// a + b rounded to odd; infinities, NaN and zeros as IEEE 754 has them.
inline double add_to_odd(double a, double b) {
  const double sum = a + b;
  if ((std::bit_cast<std::uint64_t>(sum) & kInfinityBits) == kInfinityBits) return sum;
  return add_finite_to_odd(a, b);
}

/// Rounds values to a HillFloat or IeeeFloat format, as a value.
class FloatStep {
 public:
  FloatStep(const numerics::FormatSpec& format, numerics::Rounding rounding);

  /// `value` is exact or rounded to odd.
  double operator()(double value, numerics::Events& events) const {
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(value), magnitude = bits & ~kSignBit;
    const std::uint64_t rounded = (magnitude + addend(magnitude, bits, drop_)) & keep_;
    if (magnitude >= smallest_normal_ && rounded <= largest_) return std::bit_cast<double>(rounded | (bits & kSignBit));
    return special(bits, rounded, events);
  }

  /// sum[j] = step(sum[j] + step(a[j] * b[j])), a_stride 0 or 1, and true; or false, and nothing has changed. At most kLaneChunk
  /// lanes.
  bool row(double* sum, const double* a, std::size_t a_stride, const double* b, std::size_t lanes, numerics::Events& events) const {
    return serial_lanes(lanes_, sum, a, a_stride, b, lanes, events.underflow);
  }

 private:
  /// What to add so that truncation at bit `drop` rounds.
  std::uint64_t addend(std::uint64_t magnitude, std::uint64_t bits, int drop) const {
    return (half_ << drop >> 1) - down_ + (magnitude >> drop & even_) - (bits >> 63 & toward_positive_);
  }
  /// Zero, below the normal range, beyond the largest magnitude, infinite or NaN.
  double special(std::uint64_t bits, std::uint64_t rounded, numerics::Events& events) const;

  numerics::FormatSpec format_;
  numerics::Rounding rounding_;
  int drop_;  ///< binary64 fraction bits below the format's
  std::uint64_t keep_;
  std::uint64_t half_, down_, even_, toward_positive_;  ///< 0 or 1 each, by rounding mode
  std::uint64_t smallest_normal_, largest_;             ///< magnitudes as binary64 bits
  double smallest_quantum_;                             ///< LSB of subnormals
  FloatLanes lanes_;
};

}  // namespace binade::datapath
