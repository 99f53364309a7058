// SPDX-License-Identifier: Apache-2.0
// The two float families. Code layout: sign | E exponent bits | M fraction bits.
#include <algorithm>
#include <bit>

#include "models/numerics/family_codecs.h"
#include "models/numerics/round_magnitude.h"

namespace binade::numerics {
namespace {

struct Fields {
  Code sign = 0;
  int exponent = 0;
  Code fraction = 0;
};

Fields fields_of(const FormatSpec& format, Code code) {
  return {code >> (format.bits - 1) & 1, static_cast<int>(code >> format.fraction_bits & ((Code{1} << format.exponent_bits) - 1)),
          code & ((Code{1} << format.fraction_bits) - 1)};
}

Unpacked finite(bool negative, int exponent_of_fraction_lsb, Code integer) {
  const int zeros = std::countl_zero(std::uint64_t{integer});
  return {NumberClass::Finite, negative, false, 63 - zeros + exponent_of_fraction_lsb, std::uint64_t{integer} << zeros};
}

Code sign_of(const FormatSpec& format, const Unpacked& value) { return value.negative ? Code{1} << (format.bits - 1) : 0; }

/// The largest finite magnitude: all ones, or below the codes that are Inf and NaN.
Code max_magnitude(const FormatSpec& format) {
  const Code all_ones = (Code{1} << (format.bits - 1)) - 1;
  switch (format.specials) {
    case Specials::None:
      return all_ones;
    case Specials::NanOnly:
      return all_ones - 1;
    case Specials::InfNan:
      return all_ones - (Code{1} << format.fraction_bits);
  }
  return all_ones;
}

}  // namespace

Unpacked decode_hill(const FormatSpec& format, Code code) {
  const Fields fields = fields_of(format, code);
  if (fields.exponent == 0) return {};
  return finite(fields.sign != 0, fields.exponent - format.bias() - format.fraction_bits,
                fields.fraction | Code{1} << format.fraction_bits);
}

Code encode_hill(const FormatSpec& format, const Unpacked& value, const Quantisation& how, Events& events) {
  const Code sign = sign_of(format, value);
  switch (value.number_class) {
    case NumberClass::Zero:
      return 0;
    case NumberClass::Nan:
      ++events.nar;
      return 0;
    case NumberClass::Inf:
      ++events.saturation;
      return sign | max_magnitude(format);
    case NumberClass::Finite:
      break;
  }
  // Rounded with unbounded exponent: an integer of M+1 bits (M+2 after a carry) in units of 2^(scale-M).
  const Cut cut = cut_at(value, value.scale - format.fraction_bits);
  const std::uint64_t integer = rounded(cut, how.rounding, value.negative, how.random);
  const int carry = static_cast<int>(integer >> (format.fraction_bits + 1));
  const int exponent = value.scale + carry + format.bias();
  if (exponent < 1) {
    ++events.underflow;
    ++events.inexact;
    return 0;
  }
  if (exponent >= 1 << format.exponent_bits) {
    ++events.saturation;
    ++events.inexact;
    return sign | max_magnitude(format);
  }
  if (!cut.exact()) ++events.inexact;
  const Code fraction = static_cast<Code>(integer >> carry) & ((Code{1} << format.fraction_bits) - 1);
  return sign | static_cast<Code>(exponent) << format.fraction_bits | fraction;
}

Unpacked decode_ieee(const FormatSpec& format, Code code) {
  const Fields fields = fields_of(format, code);
  const bool negative = fields.sign != 0;
  const int top_exponent = (1 << format.exponent_bits) - 1;
  if (fields.exponent == top_exponent && format.specials == Specials::InfNan)
    return fields.fraction == 0 ? Unpacked{NumberClass::Inf, negative, false, 0, 0}
                                : Unpacked{NumberClass::Nan, false, false, 0, 0};
  if (format.specials == Specials::NanOnly && fields.exponent == top_exponent &&
      fields.fraction == (Code{1} << format.fraction_bits) - 1)
    return {NumberClass::Nan, false, false, 0, 0};
  if (fields.exponent == 0 && fields.fraction == 0) return {NumberClass::Zero, negative, false, 0, 0};
  const Code hidden = fields.exponent == 0 ? 0 : Code{1} << format.fraction_bits;
  return finite(negative, std::max(fields.exponent, 1) - format.bias() - format.fraction_bits, fields.fraction | hidden);
}

Code encode_ieee(const FormatSpec& format, const Unpacked& value, const Quantisation& how, Events& events) {
  const Code sign = sign_of(format, value);
  const Code exponent_ones = ((Code{1} << format.exponent_bits) - 1) << format.fraction_bits;
  // Canonical NaN: the quiet bit where fractions tell NaN from Inf, all ones for E4M3; sign clear.
  const Code canonical_nan = format.specials == Specials::NanOnly ? (Code{1} << (format.bits - 1)) - 1
                                                                  : exponent_ones | Code{1} << (format.fraction_bits - 1);
  const bool saturates = how.saturate_specials || format.saturates;
  const auto infinite = [&]() -> Code {
    if (saturates) {
      ++events.saturation;
      return sign | max_magnitude(format);
    }
    if (format.specials == Specials::InfNan) return sign | exponent_ones;
    ++events.nar;
    return canonical_nan;
  };
  switch (value.number_class) {
    case NumberClass::Zero:
      return sign;
    case NumberClass::Nan:
      ++events.nar;
      return canonical_nan;
    case NumberClass::Inf:
      return infinite();
    case NumberClass::Finite:
      break;
  }
  // Subnormals share the LSB of the smallest normal binade. An integer of M+1 bits has the hidden bit; a carry out of M or
  // M+1 bits moves into the exponent field by itself when the parts are added.
  const int lowest_scale = 1 - format.bias();
  const int binade = std::max(value.scale, lowest_scale);
  const Cut cut = cut_at(value, binade - format.fraction_bits);
  const std::uint64_t integer = rounded(cut, how.rounding, value.negative, how.random);
  const std::uint64_t magnitude = (static_cast<std::uint64_t>(binade - lowest_scale) << format.fraction_bits) + integer;
  if (magnitude > max_magnitude(format)) {
    ++events.inexact;
    if (truncates(how.rounding, value.negative)) {
      ++events.saturation;
      return sign | max_magnitude(format);
    }
    if (!saturates) ++events.overflow;
    return infinite();
  }
  if (!cut.exact()) {
    ++events.inexact;
    if (magnitude == 0) ++events.underflow;
  }
  return sign | static_cast<Code>(magnitude);
}

}  // namespace binade::numerics
