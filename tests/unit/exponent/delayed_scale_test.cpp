// SPDX-License-Identifier: Apache-2.0
#include "models/exponent/delayed_scale.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "models/numerics/encoded_tensor.h"

namespace binade::exponent {
namespace {

const std::vector<std::pair<std::string, double>> kLargest{{"fp8e4m3", 448}, {"fp8e4m3sat", 448}, {"fp8e5m2", 57344},
                                                           {"fp16", 65504},  {"e4m3", 480},       {"ieee2.1", 3}};

TEST(DelayedScale, IsTheSmallestThatHoldsTheMaximum) {
  std::mt19937_64 random(std::random_device{}());
  for (const auto& [word, largest] : kLargest) {
    const numerics::FormatSpec format = numerics::parse_format(word);
    const auto check = [&, largest = largest](double maximum, int margin) {
      const int scale = scale_for(format, maximum, margin);
      const auto holds = [&](int s) { return std::ldexp(maximum, margin - s) <= largest; };
      EXPECT_TRUE(holds(scale) && !holds(scale - 1)) << word << ' ' << maximum << ' ' << margin << ": " << scale;
    };
    for (const double edge : {largest, std::nextafter(largest, 0), std::nextafter(largest, 1e9), largest / 8, 1.0, 0.75})
      for (int margin = 0; margin < 4; ++margin) check(edge, margin);
    std::uniform_real_distribution<double> exponents(-40, 40);
    for (int i = 0; i < 1000; ++i) check(std::exp2(exponents(random)), i % 5);
    EXPECT_EQ(scale_for(format, 1e-300, 0), -kFarthestScale);
    EXPECT_EQ(scale_for(format, 1e300, 0), kFarthestScale);
  }
  EXPECT_FALSE(has_scale(numerics::parse_format("posit8")) || has_scale(numerics::parse_format("dfp8")));
}

TEST(DelayedScale, FollowsTheLargestOfTheLastWrites) {
  const numerics::FormatSpec format = numerics::parse_format("fp8e4m3");
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kInfinite = std::numeric_limits<double>::infinity();
  ScaleHistory last, of_three;
  const auto write = [&](double maximum) {
    record(last, format, {}, maximum);
    record(of_three, format, {.history = 3, .margin = 1}, maximum);
    return std::pair(last.scale, of_three.scale);
  };
  EXPECT_EQ(write(448), std::pair(0, 1));
  EXPECT_EQ(write(7), std::pair(-6, 1));
  EXPECT_EQ(write(kInfinite), std::pair(-6, 1));
  EXPECT_EQ(write(kNan), std::pair(-6, 1));
  EXPECT_EQ(write(0), std::pair(-6, 1));
  EXPECT_EQ(write(0), std::pair(-6, -5));
  EXPECT_EQ(write(0), std::pair(-6, -5));  // nothing but zeros: it stays
  EXPECT_EQ(write(896), std::pair(1, 2));
}

// A tensor of floats with an exponent of its own decodes to its codes' values times that power of two.
TEST(DelayedScale, IsPartOfWhatATensorsCodesAreWorth) {
  const std::vector<numerics::Code> codes{0x38, 0xc0, 0x01, 0x7e};  // 1, -2, 2^-9, 448
  std::vector<double> values(codes.size());
  numerics::decode_tensor({numerics::parse_format("fp8e4m3"), numerics::SharedExponents(-3), codes}, values);
  EXPECT_EQ(values, (std::vector<double>{0.125, -0.25, 0x1p-12, 56}));
  numerics::decode_tensor({numerics::parse_format("fp8e4m3"), {}, codes}, values);
  EXPECT_EQ(values, (std::vector<double>{1, -2, 0x1p-9, 448}));
}

}  // namespace
}  // namespace binade::exponent
