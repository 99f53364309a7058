// SPDX-License-Identifier: Apache-2.0
// `chained` sums of integers: the vector path by construction, on every SIMD target, against the literal accumulator.
#include <gtest/gtest.h>

#include "tests/unit/kernels/gemm_harness.h"

namespace binade::kernels::test {
namespace {

using numerics::Accumulate;
using numerics::BiasPosition;

std::uint64_t all(const Gemm& gemm) { return static_cast<std::uint64_t>(gemm.command.m * gemm.command.n * gemm.command.k); }

numerics::AccumulateSpec chains_of(int length) { return {.policy = Accumulate::Chained, .chain = length}; }

Gemm biased(Gemm gemm, Random& random, const Draw& draw, int shift) {
  gemm.command.bias = true;
  gemm.command.bias_shift = shift;
  for (std::int64_t j = 0; j < gemm.command.n; ++j) gemm.bias.push_back(draw(random));
  return gemm;
}

TEST(ChainedGemm, IntoFloatsAndMantissas) {
  Random random(1);
  for (const std::string words : {"dfp16:dfp16:fp32", "dfp8:dfp16:fp32", "dfp16:dfp16:bf16", "flex16+5:flex16+5:flex16+5"}) {
    const std::string a = words.substr(0, words.find(':')), out = words.substr(words.rfind(':') + 1);
    for (const int chain : {1, 4, 31, 32, 200}) {
      for (const std::int64_t n : {5, 51}) {
        Gemm gemm = make_gemm(words, chains_of(chain), 13, n, 130, random, normal(a, 100), normal(a, 90));
        gemm.command.product_shift = 9;
        gemm.command.relu = chain == 4;
        EXPECT_EQ(expect_literal(gemm)[KernelPath::Chained], all(gemm)) << gemm;
        const bool real = out != "flex16+5";
        gemm = biased(gemm, random, normal(out, real ? 300 : 1000), real ? 0 : 2);
        EXPECT_EQ(expect_literal(gemm)[KernelPath::Chained], all(gemm)) << gemm;
      }
    }
  }
}

TEST(ChainedGemm, RunningSumsThatRound) {
  Random random(2);
  // Sums far beyond 24 bits, so that most additions of a chain round.
  Gemm gemm = make_gemm("dfp16:dfp16:fp32", chains_of(2), 9, 40, 700, random, normal("dfp16", 9000), normal("dfp16", 9000));
  EXPECT_EQ(expect_literal(gemm)[KernelPath::Chained], all(gemm)) << gemm;
}

TEST(ChainedGemm, SumsStartFromWholeBiases) {
  Random random(3);
  numerics::AccumulateSpec spec = chains_of(31);
  spec.bias = BiasPosition::First;
  const Gemm gemm =
      make_gemm("flex16+5:flex16+5:flex16+5", spec, 9, 40, 70, random, normal("flex16+5", 100), normal("flex16+5", 90));
  const Gemm whole = biased(gemm, random, normal("flex16+5", 1000), 0);
  EXPECT_EQ(expect_literal(whole)[KernelPath::Chained], all(whole)) << whole;
  const Gemm fractions = biased(gemm, random, normal("flex16+5", 1000), 7);
  EXPECT_EQ(expect_literal(fractions)[KernelPath::Element], all(fractions)) << fractions;
}

TEST(ChainedGemm, ChainsThatCouldClampRunOnTheElement) {
  Random random(4);
  numerics::AccumulateSpec spec = chains_of(31);
  spec.acc_bits = 18;
  Gemm gemm = make_gemm("dfp16:dfp16:fp32", spec, 16, 40, 70, random, normal("dfp16", 10), normal("dfp16", 10));
  for (std::size_t k = 0; k < 70; ++k) gemm.a[k] = any_code("dfp16")(random);
  const PathMacs paths = expect_literal(gemm);
  EXPECT_EQ(paths[KernelPath::Element] + paths[KernelPath::Chained], all(gemm)) << gemm;
  EXPECT_NE(paths[KernelPath::Element], 0U) << gemm;
  EXPECT_NE(paths[KernelPath::Chained], 0U) << gemm;
  EXPECT_NE(literal(gemm).stats.events.saturation, 0U) << gemm;
}

}  // namespace
}  // namespace binade::kernels::test
