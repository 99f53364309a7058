// SPDX-License-Identifier: Apache-2.0
// The vector unit's arithmetic where values are special, its records where they are refused, and its second pass.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "models/numerics/arithmetic.h"
#include "models/numerics/codec.h"
#include "models/operations/vector_table.h"
#include "tests/unit/operations/vector_harness.h"

namespace binade::operations::test {
namespace {

TEST(Requantise, ShiftsRawAccumulatorsOnceToNearestEven) {
  std::mt19937_64 random(3);
  for (const int width : {4, 8}) {
    for (const int shift : {0, 1, 5, 12}) {
      for (const char* word : {"dfp8", "sdfp16", "dfp12"}) {
        const FormatSpec format = numerics::parse_format(word);
        spec::Vector d = command(VectorOp::Requantise, 300);
        d.raw_bytes = width;
        d.x_exponent = -20;
        d.o_exponent = -20 + shift;
        const std::int64_t limit = format.max_mantissa();
        Bytes x(static_cast<std::size_t>(300 * width)), o(static_cast<std::size_t>(300 * format.storage_bytes()));
        std::vector<std::int64_t> raws;
        for (std::size_t i = 0; i < 300; ++i) {
          const std::int64_t span = (limit << shift) + (limit << shift) / 4;
          const std::int64_t raw = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(2 * span)) - span;
          raws.push_back(raw);
          std::memcpy(x.data() + i * static_cast<std::size_t>(width), &raw, static_cast<std::size_t>(width));
        }
        datapath::TileStats stats;
        VectorArithmetic().run({format, numerics::Rounding::Rne}, d, x, {}, o, stats);
        const auto codes = unpack(format, o);
        std::uint64_t clamped = 0, max_abs = 0;
        for (std::size_t i = 0; i < raws.size(); ++i) {
          const double rounded = std::nearbyint(std::ldexp(static_cast<double>(raws[i]), -shift));
          const double most = static_cast<double>(limit), stored = std::clamp(rounded, -most, most);
          EXPECT_EQ(numerics::mantissa_of(format, codes[i]), static_cast<std::int64_t>(stored)) << raws[i] << " >> " << shift;
          clamped += stored != rounded;
          max_abs = std::max(max_abs, static_cast<std::uint64_t>(std::fabs(stored)));
        }
        EXPECT_EQ(stats.mantissa_overflows, clamped);
        EXPECT_EQ(stats.events.saturation, clamped);
        EXPECT_EQ(stats.max_abs, max_abs);
      }
    }
  }
}

TEST(VectorSpecials, NanPropagatesAndNegativeZeroIsRectified) {
  const FormatSpec half = numerics::parse_format("fp16");
  const Code nan = 0x7e00, minus_zero = 0x8000, one = 0x3c00, minus_one = 0xbc00, infinity = 0x7c00;
  spec::Vector d = command(VectorOp::MaxReduce, 2);
  d.length = 3;
  EXPECT_EQ(run(half, d, {one, nan, infinity, minus_one, one, minus_zero}).codes, (std::vector<Code>{nan, one}));
  d = command(VectorOp::Copy, 3);
  EXPECT_EQ(run(half, d, {minus_zero, minus_one, nan}).codes, (std::vector<Code>{minus_zero, minus_one, nan}));
  d.relu = 1;
  EXPECT_EQ(run(half, d, {minus_zero, minus_one, nan}).codes, (std::vector<Code>{0, 0, nan}));
  d = command(VectorOp::MeanReduce, 2);
  d.length = d.divisor = 2;
  EXPECT_EQ(run(half, d, {infinity, one, minus_zero, minus_zero}).codes, (std::vector<Code>{infinity, minus_zero}));
}

TEST(VectorSpecials, ActivationsKeepNanAndTheSignOfZero) {
  const FormatSpec half = numerics::parse_format("fp16");
  const Code nan = 0x7e00, minus_zero = 0x8000, one = 0x3c00, minus_one = 0xbc00, infinity = 0x7c00, minus_infinity = 0xfc00;
  spec::Vector d = command(VectorOp::LeakyRelu, 4);
  d.alpha = std::bit_cast<std::int64_t>(1.0);
  EXPECT_EQ(run(half, d, {minus_zero, minus_one, nan, infinity}).codes, (std::vector<Code>{minus_zero, minus_one, nan, infinity}));
  d = command(VectorOp::Clip, 4);
  d.alpha = std::bit_cast<std::int64_t>(-1.0), d.beta = std::bit_cast<std::int64_t>(1.0);
  EXPECT_EQ(run(half, d, {minus_zero, minus_infinity, nan, infinity}).codes, (std::vector<Code>{minus_zero, minus_one, nan, one}));
  d = command(VectorOp::Sigmoid, 3);
  EXPECT_EQ(run(half, d, {minus_infinity, infinity, nan}).codes, (std::vector<Code>{0, one, nan}));
  d = command(VectorOp::Mul, 2);
  EXPECT_EQ(run(half, d, {infinity, minus_zero}, {0, one}).codes, (std::vector<Code>{nan, minus_zero}));
}

TEST(VectorSpecials, RecordsOfBadConstantsAreRefused) {
  const FormatSpec half = numerics::parse_format("fp16");
  spec::Vector d = command(VectorOp::Clip, 1);
  d.alpha = std::bit_cast<std::int64_t>(1.0);
  EXPECT_EQ(vector_problem(half, d), "beta is not finite, or below alpha");
  d.alpha = std::bit_cast<std::int64_t>(std::numeric_limits<double>::infinity());
  EXPECT_EQ(vector_problem(half, d), "alpha is not finite");
  d = command(VectorOp::Mul, 1);
  d.broadcast = 2;
  EXPECT_EQ(vector_problem(half, d), "broadcast is neither 0 nor 1");
  d.broadcast = 1;
  EXPECT_EQ(vector_problem(half, d), "inner or channels is outside 1 .. 2^31");
  d.op = static_cast<std::int64_t>(vector_row_count());
  EXPECT_EQ(vector_problem(half, d), "op is no VECTOR_OP");
}

TEST(VectorSpecials, MeanReduceCancelsExactly) {
  // 2^100 - 2^100 + 1: no binary64 or 64-bit intermediate survives this.
  const FormatSpec format = numerics::parse_format("posit32");
  numerics::Events events;
  const auto code = [&](double value) { return numerics::encode(format, numerics::from_double(value), {}, events); };
  spec::Vector d = command(VectorOp::MeanReduce, 1);
  d.length = 3;
  d.divisor = 1;
  EXPECT_EQ(run(format, d, {code(0x1p100), code(1), code(-0x1p100)}).codes, std::vector<Code>{code(1)});
}

TEST(VectorSpecials, StochasticRoundingDrawsByLogicalIndex) {
  const FormatSpec format = numerics::parse_format("flex16+5");
  const std::vector<Code> x(64, 5);
  const auto run_from = [&](std::int64_t first, std::int64_t count) {
    spec::Vector d = command(VectorOp::Copy, count);
    d.o_exponent = 3;
    d.first = first;
    d.seed = 11;
    d.tensor = 4;
    Bytes o(static_cast<std::size_t>(2 * count));
    datapath::TileStats stats;
    VectorArithmetic().run({format, numerics::Rounding::Sr}, d, pack(format, x), {}, o, stats);
    return unpack(format, o);
  };
  const auto whole = run_from(0, 64), tail = run_from(40, 24);
  EXPECT_TRUE(std::equal(tail.begin(), tail.end(), whole.begin() + 40));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    // 5/8: up iff the top discarded bits and the draw carry.
    const std::uint64_t sum = 0xa0000000u + std::uint64_t{numerics::random_bits(11, 4, i)};
    EXPECT_EQ(whole[i], sum >> 32) << i;
  }
}

}  // namespace
}  // namespace binade::operations::test
