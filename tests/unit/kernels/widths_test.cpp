// SPDX-License-Identifier: Apache-2.0
// Tiles of every width that any number of columns gives, on every SIMD target, against the literal accumulator.
#include <gtest/gtest.h>

#include "models/kernels/simd/tile_width.h"
#include "tests/unit/kernels/gemm_harness.h"

namespace binade::kernels::test {
namespace {

using numerics::Accumulate;
using numerics::AccumulateSpec;
using numerics::Rounding;

constexpr std::int64_t kColumns[] = {1, 3, 8, 9, 16, 17, 24, 25, 32, 33, 48, 49, 64, 100};

struct Case {
  const char* format;
  AccumulateSpec accumulate;
  double deviation;
};

class Widths : public testing::TestWithParam<Case> {};

TEST_P(Widths, GiveTheSame) {
  const auto& [format, accumulate, deviation] = GetParam();
  Random random(5);
  const bool flex = numerics::parse_format(format).family == numerics::Family::Flex;
  for (const bool any : {false, true}) {
    const Draw draw = any ? any_code(format) : normal(format, deviation);
    for (const std::int64_t n : kColumns) {
      Gemm gemm = make_gemm(format, accumulate, 10, n, 37, random, draw, draw);
      gemm.command.product_shift = flex ? 14 : 0;
      gemm.command.bias = true;
      gemm.command.relu = n % 2 == 0;
      for (std::int64_t j = 0; j < n; ++j) gemm.bias.push_back(draw(random));
      expect_literal(gemm);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Policies, Widths,
                         testing::Values(Case{"dfp8", {.rounding = Rounding::Rne}, 30},
                                         Case{"dfp16", {.rounding = Rounding::Rne}, 3000},
                                         Case{"flex16+5", {.policy = Accumulate::Blocked, .rounding = Rounding::Rne}, 3000},
                                         Case{"posit8", {.rounding = Rounding::Rne}, 0.5},
                                         Case{"posit16", {.rounding = Rounding::Sr}, 0.5},
                                         Case{"bf16", {.policy = Accumulate::Fp32, .rounding = Rounding::Rne}, 0.5},
                                         Case{"bf16", {.policy = Accumulate::Fp32, .rounding = Rounding::Sr}, 0.5},
                                         Case{"posit32", {.policy = Accumulate::Fp32, .rounding = Rounding::Rne}, 0.5},
                                         Case{"fp8e4m3", {.policy = Accumulate::Serial, .rounding = Rounding::Rne}, 0.5},
                                         Case{"fp32", {.policy = Accumulate::Serial, .rounding = Rounding::Rne}, 0.5},
                                         Case{"e4m7", {.policy = Accumulate::Serial, .rounding = Rounding::Rtz}, 0.5},
                                         Case{"e6m20", {.policy = Accumulate::Serial, .rounding = Rounding::Rtz}, 0.5}),
                         [](const auto& tested) {
                           std::string name = tested.param.format + std::string("_") +
                                              std::string(to_string(tested.param.accumulate.policy)) + "_" +
                                              std::string(to_string(tested.param.accumulate.rounding));
                           for (char& c : name)
                             if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
                           return name;
                         });

TEST(TileWidth, IsTheLeastThatHoldsFewColumnsAndTheMostForMany) {
  for (const int lanes : {1, 4, 8, 16})
    for (const int rows : {4, 8})
      for (const int step : {1, 14}) {
        EXPECT_EQ(simd::tile_vectors(1, lanes, rows, 3, step), 1);
        EXPECT_EQ(simd::tile_vectors(lanes, lanes, rows, 3, step), 1);
        EXPECT_EQ(simd::tile_vectors(2 * lanes, lanes, rows, 3, step), 2);
        EXPECT_EQ(simd::tile_vectors(3 * lanes, lanes, rows, 3, step), 3);
        EXPECT_EQ(simd::tile_vectors(4 * lanes, lanes, rows, 3, step), 2);
        EXPECT_EQ(simd::tile_vectors(std::int64_t{3} * 1024 * lanes, lanes, rows, 3, step), 3);
      }
}

}  // namespace
}  // namespace binade::kernels::test
