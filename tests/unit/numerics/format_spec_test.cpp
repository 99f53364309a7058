// SPDX-License-Identifier: Apache-2.0
// Format words: parse and print round-trip over every word, and wrong words name the nearest valid one.
#include "models/numerics/format_spec.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "models/numerics/error.h"
#include "models/numerics/format_words.h"

namespace binade::numerics {
namespace {

std::string message_of(const std::string& word) {
  try {
    parse_format(word);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

void expect_round_trip(const std::string& word) {
  SCOPED_TRACE(word);
  const FormatSpec format = parse_format(word);
  EXPECT_EQ(to_string(format), word);
  EXPECT_EQ(parse_format(to_string(format)), format);
}

TEST(FormatSpec, NamedWordsRoundTrip) {
  std::set<std::string> seen;
  for (const NamedFormat& named : named_formats()) {
    expect_round_trip(std::string(named.word));
    EXPECT_EQ(parse_format(named.word), named.format);
    EXPECT_TRUE(seen.insert(std::string(named.word)).second) << named.word;
  }
}

TEST(FormatSpec, PatternWordsRoundTripAndCarryTheirFields) {
  for (int n = 3; n <= 32; ++n)
    for (int es = 0; es <= 4; ++es) {
      const std::string word = "posit" + std::to_string(n) + "es" + std::to_string(es);
      const FormatSpec format = parse_format(word);
      EXPECT_EQ(format, (FormatSpec{Family::Posit, n, es, 0, Specials::None}));
      EXPECT_EQ(to_string(format), es == 2 ? "posit" + std::to_string(n) : word);
    }
  for (int e = 2; e <= 8; ++e)
    for (int m = 1; m <= 23; ++m) {
      expect_round_trip("e" + std::to_string(e) + "m" + std::to_string(m));
      EXPECT_EQ(parse_format("e" + std::to_string(e) + "m" + std::to_string(m)).bits, 1 + e + m);
    }
  for (int n = 4; n <= 32; ++n)
    for (int m = 1; m <= 8; ++m) expect_round_trip("flex" + std::to_string(n) + "+" + std::to_string(m));
  for (int p = 2; p <= 32; ++p) {
    expect_round_trip("dfp" + std::to_string(p));
    expect_round_trip("sdfp" + std::to_string(p));
    for (int f = 0; f <= 63; f += 7) expect_round_trip("fixed" + std::to_string(p) + "." + std::to_string(f));
  }
}

TEST(FormatSpec, HillAndIeeeWordsOfOneShapeDiffer) {
  EXPECT_EQ(parse_format("e8m23").family, Family::HillFloat);
  EXPECT_EQ(parse_format("fp32").family, Family::IeeeFloat);
  EXPECT_EQ(parse_format("e8m23").default_rounding(), Rounding::Rtz);
  EXPECT_EQ(parse_format("fp32").default_rounding(), Rounding::Rne);
}

TEST(FormatSpec, WrongWordsNameTheNearest) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"POSIT8", "posit8"},   {"posit08", "posit8"},    {"posti16", "posit16"},    {"fp31", "fp32"},
      {"e9m7", "e6m7"},       {"flex16-5", "flex16+5"}, {"flx16+5", "flex16+5"},   {"fixed16,8", "fixed16.8"},
      {"fp8e4m4", "fp8e4m3"}, {"dfpp8", "dfp8"},        {"posit8es", "posit8es0"}, {"bf-16", "bf16"},
  };
  for (const auto& [wrong, nearest] : cases)
    EXPECT_NE(message_of(wrong).find("nearest valid one is '" + nearest + "'"), std::string::npos) << message_of(wrong);
}

TEST(FormatSpec, RangesAndSpellingAreStrict) {
  for (const char* word :
       {"",           "posit",      "posit2",   "posit33",  "posit8es5", "e1m3",    "e9m3",       "e4m0",     "e4m24",
        "flex3+5",    "flex16",     "flex16+0", "flex16+9", "dfp1",      "dfp33",   "sdfp",       "fixed1.0", "fixed16",
        "fixed16.64", "fixed16.-1", "fp64",     " fp32",    "fp32 ",     "posit+8", "posit8es02", "e04m3",    "posit99999999999"})
    EXPECT_THROW(parse_format(word), InputError) << word;
}

TEST(FormatSpec, MantissasAreTwosComplement) {
  for (const char* word : {"flex4+5", "dfp8", "fixed32.8"}) {
    const FormatSpec format = parse_format(word);
    for (const std::int64_t m : {format.min_mantissa(), std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, format.max_mantissa()})
      EXPECT_EQ(mantissa_of(format, code_of_mantissa(format, m)), m);
  }
  EXPECT_EQ(parse_format("flex16+5").min_mantissa(), -32768);
  EXPECT_EQ(parse_format("dfp16").min_mantissa(), -32767);
}

}  // namespace
}  // namespace binade::numerics
