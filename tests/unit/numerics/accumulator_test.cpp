// SPDX-License-Identifier: Apache-2.0
// The literal accumulators against published cases and against sums written down independently in 128-bit integers or the
// host's binary32.
#include "models/numerics/accumulator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include "models/numerics/blocked.h"
#include "models/numerics/error.h"
#include "models/numerics/uint128.h"

namespace binade::numerics {
namespace {

class Draw {
 public:
  explicit Draw(std::uint32_t seed) : seed_(seed) {}
  std::uint32_t bits() { return random_bits(seed_, 0, index_++); }
  Code code(const FormatSpec& format) { return bits() >> (32 - format.bits); }

 private:
  std::uint32_t seed_;
  std::uint64_t index_ = 0;
};

Code code_of(const FormatSpec& format, double value) {
  Events events;
  return encode(format, from_double(value), {.rounding = format.default_rounding()}, events);
}

Code dot_of(const std::string& word, Accumulate policy, const std::vector<double>& a, const std::vector<double>& b) {
  const FormatSpec format = parse_format(word);
  std::vector<Code> x;
  std::vector<Code> y;
  for (const double v : a) x.push_back(code_of(format, v));
  for (const double v : b) y.push_back(code_of(format, v));
  Events events;
  return dot(format, {.policy = policy, .rounding = format.default_rounding()}, x, y, 0, 0, events);
}

// docs/fidelity.md T-POS-3.
TEST(Quire, Posit8Es0KeepsWhatSerialLoses) {
  const std::vector<double> a{2, 2, 2, 2};
  const std::vector<double> b{10, 10, 10, 2};
  const FormatSpec format = parse_format("posit8es0");
  EXPECT_EQ(dot_of("posit8es0", Accumulate::Exact, a, b), code_of(format, 64));
  EXPECT_EQ(dot_of("posit8es0", Accumulate::Serial, a, b), code_of(format, 32));
}

// docs/fidelity.md T-POS-4.
TEST(Quire, CancellationLeavesTheSmallTerm) {
  EXPECT_EQ(dot_of("posit16", Accumulate::Exact, {4096, 1, -4096}, {1, 0.5, 1}), code_of(parse_format("posit16"), 0.5));
  EXPECT_EQ(dot_of("posit8", Accumulate::Exact, {0x1p24, 0x1p-24, -0x1p24}, {0x1p24, 0x1p-24, 0x1p24}), 0x01U);
  EXPECT_EQ(dot_of("posit8", Accumulate::Exact, {1, NAN, 0}, {1, 0, 0}), 0x80U);
}

TEST(Quire, WidthsAreTheStandards) {
  for (int n = 3; n <= 32; ++n) {
    EXPECT_EQ(default_acc_bits(parse_format("posit" + std::to_string(n)), {}), 16 * n);
    EXPECT_EQ(default_acc_bits(parse_format("posit" + std::to_string(n) + "es1"), {}), 8 * (n - 2) + 32);
  }
}

/// Sum of posit8 products in units of 2^-48, saturating at `bits` after each addition (0: never).
Int128 posit8_sum(const std::vector<Code>& a, const std::vector<Code>& b, int bits, std::uint64_t& saturations) {
  const FormatSpec format = parse_format("posit8");
  Int128 sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = to_double(decode(format, a[i])) * 0x1p24;
    const double y = to_double(decode(format, b[i])) * 0x1p24;
    sum += static_cast<Int128>(x) * static_cast<Int128>(y);
    if (bits == 0) continue;
    const Int128 limit = Int128{1} << (bits - 1);
    const Int128 clamped = sum >= limit ? limit - 1 : sum < -limit ? -limit : sum;
    if (clamped != sum) ++saturations;
    sum = clamped;
  }
  return sum;
}

Code posit8_of(Int128 units) {
  Unpacked value;
  if (units != 0) {
    const Uint128 magnitude = static_cast<Uint128>(units < 0 ? -units : units);
    const int zeros = count_leading_zeros(magnitude);
    const Uint128 normal = magnitude << zeros;
    value = {NumberClass::Finite, units < 0, static_cast<std::uint64_t>(normal) != 0, 127 - zeros - 48,
             static_cast<std::uint64_t>(normal >> 64)};
  }
  Events events;
  return encode(parse_format("posit8"), value, {}, events);
}

TEST(Quire, EqualsIntegerSumsAtEveryWidth) {
  const FormatSpec format = parse_format("posit8");
  Draw draw(1);
  for (const int bits : {0, 2, 17, 48, 49, 64, 65, 90, 97, 100, 127}) {
    for (int run = 0; run < 40; ++run) {
      std::vector<Code> a;
      std::vector<Code> b;
      for (int k = 0; k < 30; ++k) {
        Code x = draw.code(format);
        Code y = draw.code(format);
        a.push_back(x == 0x80 ? 0x40 : x);
        b.push_back(y == 0x80 ? 0xc0 : y);
      }
      Events events;
      std::uint64_t saturations = 0;
      const Int128 expected = posit8_sum(a, b, bits, saturations);
      ASSERT_EQ(dot(format, {.policy = Accumulate::Exact, .acc_bits = bits}, a, b, 0, 0, events), posit8_of(expected));
      ASSERT_EQ(events.overflow + events.nar, 0U);
      ASSERT_GE(events.saturation, saturations);
    }
  }
}

TEST(Integers, ExactSumsClampAtTheirWidthAndRoundOnce) {
  Draw draw(2);
  for (const char* word : {"dfp8", "dfp16", "flex16+5", "sdfp8", "fixed12.4"}) {
    const FormatSpec format = parse_format(word);
    for (const int bits : {0, 12, 20, 32})
      for (int shift = -3; shift <= 12; shift += 3)
        for (int run = 0; run < 20; ++run) {
          const AccumulateSpec spec{.policy = Accumulate::Exact, .acc_bits = bits};
          const std::int64_t limit = std::int64_t{1} << ((bits != 0 ? bits : default_acc_bits(format, spec)) - 1);
          std::vector<Code> a;
          std::vector<Code> b;
          std::int64_t sum = 0;
          for (int k = 0; k < 17; ++k) {
            a.push_back(draw.code(format));
            b.push_back(draw.code(format));
            sum = std::clamp(sum + mantissa_of(format, a.back()) * mantissa_of(format, b.back()), -limit, limit - 1);
          }
          Events events;
          const double exact = std::ldexp(static_cast<double>(sum), -shift);
          const double stored = std::clamp(std::nearbyint(exact), static_cast<double>(format.min_mantissa()),
                                           static_cast<double>(format.max_mantissa()));
          ASSERT_EQ(static_cast<double>(mantissa_of(format, dot(format, spec, a, b, shift, 0, events))), stored) << word;
          ASSERT_EQ(events.inexact, stored != exact ? 1U : 0U);
        }
  }
}

TEST(Integers, BiasFinerOrCoarserThanAProductIsExact) {
  const FormatSpec format = parse_format("dfp8");
  Draw draw(3);
  for (int product_shift = -2; product_shift <= 8; ++product_shift)
    for (int bias_shift = -2; bias_shift <= 10; ++bias_shift) {
      const auto accumulator = make_accumulator(format, {.policy = Accumulate::Exact}, product_shift, bias_shift);
      for (int run = 0; run < 10; ++run) {
        const Code a = draw.code(format) >> 2;
        const Code b = draw.code(format) >> 3;
        const Code bias = draw.code(format);
        accumulator->clear();
        accumulator->mac(a, b);
        accumulator->add_bias(bias);
        const double exact = std::ldexp(static_cast<double>(mantissa_of(format, a) * mantissa_of(format, b)), -product_shift) +
                             std::ldexp(static_cast<double>(mantissa_of(format, bias)), -bias_shift);
        ASSERT_EQ(static_cast<double>(mantissa_of(format, accumulator->result(false, 0))),
                  std::clamp(std::nearbyint(exact), -127.0, 127.0));
      }
    }
}

// docs/fidelity.md T-FLX-5: product LSB = 1/4 output LSB.
TEST(Blocked, PublishedTruncation) {
  const FormatSpec format = parse_format("flex16+5");
  const auto run = [&](int block, const std::vector<int>& terms, int shift) {
    std::vector<Code> a;
    for (const int term : terms) a.push_back(code_of_mantissa(format, term));
    const std::vector<Code> ones(terms.size(), 1);
    Events events;
    return mantissa_of(format, dot(format, {.policy = Accumulate::Blocked, .block = block}, a, ones, shift, 0, events));
  };
  std::vector<int> terms(96, 0);
  terms[0] = terms[40] = terms[95] = 3;
  EXPECT_EQ(run(32, terms, 2), 3);
  EXPECT_EQ(run(96, terms, 2), 2);
  EXPECT_EQ(run(32, {1}, 1), 1);
  EXPECT_EQ(run(32, {-1}, 1), 0);
  EXPECT_EQ(run(32, {3}, 1), 2);
  EXPECT_EQ(run(32, {32767, 32767}, 0), 32767);
}

TEST(Blocked, StepFollowsTheFormula) {
  Draw draw(4);
  for (int shift = -20; shift <= 60; ++shift)
    for (int run = 0; run < 200; ++run) {
      const std::int64_t sum = static_cast<std::int32_t>(draw.bits()) >> (12 + draw.bits() % 20);
      const std::int64_t block =
          static_cast<std::int64_t>(static_cast<std::uint64_t>(draw.bits()) << 32 | draw.bits()) >> (28 + draw.bits() % 36);
      // 80-bit extended precision holds 64 bits; the cases here need at most 20 + 12 + 36 of them, so check exactness.
      const long double combined =
          std::ldexp(static_cast<long double>(sum), 12) + std::ldexp(static_cast<long double>(block), 12 - shift);
      const long double remainder = combined - std::ldexp(static_cast<long double>(sum), 12);
      if (remainder != std::ldexp(static_cast<long double>(block), 12 - shift)) continue;
      const long double t = std::clamp(std::trunc(combined), -0x1p31L, 0x1p31L - 1);
      const long double expected = std::min(std::floor((t + 0x800) / 0x1000), 0x1p19L - 1);
      Events events;
      ASSERT_EQ(blocked_step(sum, block, shift, 20, events), static_cast<std::int64_t>(expected))
          << sum << ' ' << block << ' ' << shift;
      ASSERT_EQ(events.saturation, t != std::trunc(combined) || t + 0x800 >= 0x1p31L ? 1U : 0U);
    }
}

TEST(Blocked, FarShiftsKeepOnlyTheSign) {
  Events events;
  EXPECT_EQ(blocked_step(5, 1, 300, 20, events), 5);
  EXPECT_EQ(blocked_step(-5, 1, 300, 20, events), -5);
  EXPECT_EQ(blocked_step(0, -1, 300, 20, events), 0);
  EXPECT_EQ(events, Events{});
  EXPECT_EQ(blocked_step(5, -1, -300, 20, events), -(1 << 19));
  EXPECT_EQ(blocked_step(5, 1, -300, 20, events), (1 << 19) - 1);
  EXPECT_EQ(events.saturation, 2U);
}

// docs/fidelity.md T-HIL-3.
TEST(Serial, HillSumStallsAt256) {
  const std::vector<double> ones(1000, 1.0);
  EXPECT_EQ(dot_of("e6m7", Accumulate::Serial, ones, ones), code_of(parse_format("e6m7"), 256));
  EXPECT_EQ(dot_of("e6m7", Accumulate::Exact, ones, ones), code_of(parse_format("e6m7"), 1000));
}

TEST(Fp32, EqualsTheHostsFusedSums) {
  const FormatSpec format = parse_format("fp32");
  Draw draw(5);
  for (int run = 0; run < 200; ++run) {
    std::vector<Code> a;
    std::vector<Code> b;
    float sum = 0;
    for (int k = 0; k < 50; ++k) {
      a.push_back((draw.bits() & 0x807fffffU) | (100 + draw.bits() % 50) << 23);
      b.push_back((draw.bits() & 0x807fffffU) | (100 + draw.bits() % 50) << 23);
      sum = std::fma(std::bit_cast<float>(a.back()), std::bit_cast<float>(b.back()), sum);
    }
    Events events;
    ASSERT_EQ(dot(format, {.policy = Accumulate::Fp32}, a, b, 0, 0, events), std::bit_cast<Code>(sum));
    ASSERT_EQ(events.inexact, 0U);
  }
}

TEST(Kulisch, IsOneRoundingAndFollowsIeeeSpecials) {
  const double inf = INFINITY;
  EXPECT_EQ(dot_of("fp32", Accumulate::Exact, {0x1p127, 0x1p-149, -0x1p127}, {0x1p127, 1, 0x1p127}), 1U);
  EXPECT_EQ(dot_of("fp16", Accumulate::Exact, {1, inf}, {1, 2}), 0x7c00U);
  EXPECT_EQ(dot_of("fp16", Accumulate::Exact, {inf, inf}, {1, -2}), 0x7e00U);
  EXPECT_EQ(dot_of("fp16", Accumulate::Exact, {inf}, {0}), 0x7e00U);
  EXPECT_EQ(dot_of("fp16", Accumulate::Exact, {-0.0}, {1}), 0x0000U);
  EXPECT_EQ(dot_of("bf16", Accumulate::Exact, {3, 5}, {7, -2}), code_of(parse_format("bf16"), 11));
}

TEST(Accumulator, ReluReplacesNegativeResults) {
  for (const char* word : {"posit8", "e6m7", "fp16", "fp32", "flex16+5", "dfp8", "fixed8.4"}) {
    const FormatSpec format = parse_format(word);
    const auto accumulator =
        make_accumulator(format, {.policy = default_accumulate(format), .rounding = format.default_rounding()}, 0, 0);
    for (const double sign : {1.0, -1.0}) {
      accumulator->clear();
      accumulator->add_bias(format.shared_exponent() ? code_of_mantissa(format, static_cast<int>(sign) * 3)
                                                     : code_of(format, sign * 3));
      const Code plain = accumulator->result(false, 0);
      EXPECT_NE(plain, 0U);
      EXPECT_EQ(accumulator->result(true, 0), sign > 0 ? plain : 0U) << word;
    }
  }
}

TEST(Accumulator, WrongSpecificationsAreInputErrors) {
  const FormatSpec posit = parse_format("posit8");
  const FormatSpec flex = parse_format("flex16+5");
  const FormatSpec hill = parse_format("e6m7");
  EXPECT_THROW(make_accumulator(posit, {.policy = Accumulate::Blocked}), InputError);
  EXPECT_THROW(make_accumulator(posit, {.policy = Accumulate::Exact, .acc_bits = 129}), InputError);
  EXPECT_THROW(make_accumulator(posit, {.policy = Accumulate::Exact, .acc_bits = 1}), InputError);
  EXPECT_THROW(make_accumulator(flex, {.policy = Accumulate::Blocked, .block = 0}), InputError);
  EXPECT_THROW(make_accumulator(flex, {.policy = Accumulate::Exact, .acc_bits = 65}), InputError);
  EXPECT_THROW(make_accumulator(flex, {.policy = Accumulate::Exact}, kLargestShift + 1), InputError);
  EXPECT_THROW(make_accumulator(hill, {.policy = Accumulate::Serial, .rounding = Rounding::Sr}), InputError);
  EXPECT_THROW(make_accumulator(hill, {.policy = Accumulate::Serial, .acc_bits = 20}), InputError);
  EXPECT_THROW(parse_accumulate("quire"), InputError);
}

TEST(Accumulator, DefaultWidthsAreTheDesigns) {
  EXPECT_EQ(default_acc_bits(parse_format("flex16+5"), {.policy = Accumulate::Blocked}), 37);
  EXPECT_EQ(default_acc_bits(parse_format("dfp8"), {}), 32);
  EXPECT_EQ(default_acc_bits(parse_format("dfp16"), {}), 48);
  EXPECT_EQ(default_acc_bits(parse_format("sdfp17"), {}), 64);
  // binary32: products of 2^-298 (LSB) to below 2^256, and 32 bits of carry and sign.
  EXPECT_EQ(default_acc_bits(parse_format("fp32"), {}), 256 + 298 + 32);
}

}  // namespace
}  // namespace binade::numerics
