// SPDX-License-Identifier: Apache-2.0
// The hub of all number formats: every family decodes to and encodes from Unpacked, so there are 2N codecs, never N^2.
#pragma once

#include <cstdint>

namespace binade::numerics {

enum class NumberClass : std::uint8_t { Zero, Finite, Inf, Nan };  ///< NaR is Nan

/// Finite: value = (-1)^negative * significand * 2^(scale - 63), the significand's top bit (bit 63) set, so that
/// 2^scale <= |value| < 2^(scale+1). `sticky` says that the true magnitude is larger than that by less than one unit of bit 0.
/// Zero and Inf carry a sign. A result with sticky set is exact enough to be rounded once to any format of up to 32 bits.
struct Unpacked {
  NumberClass number_class = NumberClass::Zero;
  bool negative = false;
  bool sticky = false;
  std::int32_t scale = 0;
  std::uint64_t significand = 0;

  bool operator==(const Unpacked&) const = default;
  bool is_zero() const { return number_class == NumberClass::Zero; }
  bool is_finite() const { return number_class == NumberClass::Finite; }
  bool is_nan() const { return number_class == NumberClass::Nan; }
};

/// Exact: every binary64 is an Unpacked (subnormals are normalised).
Unpacked from_double(double value);
/// Rounded once to binary64, RNE (exact for every code of every format of up to 32 bits); NaN for NaR.
double to_double(const Unpacked& value);
/// mantissa * 2^lsb_exponent, exact.
Unpacked from_integer(std::int64_t mantissa, int lsb_exponent);

}  // namespace binade::numerics
