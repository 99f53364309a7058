// SPDX-License-Identifier: Apache-2.0
// `serial` floats: the vector paths by construction, on every SIMD target, against the literal accumulator.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/kernels/gemm_harness.h"

namespace binade::kernels::test {
namespace {

using numerics::Accumulate;
using numerics::Rounding;

std::uint64_t all(const Gemm& gemm) { return static_cast<std::uint64_t>(gemm.command.m * gemm.command.n * gemm.command.k); }

Gemm serial_gemm(const std::string& format, std::int64_t m, std::int64_t n, std::int64_t k, Random& random, const Draw& a,
                 const Draw& b) {
  const numerics::AccumulateSpec serial{.policy = Accumulate::Serial,
                                        .rounding = numerics::parse_format(format).default_rounding()};
  return make_gemm(format, serial, m, n, k, random, a, b);
}

TEST(SerialGemm, FormatsOfTenFractionBitsTakeBinary32) {
  Random random(1);
  for (const std::string format : {"e6m7", "e4m10", "e7m10", "e5m2", "e6m1", "fp8e4m3", "fp8e5m2", "fp16", "bf16"}) {
    for (const double deviation : {1.0, 0.05}) {
      Gemm gemm = serial_gemm(format, 9, 51, 130, random, normal(format, 1.0), normal(format, deviation));
      gemm.command.bias = true;
      for (std::int64_t j = 0; j < gemm.command.n; ++j) gemm.bias.push_back(normal(format, 1.0)(random));
      gemm.command.relu = deviation == 1.0;
      EXPECT_EQ(expect_literal(gemm)[KernelPath::Serial32], all(gemm)) << gemm;
    }
  }
}

TEST(SerialGemm, WiderFormatsTakeBinary64) {
  Random random(2);
  for (const std::string format : {"e6m11", "e8m7", "e8m23", "e5m16", "fp32"}) {
    Gemm gemm = serial_gemm(format, 9, 27, 130, random, normal(format, 1.0), normal(format, 0.05));
    EXPECT_EQ(expect_literal(gemm)[KernelPath::Serial64], all(gemm)) << gemm;
  }
}

TEST(SerialGemm, UnderflowsAreCountedInTheVectorPath) {
  Random random(3);
  for (const std::string format : {"e4m10", "e5m7", "fp8e4m3", "fp16", "e4m12"}) {
    const auto spec = numerics::parse_format(format);
    const double tiny = std::exp2(-spec.bias() / 2.0);
    Gemm gemm = serial_gemm(format, 10, 50, 60, random, normal(format, tiny), normal(format, tiny));
    const PathMacs paths = expect_literal(gemm);
    EXPECT_EQ(paths[KernelPath::Element], 0U) << gemm;
    EXPECT_NE(literal(gemm).stats.events.underflow, 0U) << gemm;
  }
}

TEST(SerialGemm, HillFloatsSaturateInTheVectorPath) {
  Random random(7);
  for (const std::string format : {"e2m1", "e4m3", "e6m7", "e4m10", "e7m10", "e5m12", "e8m7", "e8m23"}) {
    const auto spec = numerics::parse_format(format);
    const double huge = std::exp2(spec.bias() * 0.75);
    const KernelPath path = spec.fraction_bits <= 10 && spec.exponent_bits <= 7 ? KernelPath::Serial32 : KernelPath::Serial64;
    for (const Draw& draw : {normal(format, huge), any_code(format)}) {
      Gemm gemm = serial_gemm(format, 11, 53, 70, random, draw, draw);
      gemm.command.bias = true;
      for (std::int64_t j = 0; j < gemm.command.n; ++j) gemm.bias.push_back(draw(random));
      const PathMacs paths = expect_literal(gemm);
      EXPECT_EQ(paths[path], all(gemm)) << gemm;
      EXPECT_NE(literal(gemm).stats.events.saturation, 0U) << gemm;
    }
  }
}

TEST(SerialGemm, IeeeFloatsMeetInfinitiesAndNanInTheVectorPath) {
  Random random(4);
  for (const std::string format : {"fp8e4m3", "fp8e5m2", "fp16", "fp32"}) {
    const auto spec = numerics::parse_format(format);
    const KernelPath path = format == "fp32" ? KernelPath::Serial64 : KernelPath::Serial32;
    const double huge = std::exp2(spec.bias() * 0.75);
    const auto bits = [spec](Random& r) { return static_cast<numerics::Code>(r() & ((std::uint64_t{1} << spec.bits) - 1)); };
    const numerics::Code top = ((numerics::Code{1} << spec.exponent_bits) - 1) << spec.fraction_bits;
    // Overflowing sums; any code; and ordinary values with a few infinities and NaN (E4M3: large values and NaN).
    const Draw rare = [&, ordinary = normal(format, 1.0)](Random& r) { return r() % 16 == 0 ? bits(r) | top : ordinary(r); };
    for (const Draw& draw : {normal(format, huge), any_code(format), rare}) {
      Gemm gemm = serial_gemm(format, 24, 53, 40, random, draw, draw);
      gemm.command.bias = true;
      for (std::int64_t j = 0; j < gemm.command.n; ++j) gemm.bias.push_back(draw(random));
      gemm.command.relu = random() % 2 == 0;
      EXPECT_EQ(expect_literal(gemm)[path], all(gemm)) << gemm;
      const auto events = literal(gemm).stats.events;
      EXPECT_NE(events.overflow + events.nar, 0U) << gemm;
    }
    // The rows beside a bad one, and the last, ragged tile row.
    Gemm one_bad_row = serial_gemm(format, 14, 20, 40, random, normal(format, 1), normal(format, 1));
    for (std::size_t k = 0; k < 40; ++k) one_bad_row.a[5 * 40 + k] = any_code(format)(random);
    EXPECT_EQ(expect_literal(one_bad_row)[path], all(one_bad_row)) << one_bad_row;
    Gemm ragged = serial_gemm(format, 6, 20, 40, random, rare, rare);
    EXPECT_EQ(expect_literal(ragged)[KernelPath::Element], all(ragged) / 3) << ragged;
  }
}

TEST(SerialGemm, SaturatingFloatsAreTheirs) {
  // In range the vector path; a row that leaves it is limited step by step.
  Random random(8);
  for (const std::string format : {"fp8e4m3sat", "fp8e5m2sat", "fp16sat", "ieee6.9sat", "fp32sat"}) {
    const auto spec = numerics::parse_format(format);
    Gemm ordinary = serial_gemm(format, 12, 30, 40, random, normal(format, 0.25), normal(format, 0.25));
    EXPECT_EQ(expect_literal(ordinary)[KernelPath::Element], 0U) << ordinary;
    for (const Draw& draw : {normal(format, std::exp2(spec.bias() * 0.75)), any_code(format)}) {
      Gemm gemm = serial_gemm(format, 13, 53, 40, random, draw, draw);
      gemm.command.bias = true;
      for (std::int64_t j = 0; j < gemm.command.n; ++j) gemm.bias.push_back(draw(random));
      expect_literal(gemm);
      EXPECT_NE(literal(gemm).stats.events.saturation, 0U) << gemm;
      EXPECT_EQ(literal(gemm).stats.events.overflow, 0U) << gemm;
    }
  }
}

TEST(SerialGemm, Bfloat16BeyondBinary32TakesBinary64) {
  Random random(5);
  for (const Draw& draw : {normal("bf16", 0x1p-64), normal("bf16", 0x1p96), any_code("bf16")}) {
    Gemm gemm = serial_gemm("bf16", 8, 21, 40, random, draw, draw);
    EXPECT_EQ(expect_literal(gemm)[KernelPath::Serial64], all(gemm)) << gemm;
  }
}

TEST(SerialGemm, OtherRoundingsRunElementByElement) {
  Random random(6);
  for (const Rounding rounding : {Rounding::Rne, Rounding::Rhu, Rounding::Rha}) {
    Gemm gemm = serial_gemm("e6m7", 5, 9, 30, random, normal("e6m7", 1), normal("e6m7", 1));
    gemm.config.accumulate.rounding = rounding;
    EXPECT_EQ(expect_literal(gemm)[KernelPath::Element], all(gemm)) << gemm;
  }
}

}  // namespace
}  // namespace binade::kernels::test
