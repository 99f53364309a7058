// SPDX-License-Identifier: Apache-2.0
#include "models/exponent/dfp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace binade::exponent {
namespace {

TEST(DfpExponent, MaximumFillsTheMantissa) {
  for (int bits = 2; bits <= 24; ++bits) {
    for (const int add_shift : {0, 1, 2}) {
      for (double x = 0x1p-300; x < 0x1p300; x *= 1.37) {
        const double mantissa = std::ldexp(x, -dfp_exponent(x, bits, add_shift));
        EXPECT_GE(mantissa, std::ldexp(1.0, bits - 2 - add_shift));
        EXPECT_LT(mantissa, std::ldexp(1.0, bits - 1 - add_shift));
      }
    }
  }
}

TEST(DfpExponent, TDfp4PowerOfTwoStoresExactlyATopBit) {
  for (const int bits : {8, 16}) {
    for (int k = -40; k <= 40; ++k) {
      EXPECT_EQ(std::ldexp(std::ldexp(1.0, k), -dfp_exponent(std::ldexp(1.0, k), bits)), std::ldexp(1.0, bits - 2));
    }
  }
}

TEST(DfpExponent, RawMaximumMeansTheSameAsItsValue) {
  for (int bits = 2; bits <= 24; bits += 2) {
    for (int lsb = -60; lsb <= 60; lsb += 5) {
      for (std::uint64_t raw = 1; raw < (std::uint64_t{1} << 52); raw = raw * 3 + 1) {
        EXPECT_EQ(dfp_exponent(raw, lsb, bits, 1), dfp_exponent(std::ldexp(static_cast<double>(raw), lsb), bits, 1));
      }
    }
  }
  EXPECT_EQ(dfp_exponent(std::uint64_t{1} << 63, 0, 8), 57);
}

TEST(DfpExponent, ZeroTensorHasExponentZero) {
  EXPECT_EQ(dfp_exponent(0.0, 8), 0);
  EXPECT_EQ(dfp_exponent(0.0, 8, 2), 0);
  EXPECT_EQ(dfp_exponent(std::uint64_t{0}, -17, 8, 2), 0);
  EXPECT_EQ(flex_host_exponent(0.0, 16), 0);
}

TEST(FlexHostExponent, FillsTheMantissaInsideTheClamp) {
  for (int bits = 4; bits <= 24; ++bits) {
    for (int octave = -80; octave <= 60; ++octave) {
      const double x = std::ldexp(1.9, octave);
      EXPECT_EQ(flex_host_exponent(x, bits), std::clamp(octave - (bits - 2), -32, 0));
    }
  }
}

TEST(FloorLog2, Subnormals) {
  EXPECT_EQ(floor_log2(std::numeric_limits<double>::denorm_min()), -1074);
  EXPECT_EQ(floor_log2(std::nextafter(1.0, 0.0)), -1);
  EXPECT_EQ(floor_log2(std::numeric_limits<double>::max()), 1023);
}

}  // namespace
}  // namespace binade::exponent
