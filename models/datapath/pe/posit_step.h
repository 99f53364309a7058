// SPDX-License-Identifier: Apache-2.0
// One posit rounding on binary64, bit for bit what numerics::encode and decode do. Where the code has a fraction, rounding the code
// string is rounding the fraction at a bit that depends on the regime, so on the value's exponent, only; the rest goes to the
// codec.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "models/datapath/pe/float_step.h"

namespace binade::datapath {

class PositStep {
 public:
  PositStep(const numerics::FormatSpec& format, numerics::Rounding rounding);

  /// True where products of two posits are exact in binary64.
  static bool serves(const numerics::FormatSpec& format) { return 2 * (format.bits - 2 - format.exponent_bits) <= 53; }

  /// `value` is exact or rounded to odd.
  double operator()(double value, numerics::Events& events) const {
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(value), magnitude = bits & ~kSignBit;
    const int drop = drops_[magnitude >> kDoubleFraction];
    if (drop == kNoFraction) return by_codec(value, events);
    const std::uint64_t addend = (half_ << drop >> 1) - down_ + (magnitude >> drop & even_) - (bits >> 63 & toward_positive_);
    return std::bit_cast<double>((((magnitude + addend) >> drop) << drop) | (bits & kSignBit));
  }

 private:
  static constexpr int kDoubleFraction = 52, kDoubleBias = 1023;
  static constexpr std::uint8_t kNoFraction = 0;

  double by_codec(double value, numerics::Events& events) const;

  numerics::FormatSpec format_;
  numerics::Rounding rounding_;
  /// By binary64 exponent field: fraction bits below the posit's. Zero has its own row, which leaves it zero.
  std::array<std::uint8_t, 2048> drops_;
  std::uint64_t half_, down_, even_, toward_positive_;  ///< 0 or 1 each, by rounding mode
};

}  // namespace binade::datapath
