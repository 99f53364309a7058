// SPDX-License-Identifier: Apache-2.0
#include "models/numerics/unpacked.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "models/numerics/round_magnitude.h"

namespace binade::numerics {

Unpacked from_double(double value) {
  constexpr std::uint64_t kFractionMask = (std::uint64_t{1} << 52) - 1;
  const auto bits = std::bit_cast<std::uint64_t>(value);
  Unpacked result;
  result.negative = (bits >> 63) != 0;
  const int exponent = static_cast<int>(bits >> 52 & 0x7ff);
  const std::uint64_t fraction = bits & kFractionMask;
  if (exponent == 0x7ff) {
    result.number_class = fraction == 0 ? NumberClass::Inf : NumberClass::Nan;
    if (fraction != 0) result.negative = false;
  } else if (exponent != 0) {
    result.number_class = NumberClass::Finite;
    result.scale = exponent - 1023;
    result.significand = (fraction | (kFractionMask + 1)) << 11;
  } else if (fraction != 0) {
    const int zeros = std::countl_zero(fraction);
    result.number_class = NumberClass::Finite;
    result.scale = 63 - zeros - 1074;
    result.significand = fraction << zeros;
  }
  return result;
}

double to_double(const Unpacked& value) {
  const double sign = value.negative ? -1.0 : 1.0;
  switch (value.number_class) {
    case NumberClass::Zero:
      return sign * 0.0;
    case NumberClass::Inf:
      return sign * std::numeric_limits<double>::infinity();
    case NumberClass::Nan:
      return std::numeric_limits<double>::quiet_NaN();
    case NumberClass::Finite:
      break;
  }
  if (value.scale > 1023) return sign * std::numeric_limits<double>::infinity();
  const int lsb_exponent = std::max(value.scale - 52, -1074);
  const std::uint64_t magnitude = rounded(cut_at(value, lsb_exponent), Rounding::Rne, value.negative, 0);
  return sign * std::ldexp(static_cast<double>(magnitude), lsb_exponent);
}

Unpacked from_integer(std::int64_t mantissa, int lsb_exponent) {
  Unpacked result;
  if (mantissa == 0) return result;
  const auto bits = static_cast<std::uint64_t>(mantissa);
  result.negative = mantissa < 0;
  const std::uint64_t magnitude = result.negative ? 0 - bits : bits;
  const int zeros = std::countl_zero(magnitude);
  result.number_class = NumberClass::Finite;
  result.scale = 63 - zeros + lsb_exponent;
  result.significand = magnitude << zeros;
  return result;
}

}  // namespace binade::numerics
