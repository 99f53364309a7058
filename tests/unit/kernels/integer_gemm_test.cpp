// SPDX-License-Identifier: Apache-2.0
// Integer formats: every path by construction, on every SIMD target, against the literal accumulator.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "models/kernels/simd/integer.h"
#include "models/kernels/simd/target.h"
#include "models/numerics/uint128.h"
#include "tests/unit/kernels/gemm_harness.h"

namespace binade::kernels::test {
namespace {

using numerics::Accumulate;
using numerics::AccumulateSpec;
using numerics::Code;
using numerics::Rounding;

std::uint64_t all(const Gemm& gemm) { return static_cast<std::uint64_t>(gemm.command.m * gemm.command.n * gemm.command.k); }

Draw constant(const std::string& format, std::int64_t mantissa) {
  return [code = numerics::code_of_mantissa(numerics::parse_format(format), mantissa)](Random&) { return code; };
}

void add_bias(Gemm& gemm, Random& random, const Draw& draw, int shift) {
  gemm.command.bias = true;
  gemm.command.bias_shift = shift;
  gemm.bias.clear();
  for (std::int64_t j = 0; j < gemm.command.n; ++j) gemm.bias.push_back(draw(random));
}

TEST(IntegerGemm, NarrowMantissasTakeOneInt16Pass) {
  Random random(1);
  for (const std::string format : {"dfp8", "sdfp8", "fixed8.4", "flex8+5", "dfp3"}) {
    for (const std::int64_t k : {1, 31, 64, 333}) {
      Gemm gemm = make_gemm(format, {}, 19, 53, k, random, any_code(format), any_code(format));
      const bool raw = datapath::stores_raw(gemm.config);
      gemm.command.product_shift = raw ? 0 : 7;
      add_bias(gemm, random, any_code(format), raw ? -4 : 2);
      gemm.command.relu = k % 2 == 0;
      EXPECT_EQ(expect_literal(gemm)[KernelPath::Int16], all(gemm)) << gemm;
    }
  }
}

TEST(IntegerGemm, WideMantissasAreSummedInStretches) {
  Random random(2);
  for (const std::string format : {"dfp16", "sdfp12", "flex16+5", "fixed16.8"}) {
    for (const double deviation : {200.0, 3000.0}) {
      Gemm gemm = make_gemm(format, {}, 17, 50, 700, random, normal(format, deviation), normal(format, deviation));
      if (!datapath::stores_raw(gemm.config)) gemm.command.product_shift = 14;
      EXPECT_EQ(expect_literal(gemm)[KernelPath::Int16], all(gemm)) << gemm;
    }
  }
}

TEST(IntegerGemm, FullRangeMantissasAreSplit) {
  Random random(3);
  for (const std::string format : {"dfp16", "flex16+5"}) {
    Gemm gemm = make_gemm(format, {}, 9, 49, 515, random, any_code(format), any_code(format));
    if (!datapath::stores_raw(gemm.config)) gemm.command.product_shift = 20;
    EXPECT_EQ(expect_literal(gemm)[KernelPath::Int16Split], all(gemm)) << gemm;
  }
  Gemm lowest = make_gemm("flex16+5", {}, 3, 5, 97, random, constant("flex16+5", -32768), constant("flex16+5", -32768));
  lowest.command.product_shift = 22;
  EXPECT_EQ(expect_literal(lowest)[KernelPath::Int16Split], all(lowest));
}

TEST(IntegerGemm, RawWordsOfEveryMagnitude) {
  for (const std::string& target : simd_targets()) {
    force_simd_target(target);
    for (const bool relu : {false, true}) {
      for (const double limit : {0x1p20, 0x1p51 - 1, 0x1p51, 0x1p53}) {
        std::vector<double> values;
        for (int i = 0; i < 150; ++i) values.push_back(std::floor(limit / (1 + i % 37)) * (i % 3 - 1));
        std::vector<std::uint64_t> words(values.size());
        simd::LeadingBits leading{};
        const double largest = simd::store_raw(values.data(), static_cast<int>(values.size()), relu, words.data(), leading);
        std::array<std::uint64_t, 65> expected{};
        for (std::size_t i = 0; i < values.size(); ++i) {
          const auto word = static_cast<std::int64_t>(relu ? std::max(values[i], 0.0) : values[i]);
          EXPECT_EQ(words[i], static_cast<std::uint64_t>(word)) << target << ' ' << values[i];
          ++expected[static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(std::abs(word))))];
        }
        EXPECT_EQ(largest, limit) << target;
        for (std::size_t bit = 0; bit < expected.size(); ++bit)
          EXPECT_EQ(leading[bit][0] + leading[bit][1] + leading[bit][2] + leading[bit][3], expected[bit]) << target << ' ' << bit;
      }
    }
  }
  force_simd_target("");
}

TEST(IntegerGemm, SumsThatCouldClampRunElementByElement) {
  Random random(4);
  Gemm gemm = make_gemm("fixed8.4", {.acc_bits = 16}, 8, 20, 200, random, any_code("fixed8.4"), any_code("fixed8.4"));
  gemm.command.product_shift = 4;
  EXPECT_EQ(expect_literal(gemm)[KernelPath::Element], all(gemm));
  EXPECT_NE(literal(gemm).stats.events.saturation, 0U);
}

TEST(IntegerGemm, BlocksFoldInInt32WhereNothingClamps) {
  Random random(5);
  for (const int block : {32, 1, 7, 64}) {
    for (const int shift : {1, 11, 12, 13, 14, 20, 30}) {
      const AccumulateSpec blocked{.policy = Accumulate::Blocked, .block = block};
      const double deviation = std::min(2500.0, 40.0 * std::exp2(shift / 2.0));
      Gemm gemm = make_gemm("flex16+5", blocked, 17, 53, 203, random, normal("flex16+5", deviation), normal("flex16+5", deviation));
      gemm.command.product_shift = shift;
      add_bias(gemm, random, normal("flex16+5", 1000), 3);
      gemm.command.relu = shift % 2 == 0;
      EXPECT_EQ(expect_literal(gemm)[KernelPath::Blocked], all(gemm)) << gemm;
    }
  }
}

TEST(IntegerGemm, BlocksThatClampFoldInBinary64) {
  Random random(6);
  for (const std::string format : {"flex16+5", "fixed16.8", "flex8+5"}) {
    for (int shift = -14; shift <= 32; ++shift) {
      const AccumulateSpec blocked{.policy = Accumulate::Blocked, .block = shift % 3 == 0 ? 5 : 32};
      Gemm gemm = make_gemm(format, blocked, 9, 26, 101, random, any_code(format), any_code(format));
      gemm.command.product_shift = shift;
      add_bias(gemm, random, any_code(format), shift % 7);
      const PathMacs paths = expect_literal(gemm);
      EXPECT_EQ(paths[KernelPath::Blocked] + paths[KernelPath::BlockedWide], all(gemm)) << gemm;
      if (shift < 1 || format != "flex8+5") {
        EXPECT_EQ(paths[KernelPath::BlockedWide], all(gemm)) << gemm;
      }
      if (shift < 0) {
        EXPECT_NE(literal(gemm).stats.events.saturation, 0U) << gemm;
      }
    }
  }
}

TEST(IntegerGemm, HalfwayBlocksRoundLikeTheLiteralFold) {
  // Block sums at and beside the ties of the guard bits, running sums of both signs.
  for (const int shift : {1, 2, 12, 13, 14, 15, 20}) {
    for (std::int64_t offset = -3; offset <= 3; ++offset) {
      for (const std::int64_t sign : {-1, 1}) {
        Random random(7);
        const std::int64_t tie = sign * ((std::int64_t{1} << (shift - 1)) + offset);
        std::int64_t k = 0;
        const Draw a = [&](Random&) {
          return numerics::code_of_mantissa(numerics::parse_format("flex16+5"), k++ % 2 == 0 ? tie / 16 : tie % 16);
        };
        std::int64_t l = 0;
        const Draw b = [&](Random&) {
          return numerics::code_of_mantissa(numerics::parse_format("flex16+5"), l++ % 2 == 0 ? 16 : 1);
        };
        const AccumulateSpec blocked{.policy = Accumulate::Blocked, .block = 2};
        Gemm gemm = make_gemm("flex16+5", blocked, 2, 2, 10, random, a, b);
        gemm.command.product_shift = shift;
        EXPECT_EQ(expect_literal(gemm)[KernelPath::Blocked], all(gemm)) << gemm;
      }
    }
  }
}

TEST(IntegerGemm, ShiftsBelowTheFoldRunElementByElement) {
  Random random(8);
  for (const int shift : {-40, -15}) {
    Gemm gemm =
        make_gemm("flex16+5", {.policy = Accumulate::Blocked}, 5, 7, 70, random, any_code("flex16+5"), any_code("flex16+5"));
    gemm.command.product_shift = shift;
    EXPECT_EQ(expect_literal(gemm)[KernelPath::Element], all(gemm)) << gemm;
  }
}

/// sum + bias * 2^-bias_shift, limited to the register: no bias but zero is so far above the sum that it vanishes.
TEST(IntegerGemm, RawBiasesFarAboveTheSum) {
  Random random(10);
  for (const auto& [format, bits] : {std::pair{"dfp8", 32}, {"sdfp16", 48}, {"dfp32", 64}}) {
    const std::int64_t most = static_cast<std::int64_t>((std::uint64_t{1} << (bits - 1)) - 1);
    for (const int shift : {30, 31, 58, 61, 62, 63, 64, 90, 200, 4096}) {
      Gemm gemm = make_gemm(format, {}, 1, 3, 2, random, any_code(format), any_code(format));
      gemm.a = gemm.b_t = std::vector<Code>(6, 0);
      gemm.a.resize(2);
      gemm.a[0] = gemm.b_t[0] = gemm.b_t[2] = gemm.b_t[4] = 3;
      gemm.bias = {1, numerics::code_of_mantissa(gemm.config.format.out, -1), 0};
      gemm.command.bias = true;
      gemm.command.bias_shift = -shift;
      const auto stored = [&](int bias) {
        const numerics::Int128 exact = 9 + bias * (numerics::Int128{1} << std::min(shift, 100));
        return static_cast<std::uint64_t>(static_cast<std::int64_t>(std::clamp<numerics::Int128>(exact, -most - 1, most)));
      };
      const std::vector<std::uint64_t> expected{stored(1), stored(-1), 9};
      PathMacs paths;
      const Outcome outcome = run(gemm, paths);
      EXPECT_EQ(outcome.out, expected) << gemm;
      const std::uint64_t clamps = shift >= bits ? 2 : shift == bits - 1 ? 1 : 0;
      EXPECT_EQ(outcome.stats.events.saturation, clamps) << gemm;
      EXPECT_EQ(outcome.stats.mantissa_overflows, clamps) << gemm;
    }
  }
}

TEST(IntegerGemm, EveryRoundingOfTheOutput) {
  Random random(9);
  for (const Rounding rounding : {Rounding::Rne, Rounding::Rtz, Rounding::Rhu, Rounding::Rha, Rounding::Sr}) {
    Gemm gemm = make_gemm("flex16+5", {.rounding = rounding}, 11, 13, 40, random, normal("flex16+5", 900), normal("flex16+5", 900));
    gemm.command.product_shift = 12;
    add_bias(gemm, random, normal("flex16+5", 900), 14);
    EXPECT_EQ(expect_literal(gemm)[KernelPath::Int16], all(gemm)) << gemm;
  }
}

}  // namespace
}  // namespace binade::kernels::test
