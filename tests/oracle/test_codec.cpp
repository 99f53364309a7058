// SPDX-License-Identifier: Apache-2.0
// Every code of every format of up to 16 bits decoded and encoded again; every rounding boundary, exactly and displaced.
#include <gtest/gtest.h>

#include "tests/oracle/compare.h"
#include "tests/oracle/words.h"

namespace binade::oracle {
namespace {

class Codec : public testing::TestWithParam<std::string> {};

int some_exponent(const Format& format) { return format.integer() && !format.static_exponent ? -7 : 0; }

TEST_P(Codec, EveryCode) {
  const Format format = parse(GetParam());
  const Report report = sweep_codes(GetParam(), 1, some_exponent(format));
  EXPECT_TRUE(report.clean()) << report.summary();
}

TEST_P(Codec, EveryBoundary) {
  const Format format = parse(GetParam());
  const std::uint32_t stride = full_run() || format.bits <= 12 ? 1 : 31;
  const Report report = sweep_boundaries(GetParam(), stride, some_exponent(format), model_encoder(GetParam()));
  EXPECT_TRUE(report.clean()) << report.summary();
}

class WideCodec : public Codec {};

TEST_P(WideCodec, SpreadCodesAndBoundaries) {
  const Format format = parse(GetParam());
  const std::uint32_t share = format.code_count_minus_one() / (full_run() ? 40'000 : 900) | 1;
  const Report codes = sweep_codes(GetParam(), share, some_exponent(format));
  EXPECT_TRUE(codes.clean()) << codes.summary();
  const Report boundaries = sweep_boundaries(GetParam(), share, some_exponent(format), model_encoder(GetParam()));
  EXPECT_TRUE(boundaries.clean()) << boundaries.summary();
}

INSTANTIATE_TEST_SUITE_P(Posit, Codec, testing::ValuesIn(posit_words(3, 16)), NameOfWord());
INSTANTIATE_TEST_SUITE_P(PositThatUnderflows, Codec, testing::ValuesIn(posit_words(3, 12, "u")), NameOfWord());
INSTANTIATE_TEST_SUITE_P(Hill, Codec, testing::ValuesIn(hill_words(4, 16)), NameOfWord());
INSTANTIATE_TEST_SUITE_P(Ieee, Codec, testing::ValuesIn(ieee_words(4, 9)), NameOfWord());
INSTANTIATE_TEST_SUITE_P(Named, Codec,
                         testing::Values("fp8e4m3", "fp8e5m2", "fp16", "bf16", "fp8e4m3sat", "fp8e5m2sat", "fp16sat", "ieee6.9",
                                         "ieee4.11", "ieee2.13"),
                         NameOfWord());
INSTANTIATE_TEST_SUITE_P(Integer, Codec, testing::ValuesIn(integer_words(4, 16)), NameOfWord());
INSTANTIATE_TEST_SUITE_P(Posit, WideCodec, testing::ValuesIn(posit_words(17, 32)), NameOfWord());
INSTANTIATE_TEST_SUITE_P(PositThatUnderflows, WideCodec,
                         testing::Values("posit16u", "posit16es1u", "posit17es3u", "posit31es4u", "posit32u", "posit32es0u",
                                         "posit32es4u"),
                         NameOfWord());
INSTANTIATE_TEST_SUITE_P(Hill, WideCodec, testing::ValuesIn(hill_words(17, 32)), NameOfWord());
INSTANTIATE_TEST_SUITE_P(Ieee, WideCodec, testing::Values("fp32", "ieee8.10", "ieee5.20", "ieee2.23", "fp32sat"), NameOfWord());
INSTANTIATE_TEST_SUITE_P(Integer, WideCodec, testing::Values("dfp17", "dfp24", "sdfp20", "flex24+5", "fixed24.12", "fixed32.16"),
                         NameOfWord());

}  // namespace
}  // namespace binade::oracle
