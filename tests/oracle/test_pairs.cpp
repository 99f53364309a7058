// SPDX-License-Identifier: Apache-2.0
// Every pair of codes of every width up to 8 bits through add sub mul div, every code through sqrt, in
// every rounding mode: codes and event counts.
#include <gtest/gtest.h>

#include "tests/oracle/compare.h"
#include "tests/oracle/words.h"

namespace binade::oracle {
namespace {

class Pairs : public testing::TestWithParam<std::string> {};

TEST_P(Pairs, AllOperations) {
  const Format format = parse(GetParam());
  const int exponent = format.integer() && !format.static_exponent ? -3 : 0;
  const Report report = sweep_pairs(GetParam(), {std::begin(kModes), std::end(kModes)}, exponent, model(GetParam()));
  EXPECT_TRUE(report.clean()) << report.summary();
}

INSTANTIATE_TEST_SUITE_P(Posit, Pairs, testing::ValuesIn(posit_words(3, 8)), NameOfWord());
INSTANTIATE_TEST_SUITE_P(PositThatUnderflows, Pairs,
                         testing::Values("posit3u", "posit4es1u", "posit5es0u", "posit6es4u", "posit7es3u", "posit8es0u",
                                         "posit8u"),
                         NameOfWord());
INSTANTIATE_TEST_SUITE_P(Hill, Pairs, testing::ValuesIn(hill_words(4, 8)), NameOfWord());
INSTANTIATE_TEST_SUITE_P(Ieee, Pairs,
                         testing::Values("fp8e4m3", "fp8e5m2", "fp8e4m3sat", "fp8e5m2sat", "ieee2.1", "ieee3.3", "ieee4.3",
                                         "ieee2.5", "ieee3.4sat"),
                         NameOfWord());
INSTANTIATE_TEST_SUITE_P(Integer, Pairs, testing::ValuesIn(integer_words(4, 8)), NameOfWord());

}  // namespace
}  // namespace binade::oracle
