// SPDX-License-Identifier: Apache-2.0
// Formats wider than 8 bits: pairs and triples of structured operands (boundary exponents x fraction patterns, as TestFloat
// draws them) and of random ones, through every operation and mode; fma with cancellation.
#include <gtest/gtest.h>

#include "tests/oracle/compare.h"
#include "tests/oracle/words.h"

namespace binade::oracle {
namespace {

class Wide : public testing::TestWithParam<std::string> {
 protected:
  Format format_ = parse(GetParam());
  int exponent_ = format_.integer() && !format_.static_exponent ? -9 : 0;
  std::uint32_t mask_ = format_.code_count_minus_one();

  /// Codes with few transitions between runs of ones and zeros, which sit at regime, exponent and fraction edges, and their
  /// neighbours.
  std::vector<Code> corners() const {
    std::vector<Code> list;
    for (int high = 0; high <= format_.bits; ++high) {
      for (int low = 0; low < high; ++low) {
        const Code run = static_cast<Code>((std::uint64_t{1} << high) - (std::uint64_t{1} << low));
        for (const Code one : {run, ~run, run + 1, run - 1}) list.push_back(one & mask_);
      }
    }
    return list;
  }

  void all_ops(Code a, Code b, Code c, std::uint64_t draw, Report& report) {
    const Implementation implementation = model(GetParam());
    for (const Op op : {Op::Add, Op::Sub, Op::Mul, Op::Div, Op::Sqrt, Op::Fma}) {
      Case one{op, a, b, c, Mode::Rne, exponent_, static_cast<std::uint32_t>(mix(draw))};
      const Value exact = exact_result(format_, one);
      for (const Mode mode : kModes) {
        one.mode = mode;
        judge(format_, one, exact, implementation, report);
      }
    }
  }
};

TEST_P(Wide, Corners) {
  const std::vector<Code> list = corners();
  Report report;
  const std::uint64_t pairs = full_run() ? 200'000 : 2'500;
  for (std::uint64_t i = 0; i < pairs; ++i) {
    const std::uint64_t draw = mix(i);
    all_ops(list[draw % list.size()], list[(draw >> 20) % list.size()], list[(draw >> 40) % list.size()], i, report);
  }
  EXPECT_TRUE(report.clean()) << report.summary();
}

TEST_P(Wide, Random) {
  Report report;
  const std::uint64_t pairs = full_run() ? 200'000 : 2'500;
  for (std::uint64_t i = 0; i < pairs; ++i) {
    const std::uint64_t draw = mix(i + 1'000'000);
    // Half of the pairs lie close together in code, hence in value, so that sums cancel and quotients are near 1.
    const Code a = static_cast<Code>(draw) & mask_;
    const Code b = (i % 2 == 0 ? static_cast<Code>(draw >> 32) : a + static_cast<Code>(draw >> 58) - 32) & mask_;
    all_ops(a, b, static_cast<Code>(mix(draw)) & mask_, i, report);
  }
  EXPECT_TRUE(report.clean()) << report.summary();
}

TEST_P(Wide, FmaCancellation) {
  // c is minus the rounded product or a neighbour of it, so that the result is the product's own rounding error.
  const Implementation implementation = model(GetParam());
  Report report;
  const std::uint64_t triples = full_run() ? 200'000 : 3'000;
  for (std::uint64_t i = 0; i < triples; ++i) {
    const std::uint64_t draw = mix(i + 2'000'000);
    const Code a = static_cast<Code>(draw) & mask_;
    const Code b = static_cast<Code>(draw >> 32) & mask_;
    Events ignored;
    const Value product = mul(decode(format_, a, exponent_), decode(format_, b, exponent_));
    const Code c = encode(format_, negated(product), Mode::Rne, exponent_, 0, ignored);
    for (const Code near : {c, (c + 1) & mask_, (c - 1) & mask_}) {
      Case one{Op::Fma, a, b, near, kModes[i % std::size(kModes)], exponent_, static_cast<std::uint32_t>(mix(draw))};
      judge(format_, one, exact_result(format_, one), implementation, report);
    }
  }
  EXPECT_TRUE(report.clean()) << report.summary();
}

INSTANTIATE_TEST_SUITE_P(Posit, Wide,
                         testing::Values("posit8", "posit10", "posit12", "posit16", "posit16es1", "posit16es4", "posit20es0",
                                         "posit24", "posit32", "posit32es0", "posit32es4", "posit16u", "posit10es1u"),
                         NameOfWord());
INSTANTIATE_TEST_SUITE_P(Hill, Wide, testing::Values("e4m10", "e6m7", "e6m8", "e5m2", "e8m7", "e8m23", "e2m13", "e2m23"),
                         NameOfWord());
INSTANTIATE_TEST_SUITE_P(Ieee, Wide,
                         testing::Values("fp32", "fp16", "bf16", "fp8e4m3", "fp8e5m2", "ieee6.9", "ieee8.10", "fp16sat"),
                         NameOfWord());
INSTANTIATE_TEST_SUITE_P(Integer, Wide,
                         testing::Values("flex16+5", "flex12+4", "dfp16", "sdfp16", "dfp24", "fixed16.8", "fixed17.8",
                                         "fixed24.20"),
                         NameOfWord());

}  // namespace
}  // namespace binade::oracle
