// SPDX-License-Identifier: Apache-2.0
// Posits (Posit Standard 2022, docs/fidelity.md 2.1 and 2.2), es as a parameter: the code of a positive value is a 0 followed by
// the first n-1 bits of the unlimited string regime | exponent | fraction, and rounding acts on that string.
#include <bit>

#include "models/numerics/family_codecs.h"
#include "models/numerics/round_magnitude.h"
#include "models/numerics/uint128.h"

namespace binade::numerics {

Unpacked decode_posit(const FormatSpec& format, Code code) {
  Unpacked value;
  const Code sign_bit = Code{1} << (format.bits - 1);
  const Code mask = sign_bit | (sign_bit - 1);
  if (code == 0) return value;
  if (code == sign_bit) {
    value.number_class = NumberClass::Nan;
    return value;
  }
  value.number_class = NumberClass::Finite;
  value.negative = (code & sign_bit) != 0;
  const Code magnitude = value.negative ? (0 - code) & mask : code;
  // The n-1 bits behind the sign, left-aligned; the zeros below are the bits beyond the end of the word.
  std::uint64_t body = static_cast<std::uint64_t>(magnitude) << (65 - format.bits);
  int regime = 0;
  int run = 0;
  if ((body >> 63) != 0) {
    run = std::countl_one(body);
    regime = run - 1;
  } else {
    run = std::countl_zero(body);
    regime = -run;
  }
  body <<= run + 1;  // the run and the bit that ends it; run <= 31
  const int es = format.exponent_bits;
  const int exponent = es == 0 ? 0 : static_cast<int>(body >> (64 - es));
  body <<= es;
  value.scale = regime * (1 << es) + exponent;
  value.significand = (std::uint64_t{1} << 63) | body >> 1;
  return value;
}

Code encode_posit(const FormatSpec& format, const Unpacked& value, const Quantisation& how, Events& events) {
  const int n = format.bits;
  const Code sign_bit = Code{1} << (n - 1);
  if (value.is_zero()) return 0;
  if (!value.is_finite()) {
    ++events.nar;
    return sign_bit;
  }
  const int es = format.exponent_bits;
  const int regime = value.scale >> es;  // floor
  const auto exponent = static_cast<std::uint64_t>(value.scale - regime * (1 << es));
  const std::uint64_t fraction = value.significand << 1;
  Code magnitude = 0;
  bool inexact = true;
  if (regime >= n - 2) {  // at or beyond maxpos = 2^((n-2) 2^es)
    magnitude = sign_bit - 1;
    inexact = regime > n - 2 || exponent != 0 || fraction != 0 || value.sticky;
    if (inexact) ++events.saturation;
  } else if (regime < 2 - n) {  // below minpos
    const bool above_zero =
        value.scale > format.zero_scale() || (value.scale == format.zero_scale() && (fraction != 0 || value.sticky));
    magnitude = !format.underflows || above_zero ? 1 : 0;
    ++events.underflow;
  } else {
    // The string in 128 bits from the top: regime of at most n-1 bits, es exponent bits, 63 fraction bits.
    const int regime_bits = regime >= 0 ? regime + 2 : 1 - regime;
    const Uint128 regime_field = regime >= 0 ? ((Uint128{1} << (regime + 1)) - 1) << 1 : Uint128{1};
    const Uint128 string = regime_field << (128 - regime_bits) | Uint128{exponent} << (128 - regime_bits - es) |
                           Uint128{fraction} << (64 - regime_bits - es);
    const int kept_bits = n - 1;
    const Uint128 rest = string << kept_bits;
    const Cut cut{static_cast<std::uint64_t>(string >> (128 - kept_bits)), static_cast<std::uint64_t>(rest >> 64),
                  value.sticky || static_cast<std::uint64_t>(rest) != 0};
    magnitude = static_cast<Code>(rounded(cut, how.rounding, value.negative, how.random));
    inexact = !cut.exact();
  }
  if (inexact) ++events.inexact;
  return value.negative ? (0 - magnitude) & (sign_bit | (sign_bit - 1)) : magnitude;
}

}  // namespace binade::numerics
