// SPDX-License-Identifier: Apache-2.0
// Exact arithmetic on Unpacked, judged by the host's IEEE arithmetic: one rounding of the result to binary32 or binary64.
#include "models/numerics/arithmetic.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "models/numerics/codec.h"

namespace binade::numerics {
namespace {

const FormatSpec kFp32 = parse_format("fp32");

Code fp32(const Unpacked& value) {
  Events events;
  return encode(kFp32, value, {}, events);
}

Code canonical(float value) { return std::isnan(value) ? 0x7fc00000U : std::bit_cast<Code>(value); }

/// Floats whose exponents and patterns meet at every edge, and random ones around them.
std::vector<float> interesting_floats() {
  std::vector<float> values{0.0F,
                            1.0F,
                            1.5F,
                            3.0F,
                            0x1.fffffep0F,
                            0x1p-149F,
                            0x1.fffffcp-127F,
                            0x1p-126F,
                            0x1.fffffep127F,
                            0x1p23F,
                            0x1.000002p0F,
                            0x1p-24F,
                            0x1.8p24F,
                            1.0F / 3,
                            std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::quiet_NaN()};
  std::uint32_t state = 12345;
  for (int i = 0; i < 60; ++i) {
    state = state * 1664525U + 1013904223U;
    values.push_back(
        std::bit_cast<float>(i % 3 == 0 ? state : (state & 0x007fffffU) | (0x3f000000U + ((state >> 24 & 15U) << 23))));
  }
  const std::size_t count = values.size();
  for (std::size_t i = 0; i < count; ++i) values.push_back(-values[i]);
  return values;
}

TEST(Arithmetic, EqualsTheHostsBinary32) {
  const std::vector<float> values = interesting_floats();
  for (const float x : values) {
    const Unpacked a = from_double(x);
    ASSERT_EQ(fp32(sqrt(a)), canonical(std::sqrt(x))) << x;
    for (const float y : values) {
      const Unpacked b = from_double(y);
      ASSERT_EQ(fp32(add(a, b)), canonical(x + y)) << x << " + " << y;
      ASSERT_EQ(fp32(sub(a, b)), canonical(x - y)) << x << " - " << y;
      ASSERT_EQ(fp32(mul(a, b)), canonical(x * y)) << x << " * " << y;
      ASSERT_EQ(fp32(div(a, b)), canonical(x / y)) << x << " / " << y;
      if (!std::isnan(x) && !std::isnan(y)) {
        ASSERT_EQ(compare(a, b), (x > y) - (x < y)) << x << ' ' << y;
      }
    }
  }
}

TEST(Arithmetic, FmaRoundsOnce) {
  const std::vector<float> values = interesting_floats();
  for (std::size_t i = 0; i < values.size(); i += 2)
    for (std::size_t j = 0; j < values.size(); j += 3)
      for (const float z : values) {
        const float x = values[i];
        const float y = values[j];
        ASSERT_EQ(fp32(fma(from_double(x), from_double(y), from_double(z))), canonical(std::fma(x, y, z)))
            << x << ' ' << y << ' ' << z;
        const float near = -(x * y);  // cancellation
        ASSERT_EQ(fp32(fma(from_double(x), from_double(y), from_double(near))), canonical(std::fma(x, y, near)));
      }
}

TEST(Arithmetic, BinarySixtyFourSumsKeepTheirSticky) {
  std::uint64_t state = 99;
  const auto next = [&] {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return std::ldexp(static_cast<double>(static_cast<std::int64_t>(state)) * 0x1p-63, static_cast<int>(state >> 40) % 140 - 70);
  };
  for (int i = 0; i < 100000; ++i) {
    const double x = next();
    const double y = next();
    ASSERT_EQ(to_double(add(from_double(x), from_double(y))), x + y);
    ASSERT_EQ(to_double(sub(from_double(x), from_double(y))), x - y);
    ASSERT_EQ(to_double(mul(from_double(x), from_double(y))), x * y);
    ASSERT_EQ(to_double(div(from_double(x), from_double(y))), x / y);
    ASSERT_EQ(to_double(sqrt(from_double(std::fabs(x)))), std::sqrt(std::fabs(x)));
  }
}

TEST(Arithmetic, SpecialResultsPerFormat) {
  Events events;
  const FormatSpec hill = parse_format("e6m7");
  const Unpacked one = from_double(-1);
  const Unpacked zero = from_double(0);
  EXPECT_EQ(encode(hill, div(one, zero), {}, events), 0x3fffU);
  EXPECT_EQ(events, (Events{.saturation = 1}));
  EXPECT_EQ(encode(hill, div(zero, zero), {}, events), 0U);
  EXPECT_EQ(encode(hill, sqrt(one), {}, events), 0U);
  EXPECT_EQ(events, (Events{.saturation = 1, .nar = 2}));
  const FormatSpec posit = parse_format("posit8");
  EXPECT_EQ(encode(posit, div(one, zero), {}, events), 0x80U);
  EXPECT_EQ(encode(posit, sqrt(one), {}, events), 0x80U);
  EXPECT_EQ(encode(posit, mul(one, zero), {}, events), 0U);
}

TEST(Unpacked, SubnormalDoublesAndIntegersAreExact) {
  for (const double value : {5e-324, 0x1.8p-1070, 0x1.fffffffffffffp-1023, 0x1p-1022, 1.0, 1.7976931348623157e308})
    EXPECT_EQ(to_double(from_double(-value)), -value);
  EXPECT_EQ(from_integer(-3, 5), from_double(-96));
  EXPECT_EQ(from_integer(std::numeric_limits<std::int64_t>::min(), 0), from_double(-0x1p63));
  EXPECT_TRUE(std::signbit(to_double(from_double(-0.0))));
}

}  // namespace
}  // namespace binade::numerics
