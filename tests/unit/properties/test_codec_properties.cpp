// SPDX-License-Identifier: Apache-2.0
// Laws that every codec obeys, over random formats of all families.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/unit/properties/generators.h"

namespace binade::properties {
namespace {

RC_GTEST_PROP(FormatWord, ParseAndPrintRoundTrip, ()) {
  const std::string word = *any_word();
  const FormatSpec format = numerics::parse_format(word);
  RC_ASSERT(numerics::to_string(format) == word);
  RC_ASSERT(numerics::parse_format(numerics::to_string(format)) == format);
}

RC_GTEST_PROP(Codec, DecodeThenEncodeIsTheIdentityOnCanonicalCodes, ()) {
  const FormatSpec format = numerics::parse_format(*any_word());
  const Code code = *any_code(format);
  const Rounding rounding = *deterministic_rounding();
  const Unpacked value = numerics::decode(format, code);
  Events events;
  const Code again = numerics::encode(format, value, {rounding, 0, 0, false}, events);
  Events second;
  RC_ASSERT(numerics::encode(format, numerics::decode(format, again), {rounding, 0, 0, false}, second) == again);
  const bool one_code_per_value =
      value.is_finite() && !(format.shared_exponent() && numerics::mantissa_of(format, code) < format.min_mantissa());
  if (one_code_per_value) {
    RC_ASSERT(again == code);
    RC_ASSERT(events == Events{});
  }
}

RC_GTEST_PROP(Codec, EncodeIsMonotonic, ()) {
  const FormatSpec format = numerics::parse_format(*any_word());
  const Rounding rounding = *deterministic_rounding();
  double low = *any_value();
  double high = *rc::gen::oneOf(any_value(), rc::gen::just(std::nextafter(low, INFINITY)), rc::gen::just(low * 1.001));
  if (low > high) std::swap(low, high);
  const double below = rounded(format, low, rounding);
  const double above = rounded(format, high, rounding);
  RC_ASSERT(below <= above || std::isnan(below) || std::isnan(above));  // fp8e4m3 overflows to NaN
}

RC_GTEST_PROP(Codec, EncodeIsSymmetricInTheSign, ()) {
  const FormatSpec format = numerics::parse_format(*any_word());
  const Rounding rounding = *rc::gen::element(Rounding::Rne, Rounding::Rtz, Rounding::Rha);
  const double value = *any_value();
  const double positive = rounded(format, value, rounding);
  const double negative = rounded(format, -value, rounding);
  const bool asymmetric_end = format.family == Family::Flex && std::abs(value) > static_cast<double>(format.max_mantissa());
  if (!asymmetric_end && !std::isnan(positive)) RC_ASSERT(positive == -negative);
}

RC_GTEST_PROP(Codec, NearestIsNeverFartherThanTruncation, ()) {
  // Of posits, nearest in code space is not nearest in value.
  const FormatSpec format =
      numerics::parse_format(*rc::gen::suchThat(any_word(), [](const std::string& word) { return word[0] != 'p'; }));
  const double value = *any_value();
  const double nearest = rounded(format, value, Rounding::Rne);
  const double truncated = rounded(format, value, Rounding::Rtz);
  RC_PRE(std::isfinite(nearest));
  RC_ASSERT(std::abs(nearest - value) <= std::abs(truncated - value));
  RC_ASSERT(std::abs(truncated) <= std::abs(value));
}

RC_GTEST_PROP(Codec, StochasticRoundingTakesANeighbour, ()) {
  const FormatSpec format = numerics::parse_format(*any_word());
  const double value = std::abs(*any_value());
  Events events;
  const auto at = [&](Rounding rounding, std::uint32_t random) {
    return numerics::to_double(
        numerics::decode(format, numerics::encode(format, numerics::from_double(value), {rounding, 0, random, false}, events)));
  };
  const double down = at(Rounding::Sr, 0);
  const double up = at(Rounding::Sr, 0xffffffffu);
  const double drawn = at(Rounding::Sr, *rc::gen::arbitrary<std::uint32_t>());
  RC_PRE(std::isfinite(up));
  RC_ASSERT(drawn == down || drawn == up);
  RC_ASSERT(down == at(Rounding::Rtz, 0));
  RC_ASSERT(down <= up);
}

}  // namespace
}  // namespace binade::properties
