// SPDX-License-Identifier: Apache-2.0
// Exact sums of wide formats where rows of A span more bits than can be cut into slices: those run on the element, and whatever
// they hold, the rows beside them and the digits of their panels are what they would be alone.
#include <gtest/gtest.h>

#include <cmath>

#include "models/kernels/packed/fixed_sum.h"
#include "models/kernels/packed/real_rows.h"
#include "models/numerics/error.h"
#include "tests/unit/kernels/gemm_harness.h"

namespace binade::kernels::test {
namespace {

using numerics::Code;
using numerics::Rounding;

/// One output, its operands, and what it is by exact rational arithmetic; and a row of A that shares its panel.
struct Single {
  const char* format;
  std::vector<Code> a, b;
  std::uint64_t value;
  std::vector<Code> wide;
};

TEST(WideRows, SingleOutputs) {
  const std::vector<Single> cases = {
      {"fp32", {0xd8df4f85, 0xb09950d2}, {0xa87e861e, 0xdb37f637}, 0x4c5c587c, {0x00000001, 0x7f7fffff}},
      {"bf16", {0x2f35, 0xcb4e}, {0x061e, 0x345c}, 0xc031, {0x0001, 0x7f7f}},
      {"posit16es4", {0x1e0c, 0x811f, 0xd058}, {0xfdb3, 0x4b71, 0x68f1}, 0x80e1, {0x0001, 0x7fff, 0}},
  };
  Random unused(0);
  const Draw zero = [](Random&) { return Code{0}; };
  for (const Single& c : cases) {
    Gemm gemm = make_gemm(c.format, {}, 2, 1, static_cast<std::int64_t>(c.a.size()), unused, zero, zero);
    gemm.a = c.a;
    gemm.a.insert(gemm.a.end(), c.wide.begin(), c.wide.end());
    gemm.b_t = c.b;
    expect_literal(gemm);
    PathMacs paths;
    EXPECT_EQ(run(gemm, paths).out.front(), c.value) << gemm;
  }
}

/// Bits and events of random codes, whole rows of which are too wide.
TEST(WideRows, RandomCodes) {
  Random random(20);
  for (const std::string format : {"posit11es4", "posit16es4", "posit31es4", "posit32es4", "posit32es3", "fp32", "bf16", "e8m7",
                                   "e8m10", "e8m20", "e8m22", "e8m23"}) {
    for (const Rounding rounding : {Rounding::Rne, Rounding::Rtz}) {
      for (const std::int64_t k : {2, 3, 17}) {
        Gemm gemm = make_gemm(format, {.rounding = rounding}, 40, 50, k, random, any_code(format), any_code(format));
        expect_literal(gemm);
      }
    }
  }
}

/// Columns that can be cut, so that the panel is taken, against rows of which some cannot.
TEST(WideRows, BesideNarrowOnes) {
  Random random(21);
  for (const std::string format : {"posit32", "posit32es4", "posit16es4", "fp32", "bf16", "e8m23"}) {
    const Draw narrow = normal(format, 1.0), any = any_code(format);
    Gemm gemm = make_gemm(format, {}, 37, 60, 20, random, narrow, narrow);
    for (const std::int64_t row : {0, 5, 36})
      for (std::int64_t k = 0; k < 20; ++k) gemm.a[static_cast<std::size_t>(row * 20 + k)] = any(random);
    const PathMacs paths = expect_literal(gemm);
    const std::uint64_t row = 60 * 20;
    EXPECT_LE(paths[KernelPath::Element], 3 * row) << gemm;
    EXPECT_GE(paths[KernelPath::Element], format == "posit32" ? 0 : row) << gemm;
  }
}

/// A register so narrow that every row could clamp: no row is left for the panels.
TEST(WideRows, NarrowQuireOfWidePosit) {
  Random random(22);
  for (const int bits : {8, 500}) {
    for (const bool wide : {false, true}) {
      const Draw draw = wide ? any_code("posit31es4") : normal("posit31es4", 1.0);
      const Gemm gemm = make_gemm("posit31es4", {.acc_bits = bits}, 21, 30, 25, random, draw, draw);
      EXPECT_EQ(expect_literal(gemm)[KernelPath::Element], static_cast<std::uint64_t>(21 * 30 * 25)) << gemm;
    }
  }
}

/// Large values beside some near minpos, as data in binary32 with outliers give them.
TEST(WideRows, OutliersNearMinpos) {
  Random random(23);
  const numerics::FormatSpec posit32 = numerics::parse_format("posit32");
  const Draw draw = [&](Random& r) {
    numerics::Events ignored;
    const double magnitude =
        r() % 8 == 0 ? std::ldexp(1.0, -118 + static_cast<int>(r() % 8)) : std::normal_distribution<>(0, 100)(r);
    return numerics::encode(posit32, numerics::from_double(magnitude), {}, ignored);
  };
  for (const std::int64_t k : {4, 33, 100}) expect_literal(make_gemm("posit32", {}, 45, 50, k, random, draw, draw));
}

TEST(WideRows, SumsHaveRoomForWhatPanelsGive) {
  constexpr int kDiagonals = 2 * kMostSlices - 1;
  std::vector<double> digits(kMostDigits + 1, 0.0);
  digits[kDiagonals - 1] = 1;
  EXPECT_EQ(sum_to_odd(digits.data(), 1, kDiagonals, 0), std::ldexp(1.0, kDigitBits * (kDiagonals - 1)));
  digits[kMostDigits - 1] = 0x1p53 - 1;
  digits[kDiagonals - 1] = 0;
  EXPECT_EQ(sum_to_odd(digits.data(), 1, kMostDigits, 0), std::ldexp(0x1p53 - 1, kDigitBits * (kMostDigits - 1)));
  EXPECT_THROW(sum_to_odd(digits.data(), 1, kMostDigits + 1, 0), InvariantError);
  EXPECT_THROW(sum_to_odd(digits.data(), 1, 0, 0), InvariantError);
}

TEST(WideRows, NeverEnterAGroup) {
  RealRows<float> operand;
  const auto fill = [&] {
    operand.begin(4, 3, 2);
    for (const auto& [row, low] : {std::pair{0, 1.0F}, {1, std::ldexp(1.0F, -kWidestSpan)}, {2, 0.25F}}) {
      operand.row(row)[0] = 1;
      operand.row(row)[1] = low;
      operand.finish_row(row);
    }
  };
  fill();
  EXPECT_TRUE(operand.cuttable(0));
  EXPECT_FALSE(operand.cuttable(1));
  operand.order({false, true, false});
  EXPECT_EQ(operand.groups(), 1);
  EXPECT_EQ(operand.row_at(0), 0);
  EXPECT_EQ(operand.row_at(1), 2);
  EXPECT_EQ(operand.row_at(2), -1);
  EXPECT_EQ(operand.slice_count(0), 1);
  fill();
  EXPECT_THROW(operand.order({false, false, false}), InvariantError);
}

}  // namespace
}  // namespace binade::kernels::test
