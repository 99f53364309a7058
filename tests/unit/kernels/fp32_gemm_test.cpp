// SPDX-License-Identifier: Apache-2.0
// The `fp32` policy: the vector path by construction, on every SIMD target, against the literal accumulator.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/kernels/gemm_harness.h"

namespace binade::kernels::test {
namespace {

using numerics::Accumulate;
using numerics::Rounding;

std::uint64_t all(const Gemm& gemm) { return static_cast<std::uint64_t>(gemm.command.m * gemm.command.n * gemm.command.k); }

Gemm fp32_gemm(const std::string& format, std::int64_t m, std::int64_t n, std::int64_t k, Random& random, const Draw& draw,
               Rounding rounding = Rounding::Rne) {
  Gemm gemm = make_gemm(format, {.policy = Accumulate::Fp32, .rounding = rounding}, m, n, k, random, draw, draw);
  gemm.command.bias = true;
  for (std::int64_t j = 0; j < n; ++j) gemm.bias.push_back(draw(random));
  return gemm;
}

TEST(Fp32Gemm, OperandsOfBinary32TakeTheVectorPath) {
  Random random(1);
  for (const std::string format :
       {"fp32", "fp16", "bf16", "fp8e4m3", "e6m7", "e8m23", "posit8", "posit16", "posit16es1", "posit8u", "posit5u"}) {
    for (const Rounding rounding : {Rounding::Rne, Rounding::Rtz, Rounding::Sr}) {
      Gemm gemm = fp32_gemm(format, 11, 53, 130, random, normal(format, 1.0), rounding);
      gemm.command.relu = rounding == Rounding::Rtz;
      EXPECT_EQ(expect_literal(gemm)[KernelPath::Fp32], all(gemm)) << gemm;
    }
  }
}

TEST(Fp32Gemm, IntegersTakeTheVectorPath) {
  Random random(2);
  for (const std::string format : {"flex16+5", "fixed16.8", "fixed24.12", "flex8+4"}) {
    Gemm gemm = fp32_gemm(format, 9, 50, 120, random, any_code(format));
    gemm.command.product_shift = 2 * numerics::parse_format(format).bits / 3;
    EXPECT_EQ(expect_literal(gemm)[KernelPath::Fp32], all(gemm)) << gemm;
  }
}

// A strip is laid out part by part of k: either operand in vectors, and infinities of an early part.
TEST(Fp32Gemm, SumsOfManyPartsAreThoseOfOne) {
  Random random(4);
  struct Shape {
    std::int64_t m, n, k;
  };
  for (const std::string format : {"fp32", "posit16"}) {
    for (const auto& [m, n, k] : {Shape{40, 1, 1500}, {17, 2, 513}, {3, 60, 1500}}) {
      const Gemm gemm = fp32_gemm(format, m, n, k, random, normal(format, 1.0));
      EXPECT_EQ(expect_literal(gemm)[KernelPath::Fp32], all(gemm)) << gemm;
    }
  }
  Gemm early = fp32_gemm("fp32", 20, 1, 1500, random, normal("fp32", 1.0));
  early.a[0] = 0x7f7fffff;  // the greatest, twice
  early.b_t[0] = 0x40000000;
  EXPECT_EQ(expect_literal(early)[KernelPath::Element], 1500U) << early;
}

TEST(Fp32Gemm, WhatIsNotFiniteOrCouldUnderflowRunsElementByElement) {
  Random random(3);
  for (const std::string format : {"fp32", "bf16"}) {
    for (const double deviation : {0x1p-70, 0x1p100}) {
      Gemm gemm = fp32_gemm(format, 8, 20, 40, random, normal(format, deviation));
      EXPECT_EQ(expect_literal(gemm)[KernelPath::Element], all(gemm)) << gemm;
    }
    expect_literal(fp32_gemm(format, 9, 20, 40, random, any_code(format)));
  }
  Gemm wide = fp32_gemm("posit32", 8, 20, 40, random, normal("posit32", 1.0));
  EXPECT_EQ(expect_literal(wide)[KernelPath::Element], all(wide)) << wide;
}

}  // namespace
}  // namespace binade::kernels::test
