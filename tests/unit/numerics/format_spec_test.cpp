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
      FormatSpec underflowing = format;
      underflowing.underflows = true;
      EXPECT_EQ(parse_format(word + "u"), underflowing);
      EXPECT_EQ(to_string(underflowing), to_string(format) + "u");
      expect_round_trip(to_string(underflowing));
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

TEST(FormatSpec, IeeeWordsOfAnyWidthAndSaturatingOnes) {
  for (int e = 2; e <= 8; ++e)
    for (int m = 1; m <= 23; ++m) {
      const std::string word = "ieee" + std::to_string(e) + "." + std::to_string(m);
      FormatSpec format = parse_format(word);
      EXPECT_EQ(format, (FormatSpec{Family::IeeeFloat, 1 + e + m, e, m, Specials::InfNan}));
      EXPECT_EQ(parse_format(to_string(format)), format) << word;
      format.saturates = true;
      EXPECT_EQ(parse_format(word + "sat"), format);
      EXPECT_EQ(parse_format(to_string(format)), format) << word;
    }
  EXPECT_EQ(to_string(parse_format("ieee5.10")), "fp16");
  EXPECT_EQ(to_string(parse_format("ieee8.23sat")), "fp32sat");
  EXPECT_EQ(to_string(parse_format("ieee4.3")), "ieee4.3");  // fp8e4m3 has no infinity
  expect_round_trip("fp8e4m3sat");
  expect_round_trip("fp8e5m2sat");
  for (const char* word : {"ieee1.3", "ieee9.3", "ieee4.0", "ieee4.24", "ieee4", "ieee4m3", "posit8sat", "e4m3sat", "dfp8sat",
                           "sat", "fp16satsat", "flex16+5sat"})
    EXPECT_THROW(parse_format(word), InputError) << word;
}

TEST(FormatSpec, AFloatWithTheFieldsOfAStandardsFormatSaysSo) {
  const std::vector<std::pair<std::string, std::string>> twins{
      {"e4m3", "which is fp8e4m3"}, {"e5m2", "which is fp8e5m2"}, {"e5m10", "which is fp16"}, {"e8m7", "which is bf16"},
      {"e8m23", "which is fp32"},   {"e2m1", "OCP FP4 E2M1"},     {"e3m2", "OCP FP6 E3M2"},   {"e2m3", "OCP FP6 E2M3"},
  };
  for (const auto& [word, twin] : twins) {
    const std::string note = twin_note(parse_format(word));
    EXPECT_EQ(note.rfind(word + " is the float of Hill et al.", 0), 0U) << note;
    EXPECT_NE(note.find(twin), std::string::npos) << note;
  }
  for (const char* word : {"e6m7", "fp8e4m3", "fp16", "ieee4.3", "posit8", "flex16+5", "fixed16.8"})
    EXPECT_EQ(twin_note(parse_format(word)), "") << word;
}

TEST(FormatSpec, KnownFormatsThatAreAbsentAreNamedAsSuch) {
  for (const auto& [word, nearest] : std::vector<std::pair<std::string, std::string>>{{"mxfp8", "fp8e4m3"},
                                                                                      {"MXFP4", "dfp4"},
                                                                                      {"mxfp6e2m3", "dfp6"},
                                                                                      {"nvfp4", "dfp4"},
                                                                                      {"fp4", "dfp4"},
                                                                                      {"int8", "dfp8"},
                                                                                      {"int4", "dfp4"},
                                                                                      {"tf32", "ieee8.10"},
                                                                                      {"takum8", "posit8"},
                                                                                      {"bfp16", "dfp<P>"},
                                                                                      {"fp8", "fp8e4m3, fp8e5m2"}}) {
    const std::string message = message_of(word);
    EXPECT_NE(message.find("is known and not available here; the nearest that is: "), std::string::npos) << message;
    EXPECT_NE(message.find(nearest), std::string::npos) << message;
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
  for (const char* word : {"",       "posit",    "posit2",   "posit33",    "posit8es5",       "e1m3",       "e9m3",
                           "e4m0",   "e4m24",    "flex3+5",  "flex16",     "flex16+0",        "flex16+9",   "dfp1",
                           "dfp33",  "sdfp",     "fixed1.0", "fixed16",    "fixed16.64",      "fixed16.-1", "fp64",
                           " fp32",  "fp32 ",    "posit+8",  "posit8es02", "posit8ues1",      "posit8uu",   "posit8usat",
                           "positu", "fp8e4m3u", "dfp8u",    "e04m3",      "posit99999999999"})
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
