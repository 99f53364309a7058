// SPDX-License-Identifier: Apache-2.0
#include "sim/data/held_numbers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/numerics/error.h"

namespace binade::sim {
namespace {

std::vector<double> ramp(std::int64_t first, std::int64_t count) {
  std::vector<double> numbers;
  for (std::int64_t i = first; i < first + count; ++i) numbers.push_back(static_cast<double>(i) - 0.25);
  return numbers;
}

std::vector<double> range_of(const HeldNumbers& held, std::int64_t first, std::int64_t count) {
  std::vector<double> numbers(static_cast<std::size_t>(count));
  held.read(first, numbers);
  return numbers;
}

TEST(HeldNumbers, AreAsNarrowAsTheyAre) {
  constexpr std::int64_t kMany = 200'000;
  HeldNumbers held;
  for (std::int64_t first = 0; first < kMany; first += 30'000)
    held.take(ramp(first, std::min(kMany - first, std::int64_t{30'000})), "w");
  EXPECT_EQ(held.size(), kMany);
  EXPECT_EQ(held.bytes(), kMany * 4);
  EXPECT_EQ(range_of(held, 0, kMany), ramp(0, kMany));
  EXPECT_EQ(range_of(held, 65'530, 70'000), ramp(65'530, 70'000));

  for (const double wide : {0.1, 1e300, std::numeric_limits<double>::denorm_min()}) {
    HeldNumbers wider = held;
    wider.take(std::vector<double>{1, wide}, "w");
    EXPECT_EQ(wider.bytes(), (kMany + 2) * 8);
    EXPECT_EQ(range_of(wider, 0, kMany), ramp(0, kMany));
    EXPECT_EQ(range_of(wider, kMany, 2), (std::vector<double>{1, wide}));
    wider.take(ramp(0, 70'000), "w");
    EXPECT_EQ(range_of(wider, kMany + 2, 70'000), ramp(0, 70'000));
  }
}

TEST(HeldNumbers, WhatIsNotFiniteIsNamedByItsIndex) {
  HeldNumbers held;
  held.take(ramp(0, 100), "file: w");
  try {
    held.take(std::vector<double>{1, std::nan("")}, "file: w");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()), "file: w: element 101 (row-major) is nan; allowed: finite numbers");
  }
}

}  // namespace
}  // namespace binade::sim
