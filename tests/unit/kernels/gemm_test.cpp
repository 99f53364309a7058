// SPDX-License-Identifier: Apache-2.0
// The GEMM kernels against the literal accumulator: bits, events and statistics, beyond the sizes of one strip and one panel.
#include "models/kernels/gemm.h"

#include <gtest/gtest.h>

#include "models/kernels/fast_core.h"
#include "models/numerics/error.h"
#include "tests/unit/datapath/harness.h"

namespace binade::kernels::test {
namespace {

using datapath::TileStats;
using datapath::test::pick;
using datapath::test::Problem;
using numerics::Accumulate;
using numerics::AccumulateSpec;
using numerics::Code;
using numerics::Rounding;

std::vector<Code> transposed(const Problem& p) {
  std::vector<Code> b_t(p.b.size());
  for (std::int64_t k = 0; k < p.command.k; ++k) {
    for (std::int64_t n = 0; n < p.command.n; ++n) {
      b_t[static_cast<std::size_t>(n * p.command.k + k)] = p.b[static_cast<std::size_t>(k * p.command.n + n)];
    }
  }
  return b_t;
}

/// Re-shapes a random problem.
void resize(Problem& p, std::mt19937_64& random, std::int64_t m, std::int64_t n, std::int64_t k) {
  p.command.m = m;
  p.command.n = n;
  p.command.k = k;
  p.a.resize(static_cast<std::size_t>(m * k));
  p.b.resize(static_cast<std::size_t>(k * n));
  p.bias.resize(static_cast<std::size_t>(n));
  for (auto* codes : {&p.a, &p.b, &p.bias}) {
    for (Code& code : *codes) code = datapath::test::random_code(random, p.config.format.a);
  }
}

struct Row {
  const char* format;
  AccumulateSpec accumulate;
  /// The event that long random sums of this kind must have met; null where none can be demanded.
  std::uint64_t numerics::Events::*met;
};

TEST(Gemm, EqualsTheLiteralAccumulator) {
  using numerics::Events;
  const Row rows[] = {
      {"flex16+5", {Accumulate::Blocked, 0, 32, Rounding::Rne}, &Events::saturation},
      {"flex16+5", {Accumulate::Blocked, 30, 24, Rounding::Rne}, &Events::saturation},
      {"fixed12.6", {Accumulate::Exact, 20, 32, Rounding::Rha}, &Events::saturation},
      {"fixed16.8", {Accumulate::Serial, 0, 32, Rounding::Rtz}, &Events::underflow},
      {"flex12+5", {Accumulate::Serial, 0, 32, Rounding::Rhu}, &Events::saturation},
      {"posit16", {Accumulate::Exact, 0, 32, Rounding::Rne}, &Events::inexact},
      {"posit8", {Accumulate::Exact, 50, 32, Rounding::Rne}, &Events::saturation},
      {"posit12es1", {Accumulate::Fp32, 0, 32, Rounding::Rne}, &Events::inexact},
      {"e3m4", {Accumulate::Serial, 0, 32, Rounding::Rtz}, &Events::underflow},
      {"e4m3", {Accumulate::Serial, 0, 32, Rounding::Rne}, &Events::saturation},
      {"fp16", {Accumulate::Serial, 0, 32, Rounding::Rne}, &Events::nar},
      {"fp8e4m3", {Accumulate::Serial, 0, 32, Rounding::Rhu}, &Events::overflow},
      {"fp32", {Accumulate::Fp32, 0, 32, Rounding::Rne}, &Events::nar},
      {"bf16", {Accumulate::Exact, 0, 32, Rounding::Rne}, &Events::inexact},
  };
  for (const Row& row : rows) {
    std::mt19937_64 random(41);
    numerics::Events met;
    for (int i = 0; i < 6; ++i) {
      Problem p = datapath::test::random_problem(random, row.format, row.accumulate);
      resize(p, random, pick(random, 1, 5), pick(random, 60, 140), pick(random, 1, 150));
      std::vector<std::uint64_t> out(static_cast<std::size_t>(p.command.m * p.command.n));
      TileStats stats;
      const std::vector<Code> b_t = transposed(p);
      gemm(p.config, p.command,
           GemmOperands::of(p.config.format, p.a, b_t, p.command.bias ? std::span<const Code>(p.bias) : std::span<const Code>()),
           out, stats);
      const auto literal = datapath::test::literal_outcome(p);
      ASSERT_EQ(out, literal.out) << p;
      ASSERT_EQ(stats, literal.stats) << p;
      met += stats.events;
    }
    EXPECT_GT(met.*row.met, 0U) << row.format << ": the problems miss the event that this row is for";
  }
}

// Raw sums against plain integers.
TEST(Gemm, RawSumsAreExactIntegers) {
  std::mt19937_64 random(43);
  for (const char* format : {"dfp8", "sdfp8", "dfp16"}) {
    for (const AccumulateSpec accumulate : {AccumulateSpec{Accumulate::Exact, 0, 32, Rounding::Rne}}) {
      Problem p = datapath::test::random_problem(random, format, accumulate);
      resize(p, random, 7, 70, 90);
      p.command.bias = p.command.relu = true;
      p.command.bias_shift = -3;
      std::vector<std::uint64_t> out(static_cast<std::size_t>(p.command.m * p.command.n));
      TileStats stats;
      const std::vector<Code> b_t = transposed(p);
      gemm(p.config, p.command, GemmOperands::of(p.config.format, p.a, b_t, p.bias), out, stats);
      TileStats expected;
      for (std::int64_t m = 0; m < p.command.m; ++m) {
        for (std::int64_t n = 0; n < p.command.n; ++n) {
          const auto value = [&](const std::vector<Code>& codes, std::int64_t i) {
            return numerics::mantissa_of(p.config.format.a, codes[static_cast<std::size_t>(i)]);
          };
          std::int64_t sum = value(p.bias, n) * 8;
          for (std::int64_t k = 0; k < p.command.k; ++k) {
            sum += value(p.a, m * p.command.k + k) * value(p.b, k * p.command.n + n);
          }
          sum = std::max<std::int64_t>(sum, 0);
          ASSERT_EQ(static_cast<std::int64_t>(out[static_cast<std::size_t>(m * p.command.n + n)]), sum) << p;
          expected.max_abs = std::max(expected.max_abs, static_cast<std::uint64_t>(sum));
          for (std::size_t bit = 63; bit-- > 0;) {
            if ((sum >> bit) != 0) {
              ++expected.leading_bit[bit];
              break;
            }
          }
        }
      }
      EXPECT_EQ(stats, expected) << p;
    }
  }
}

// fp32 sums of integers, as integers: binary32 arithmetic of the machine where products are exact in it.
TEST(Gemm, RawFp32SumsAreBinary32) {
  std::mt19937_64 random(47);
  Problem p = datapath::test::random_problem(random, "dfp12", {Accumulate::Fp32, 0, 32, Rounding::Rne});
  resize(p, random, 5, 20, 400);
  p.command.bias = p.command.relu = false;
  for (auto* codes : {&p.a, &p.b})  // of all magnitudes, so that sums pass 2^24
    for (Code& code : *codes) code = static_cast<Code>(random() & 0xfff);
  std::vector<std::uint64_t> out(100);
  TileStats stats;
  const std::vector<Code> b_t = transposed(p);
  gemm(p.config, p.command, GemmOperands::of(p.config.format, p.a, b_t), out, stats);
  bool rounded = false;
  for (std::int64_t m = 0; m < 5; ++m) {
    for (std::int64_t n = 0; n < 20; ++n) {
      float sum = 0.0F;
      std::int64_t exact = 0;
      for (std::int64_t k = 0; k < 400; ++k) {
        const std::int64_t product = numerics::mantissa_of(p.config.format.a, p.a[static_cast<std::size_t>(m * 400 + k)]) *
                                     numerics::mantissa_of(p.config.format.a, p.b[static_cast<std::size_t>(k * 20 + n)]);
        sum += static_cast<float>(product);  // |product| <= 2^22
        exact += product;
      }
      rounded = rounded || static_cast<std::int64_t>(sum) != exact;
      EXPECT_EQ(static_cast<std::int64_t>(out[static_cast<std::size_t>(m * 20 + n)]), static_cast<std::int64_t>(sum)) << p;
    }
  }
  EXPECT_TRUE(rounded) << "the sums stayed below 2^24: nothing was rounded";
}

// A tile larger than the panels in which the fast core takes it.
TEST(FastCore, LargeTilesAreTheSumOfTheirPanels) {
  std::mt19937_64 random(53);
  for (const auto dataflow : {datapath::Dataflow::OutputStationary, datapath::Dataflow::WeightStationary}) {
    Problem p = datapath::test::random_problem(random, "dfp8", {Accumulate::Exact, 48, 32, Rounding::Rne});
    p.config.rows = 2;
    p.config.cols = 4;
    p.config.dataflow = dataflow;
    p.config.overlap = datapath::Overlap::Full;
    p.a_interval = p.b_interval = p.out_interval = p.config.lane_interval = 1;
    resize(p, random, 5, 60, 80'000);
    const auto core = make_fast_core(p.config);
    const auto outcome = run_tile(*core, p);
    std::vector<std::uint64_t> out(outcome.out.size());
    TileStats stats;
    const std::vector<Code> b_t = transposed(p);
    gemm(p.config, p.command,
         GemmOperands::of(p.config.format, p.a, b_t, p.command.bias ? std::span<const Code>(p.bias) : std::span<const Code>()), out,
         stats);
    EXPECT_EQ(outcome.out, out) << p;
    EXPECT_EQ(outcome.stats, stats) << p;
  }
}

TEST(Gemm, RejectsOperandsOfTheWrongSize) {
  std::mt19937_64 random(59);
  Problem p = datapath::test::random_problem(random, "posit8", {});
  std::vector<std::uint64_t> out(static_cast<std::size_t>(p.command.m * p.command.n));
  TileStats stats;
  const std::vector<Code> b_t = transposed(p);
  const auto run = [&](std::span<const Code> a, std::span<const Code> b, std::span<const Code> bias) {
    gemm(p.config, p.command, GemmOperands::of(p.config.format, a, b, bias), out, stats);
  };
  EXPECT_NO_THROW(run(p.a, b_t, {}));
  EXPECT_THROW(run(std::span(p.a).subspan(1), b_t, {}), InvariantError);
  EXPECT_THROW(run(p.a, std::span(b_t).subspan(1), {}), InvariantError);
  const std::vector<Code> short_bias(static_cast<std::size_t>(p.command.n) + 1);
  EXPECT_THROW(run(p.a, b_t, short_bias), InvariantError);
  p.command.last_k = false;
  EXPECT_THROW(run(p.a, b_t, {}), InvariantError);
}

}  // namespace
}  // namespace binade::kernels::test
