// SPDX-License-Identifier: Apache-2.0
#include "models/exponent/dfxp.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "models/numerics/error.h"

namespace binade::exponent {
namespace {

DfxpParameters parameters(int bits, int integer_bits, double rate, int period) { return {bits, integer_bits, rate, period}; }

TEST(Dfxp, QuantisesLikeItsFormula) {
  const DfxpRange range(parameters(9, 5, 1e-4, 100));
  EXPECT_EQ(range.lsb_exponent(), -4);
  for (double x = -40; x <= 40; x += 0.0078125) {
    const double p = 16;  // 2^(NOB - NOIB)
    const double magnitude = std::floor(std::abs(x) * p + 0.5);
    const double expected = std::copysign(std::min(magnitude, 511.0), x) / p;
    EXPECT_EQ(range.quantise(x), expected) << x;
  }
}

TEST(Dfxp, RangeFollowsTheOverflowRate) {
  // 1000 values, so a rate of 1 % is 10 of them. NOB 7, NOIB 3: largest 127/16, narrower 127/32.
  for (int over = 0; over <= 40; ++over) {
    for (int between = 0; between <= 40; ++between) {
      std::vector<double> values(1000, 0.5);
      for (int i = 0; i < over; ++i) values[static_cast<std::size_t>(i)] = i % 2 == 0 ? 127.0 / 16 : -9;
      for (int i = 0; i < between; ++i) values[static_cast<std::size_t>(over + i)] = 127.0 / 32;
      DfxpRange range(parameters(7, 3, 0.01, 1));
      range.observe(values);
      const int expected = over > 10 ? 4 : over + between > 10 ? 3 : 2;
      EXPECT_EQ(range.integer_bits(), expected) << over << ' ' << between;
    }
  }
}

TEST(Dfxp, RatesAreAveragedOverThePeriod) {
  DfxpRange range(parameters(7, 3, 0.5, 4));
  const std::vector<double> small(3, 0.1);
  const std::vector<double> large(3, 100);
  for (const auto* batch : {&large, &large, &small}) range.observe(*batch);
  EXPECT_EQ(range.integer_bits(), 3);  // the period is not over
  range.observe(small);
  EXPECT_EQ(range.integer_bits(), 2);  // a rate of exactly 1/2 is allowed, and one bit less has the same
  for (const auto* batch : {&large, &large, &large}) range.observe(*batch);
  EXPECT_EQ(range.integer_bits(), 2);
  range.observe(small);
  EXPECT_EQ(range.integer_bits(), 3);  // 3/4
}

TEST(Dfxp, FindsTheRangeOfStationaryValues) {
  for (const int start : {-10, 5, 20}) {
    DfxpRange range(parameters(9, start, 1e-4, 1));
    const std::vector<double> values{0.1, -5.5, 3, 2};
    for (int i = 0; i < 100; ++i) range.observe(values);
    EXPECT_EQ(range.integer_bits(), 3);  // 2^3 (1 - 2^-9) > 5.5 >= 2^2 (1 - 2^-9)
  }
}

TEST(Dfxp, RejectsParametersOutOfRange) {
  EXPECT_THROW(DfxpRange(parameters(0, 5, 0.1, 1)), InputError);
  EXPECT_THROW(DfxpRange(parameters(32, 5, 0.1, 1)), InputError);
  EXPECT_THROW(DfxpRange(parameters(9, 5, 1.1, 1)), InputError);
  EXPECT_THROW(DfxpRange(parameters(9, 5, std::nan(""), 1)), InputError);
  EXPECT_THROW(DfxpRange(parameters(9, 5, 0.1, 0)), InputError);
  EXPECT_THROW(DfxpRange(parameters(9, 5, 0.1, 1)).observe({}), InputError);
}

}  // namespace
}  // namespace binade::exponent
