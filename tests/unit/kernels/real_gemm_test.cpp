// SPDX-License-Identifier: Apache-2.0
// Posits and floats under `exact`: every path by construction, on every SIMD target, against the literal accumulator.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/kernels/gemm_harness.h"

namespace binade::kernels::test {
namespace {

using numerics::Code;
using numerics::Rounding;

std::uint64_t all(const Gemm& gemm) { return static_cast<std::uint64_t>(gemm.command.m * gemm.command.n * gemm.command.k); }

void add_bias(Gemm& gemm, Random& random, const Draw& draw) {
  gemm.command.bias = true;
  for (std::int64_t j = 0; j < gemm.command.n; ++j) gemm.bias.push_back(draw(random));
}

/// Like `draw`, but never NaR, NaN or Inf.
Draw finite(const std::string& format, const Draw& draw) {
  return [spec = numerics::parse_format(format), draw](Random& random) {
    for (;;) {
      const Code code = draw(random);
      const auto value = numerics::decode(spec, code);
      if (value.is_zero() || value.is_finite()) return code;
    }
  };
}

/// Values 2^e with e uniform in [low, high], and a random sign.
Draw spread(const std::string& format, int low, int high) {
  return [spec = numerics::parse_format(format), low, high](Random& random) {
    numerics::Events ignored;
    const int exponent = low + static_cast<int>(random() % static_cast<std::uint64_t>(high - low + 1));
    const double value = std::ldexp((random() & 1) != 0 ? -1.0 : 1.0, exponent);
    return numerics::encode(spec, numerics::from_double(value), {}, ignored);
  };
}

TEST(RealGemm, NarrowWindowsTakeInt16) {
  Random random(1);
  for (const std::string format :
       {"posit8es0", "posit8es1", "posit8", "posit16", "posit8u", "posit6es1u", "posit16es1u", "fp16", "e6m7", "fp8e4m3"}) {
    for (const std::int64_t k : {1, 40, 129}) {
      Gemm gemm = make_gemm(format, {}, 21, 55, k, random, spread(format, -3, 3), spread(format, -5, 0));
      gemm.config.accumulate.rounding = gemm.config.format.default_rounding();
      gemm.command.relu = k == 40;
      if (k != 1) add_bias(gemm, random, spread(format, -4, 2));
      EXPECT_EQ(expect_literal(gemm)[KernelPath::Int16], all(gemm)) << gemm;
    }
  }
}

TEST(RealGemm, SumsOfAtMost53BitsTakeBinary64) {
  Random random(2);
  for (const std::string format : {"posit16es1", "posit16", "fp16", "bf16", "e5m10"}) {
    Gemm gemm = make_gemm(format, {}, 18, 50, 160, random, spread(format, -9, 9), spread(format, -9, 9));
    add_bias(gemm, random, spread(format, -3, 3));
    EXPECT_EQ(expect_literal(gemm)[KernelPath::Fp64], all(gemm)) << gemm;
  }
}

TEST(RealGemm, WideWindowsAreSliced) {
  Random random(3);
  for (const std::string format : {"posit16", "bf16", "e8m7", "posit16es1", "posit32"}) {
    const int reach = format == "posit16es1" ? 28 : 48;
    for (const int low : {-reach, -reach / 2}) {
      Gemm gemm = make_gemm(format, {}, 10, 30, 70, random, spread(format, low, reach), spread(format, low, reach));
      add_bias(gemm, random, spread(format, low, reach));
      gemm.command.relu = low == -reach;
      EXPECT_EQ(expect_literal(gemm)[KernelPath::Int16Sliced], all(gemm)) << gemm;
    }
  }
}

/// Every product but the last has its negative beside it, so that what is left lies far below the digits that cancel.
TEST(RealGemm, WideSumsThatCancel) {
  Random random(31);
  for (const std::string format : {"posit16", "posit32", "bf16"}) {
    const std::int64_t k = 71;
    const Draw draw = spread(format, -48, 48);
    Gemm gemm = make_gemm(format, {}, 13, 26, k, random, draw, draw);
    const Code sign = numerics::parse_format(format).family == numerics::Family::Posit ? 0 : Code{1} << 15;
    const Code mask = format == "posit32" ? ~Code{0} : Code{0xffff};
    for (std::int64_t i = 0; i < 13; ++i)
      for (std::int64_t p = 0; p + 1 < k; p += 2) {
        const Code code = gemm.a[static_cast<std::size_t>(i * k + p)];
        gemm.a[static_cast<std::size_t>(i * k + p + 1)] = sign != 0 ? code ^ sign : (0 - code) & mask;
      }
    for (std::int64_t j = 0; j < 26; ++j)
      for (std::int64_t p = 0; p + 1 < k; p += 2)
        gemm.b_t[static_cast<std::size_t>(j * k + p + 1)] = gemm.b_t[static_cast<std::size_t>(j * k + p)];
    EXPECT_EQ(expect_literal(gemm)[KernelPath::Int16Sliced], all(gemm)) << gemm;
  }
}

TEST(RealGemm, EveryCodeMayOccur) {
  Random random(4);
  for (const std::string format : {"posit3es0", "posit8es0", "posit8es1", "posit8", "posit9", "posit16es1", "posit16", "e4m10",
                                   "fp8e5m2", "fp8e4m3", "fp16", "bf16"}) {
    for (const bool specials : {false, true}) {
      const Draw draw = specials ? any_code(format) : finite(format, any_code(format));
      // A tile's worth of special operands, not one in each row.
      const Draw rare = [&](Random& r) { return r() % 64 == 0 ? draw(r) : finite(format, any_code(format))(r); };
      Gemm gemm = make_gemm(format, {}, 33, 50, 37, random, rare, rare);
      gemm.config.accumulate.rounding = gemm.config.format.default_rounding();
      add_bias(gemm, random, draw);
      const PathMacs paths = expect_literal(gemm);
      // bf16 spans more than can be sliced.
      if (!specials && format != "bf16") {
        EXPECT_EQ(paths[KernelPath::Element], 0U) << gemm;
      }
    }
  }
}

TEST(RealGemm, OrdinaryDataMixesPathsByRow) {
  Random random(5);
  for (const std::string format : {"posit8", "posit16", "posit32"}) {
    Gemm gemm = make_gemm(format, {}, 64, 100, 256, random, normal(format, 1.0), normal(format, 0.05));
    const PathMacs paths = expect_literal(gemm);
    EXPECT_EQ(paths[KernelPath::Element], 0U) << gemm;
    if (format == "posit8") {
      EXPECT_GT(paths[KernelPath::Int16], all(gemm) / 2) << gemm;
    }
    if (format == "posit16") {
      EXPECT_GT(paths[KernelPath::Fp64], all(gemm) / 2) << gemm;
    }
  }
}

TEST(RealGemm, OneNarRowAndOneNarColumn) {
  Random random(6);
  Gemm gemm = make_gemm("posit16", {}, 20, 60, 33, random, normal("posit16", 1), normal("posit16", 1));
  gemm.a[5 * 33 + 7] = 0x8000;
  gemm.b_t[50 * 33 + 1] = 0x8000;
  EXPECT_EQ(expect_literal(gemm)[KernelPath::Element], 0U);
  EXPECT_EQ(literal(gemm).stats.events.nar, 20U + 60U - 1U);
}

TEST(RealGemm, NarrowQuiresRunElementByElementWhereTheyCouldClamp) {
  Random random(7);
  for (const int bits : {60, 64, 72, 100}) {
    const numerics::AccumulateSpec narrow{.acc_bits = bits};
    Gemm gemm =
        make_gemm("posit8", narrow, 16, 24, 50, random, finite("posit8", any_code("posit8")), finite("posit8", any_code("posit8")));
    EXPECT_EQ(expect_literal(gemm)[KernelPath::Element], bits < 100 ? all(gemm) : 0U) << gemm;
    gemm.a[7] = 0x80;
    gemm.command.relu = true;
    expect_literal(gemm);
    gemm.b_t[11] = 0x80;
    expect_literal(gemm);
  }
}

TEST(RealGemm, MaxposOf32BitPosits) {
  Random random(9);
  const Draw zero = [](Random&) { return Code{0}; };
  Gemm gemm = make_gemm("posit32", {}, 1, 1, 6, random, zero, zero);
  gemm.a = {0x80000002, 0x7fffffff, 0x80000001, 0x7fffffff, 0x80000001, 0x7fffffff};
  gemm.b_t = {0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff, 0x80000001, 0x80000001};
  expect_literal(gemm);
  PathMacs paths;
  EXPECT_EQ(run(gemm, paths).out, std::vector<std::uint64_t>{0x7fffffff});  // 2^240 - 2^236
}

TEST(RealGemm, EveryRoundingOfTheOutput) {
  Random random(8);
  for (const std::string format : {"posit8", "posit16es1", "e6m7", "bf16"}) {
    for (const Rounding rounding : {Rounding::Rne, Rounding::Rtz, Rounding::Rhu, Rounding::Rha, Rounding::Sr}) {
      Gemm gemm = make_gemm(format, {.rounding = rounding}, 12, 50, 9, random, normal(format, 1), normal(format, 1));
      expect_literal(gemm);
      Gemm ties = make_gemm(format, {.rounding = rounding}, 12, 50, 2, random, spread(format, -12, 12), spread(format, 0, 0));
      expect_literal(ties);
    }
  }
}

TEST(RealGemm, RowsOfFewValuesAreLists) {
  Random random(31);
  for (const std::string format : {"posit8", "posit16es1", "posit16", "fp16", "e6m7"}) {
    const Draw value = normal(format, 1.0);
    const Draw few = [&](Random& r) { return r() % 12 == 0 ? value(r) : 0; };
    for (const std::int64_t k : {64, 65, 203}) {
      for (const std::int64_t n : {5, 60}) {
        Gemm gemm = make_gemm(format, {}, 21, n, k, random, few, value);
        std::fill_n(gemm.a.begin(), k, 0);  // an empty list
        if (n == 60) {
          gemm.command.bias = true;
          for (std::int64_t j = 0; j < n; ++j) gemm.bias.push_back(value(random));
        }
        EXPECT_EQ(expect_literal(gemm)[KernelPath::Fp64], static_cast<std::uint64_t>(21 * n * k)) << gemm;
        // Beside a row that is full, and one with a NaN.
        for (std::int64_t i = 0; i < k; ++i) gemm.a[static_cast<std::size_t>(3 * k + i)] = value(random);
        const auto& spec = gemm.config.format.a;
        if (spec.family == numerics::Family::Posit)
          gemm.a[static_cast<std::size_t>(9 * k + 1)] = numerics::Code{1} << (spec.bits - 1);
        expect_literal(gemm);
      }
    }
  }
}

}  // namespace
}  // namespace binade::kernels::test
