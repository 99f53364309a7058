// SPDX-License-Identifier: Apache-2.0
#include "models/exponent/natural.h"

#include <gtest/gtest.h>

#include <bit>
#include <random>

namespace binade::exponent {
namespace {

__extension__ using Wide = unsigned __int128;

Natural natural(Wide value) {
  return Natural(static_cast<std::uint64_t>(value >> 64)).shifted_left(64) + Natural(static_cast<std::uint64_t>(value));
}

TEST(Natural, AgreesWithMachineIntegers) {
  std::mt19937_64 generator(1);
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t a = generator() >> (generator() % 64);
    const std::uint64_t b = generator() >> (generator() % 64);
    const int shift = static_cast<int>(generator() % 64);
    EXPECT_EQ(natural(Wide{a} * b), Natural(a) * Natural(b));
    EXPECT_EQ(natural(Wide{a} + b), Natural(a) + Natural(b));
    EXPECT_EQ(natural(Wide{a} << shift), Natural(a).shifted_left(shift));
    EXPECT_EQ(Natural(a) <=> Natural(b), a <=> b);
    EXPECT_EQ(Natural(a).bit_width(), std::bit_width(a));
    EXPECT_EQ(Natural(a).is_power_of_two(), std::has_single_bit(a));
    const Wide x = Wide{a} * b;
    const Wide y = x / (generator() % 5 + 1);
    EXPECT_EQ(natural(x) - natural(y), natural(x - y));
  }
}

TEST(Natural, WideProducts) {
  // (2^k + 1)(2^k - 1) = 2^2k - 1
  for (int k = 1; k < 300; ++k) {
    const Natural power = Natural(1).shifted_left(k);
    EXPECT_EQ((power + Natural(1)) * (power - Natural(1)), Natural(1).shifted_left(2 * k) - Natural(1));
    EXPECT_TRUE(power.is_power_of_two());
    EXPECT_FALSE((power + Natural(1)).is_power_of_two());
    EXPECT_EQ(power.bit_width(), k + 1);
  }
  EXPECT_EQ(Natural(5) - Natural(5), Natural());
  EXPECT_EQ(Natural(0).shifted_left(100), Natural());
}

}  // namespace
}  // namespace binade::exponent
