// SPDX-License-Identifier: Apache-2.0
// Codecs: published tables and spot values, and round trips of every code.
#include "models/numerics/codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "models/numerics/encoded_tensor.h"

namespace binade::numerics {
namespace {

double value_of(const std::string& word, Code code) { return to_double(decode(parse_format(word), code)); }

Code code_of(const std::string& word, double value, Rounding rounding) {
  Events events;
  return encode(parse_format(word), from_double(value), {.rounding = rounding}, events);
}
Code code_of(const std::string& word, double value) { return code_of(word, value, parse_format(word).default_rounding()); }

Events events_of(const std::string& word, double value, Rounding rounding) {
  Events events;
  encode(parse_format(word), from_double(value), {.rounding = rounding}, events);
  return events;
}

// docs/fidelity.md 2.1, the table of positive posit(8,2) codes.
TEST(PositCodec, TableOfPosit8) {
  const std::vector<double> first{0,         0x1p-24,   0x1p-20,   0x1p-18,   0x1p-16,   0x1p-15,  0x1p-14,   0x1p-13,  0x1p-12,
                                  3. / 8192, 1. / 2048, 3. / 4096, 1. / 1024, 3. / 2048, 1. / 512, 3. / 1024, 1. / 256, 5. / 1024,
                                  3. / 512,  7. / 1024, 1. / 128,  5. / 512,  3. / 256,  7. / 512, 1. / 64,   5. / 256, 3. / 128,
                                  7. / 256,  1. / 32,   5. / 128,  3. / 64,   7. / 128,  1. / 16};
  for (Code code = 0; code < first.size(); ++code) EXPECT_EQ(value_of("posit8", code), first[code]) << code;
  for (Code code = 0x20; code < 0x40; ++code)  // eighths of binades from 1/16 to 1
    EXPECT_EQ(value_of("posit8", code), std::ldexp(1 + (code % 8) / 8.0, static_cast<int>(code / 8) - 8)) << code;
  for (Code code = 0x40; code < 0x60; ++code)
    EXPECT_EQ(value_of("posit8", code), std::ldexp(1 + (code % 8) / 8.0, static_cast<int>(code / 8) - 8)) << code;
  const std::vector<double> last{16,   20,   24,   28,     32,     40,     48,     56,     64,     80,    96,
                                 112,  128,  160,  192,    224,    256,    384,    512,    768,    1024,  1536,
                                 2048, 3072, 4096, 0x1p13, 0x1p14, 0x1p15, 0x1p16, 0x1p18, 0x1p20, 0x1p24};
  for (Code i = 0; i < last.size(); ++i) EXPECT_EQ(value_of("posit8", 0x60 + i), last[i]) << i;
  EXPECT_TRUE(decode(parse_format("posit8"), 0x80).is_nan());
  for (Code code = 1; code < 0x80; ++code) EXPECT_EQ(value_of("posit8", 0x100 - code), -value_of("posit8", code));
}

// docs/fidelity.md T-POS-2.
TEST(PositCodec, PublishedRoundings) {
  EXPECT_EQ(code_of("posit8", 1 + 1. / 32), 0x40U);
  EXPECT_EQ(code_of("posit8", 1. / 3), 0x33U);
  EXPECT_EQ(code_of("posit8", 0.1), 0x25U);
  EXPECT_EQ(code_of("posit8", 144), 0x6cU);
  EXPECT_EQ(code_of("posit8", 0x1p22), 0x7eU);
  EXPECT_EQ(code_of("posit8", 0x1p22 + 1), 0x7fU);
  EXPECT_EQ(code_of("posit8", 0x1p-30), 0x01U);
  EXPECT_EQ(code_of("posit16", 1. / 3), 0x32abU);
  EXPECT_EQ(code_of("posit12", 1. / 3), 0x32bU);
  EXPECT_EQ(code_of("posit16", value_of("posit8", 0x6c)), 0x6c00U);
}

TEST(PositCodec, NoModeGivesZeroOrNaR) {
  for (const char* word : {"posit3es0", "posit4", "posit8", "posit16es1", "posit32", "posit32es4"})
    for (const Rounding mode : {Rounding::Rne, Rounding::Rtz, Rounding::Rhu, Rounding::Rha, Rounding::Sr})
      for (const double magnitude : {5e-324, 1e300})
        for (const double sign : {1.0, -1.0}) {
          const FormatSpec format = parse_format(word);
          Events events;
          const Code code = encode(format, from_double(sign * magnitude), {mode, 0, 0xffffffff, false}, events);
          const Unpacked back = decode(format, code);
          ASSERT_TRUE(back.is_finite()) << word;
          EXPECT_EQ(back.negative, sign < 0);
          EXPECT_EQ(events.saturation + events.underflow, 1U);
          EXPECT_EQ(events.inexact, 1U);
        }
}

TEST(Codec, EveryCodeRoundTripsInEveryMode) {
  for (const char* word : {"posit3", "posit5es3", "posit8", "posit8es0", "posit16", "posit12es4", "e6m7", "e2m1", "e4m10", "fp16",
                           "bf16", "fp8e4m3", "fp8e5m2", "flex8+5", "dfp12", "sdfp8", "fixed16.8", "fixed7.20"}) {
    const FormatSpec format = parse_format(word);
    for (const Rounding mode : {Rounding::Rne, Rounding::Rtz, Rounding::Rhu, Rounding::Rha, Rounding::Sr})
      for (Code code = 0; code < Code{1} << format.bits; ++code) {
        const Unpacked value = decode(format, code, -3);
        Events events;
        const Code again = encode(format, value, {mode, -3, 0xffffffff, false}, events);
        const Unpacked back = decode(format, again, -3);
        const bool clamped = format.shared_exponent() && mantissa_of(format, code) < format.min_mantissa();
        if (!clamped) {
          ASSERT_EQ(back, value) << word << " code " << code;
          ASSERT_EQ(events, (Events{.nar = value.is_nan() ? 1U : 0U})) << word << " code " << code;
        } else {
          ASSERT_EQ(mantissa_of(format, again), format.min_mantissa());
        }
        if (!value.is_nan()) {
          ASSERT_EQ(from_double(to_double(value)), value) << word << " code " << code;
        }
      }
  }
}

// docs/fidelity.md T-HIL-1, T-HIL-2.
TEST(HillCodec, ExtremesAndTruncation) {
  EXPECT_EQ(value_of("e4m10", code_of("e4m10", 1e9)), 511.75);
  EXPECT_EQ(value_of("e4m10", 0x400), 0x1p-6);
  EXPECT_EQ(value_of("e6m7", code_of("e6m7", 1e12)), 8556380160.0);
  EXPECT_EQ(value_of("e6m7", 0x80), 0x1p-30);
  EXPECT_EQ(value_of("e6m7", code_of("e6m7", 0.1)), 0.099609375);
  EXPECT_EQ(code_of("e6m7", 1e-10), 0U);
  EXPECT_EQ(code_of("e6m7", -1e-10), 0U);
  EXPECT_EQ(value_of("fixed17.8", code_of("fixed17.8", 1e9)), 65535 / 256.0);  // 16 magnitude bits, centre radix
}

TEST(HillCodec, RoundsFirstThenFlushesOrSaturates) {
  const double below_min = 0x1.ffcp-7;  // e4m10: rounds up to the smallest normal 2^-6 only where M = 10 bits are cut upwards
  EXPECT_EQ(value_of("e4m10", code_of("e4m10", below_min, Rounding::Rne)), 0);
  EXPECT_EQ(value_of("e4m10", code_of("e4m10", 0x1.fffp-7, Rounding::Rne)), 0x1p-6);
  EXPECT_EQ(value_of("e4m10", code_of("e4m10", 0x1.fffp-7, Rounding::Rtz)), 0);
  EXPECT_EQ(events_of("e4m10", 511.9, Rounding::Rtz), (Events{.inexact = 1}));
  EXPECT_EQ(events_of("e4m10", 512, Rounding::Rtz), (Events{.saturation = 1, .inexact = 1}));
  EXPECT_EQ(events_of("e4m10", 511.9, Rounding::Rne), (Events{.saturation = 1, .inexact = 1}));
  EXPECT_EQ(code_of("e4m10", -std::numeric_limits<double>::infinity()), 0x7fffU);
  EXPECT_EQ(code_of("e4m10", std::numeric_limits<double>::quiet_NaN()), 0U);
}

TEST(IeeeCodec, AgreesWithTheHostsBinary32) {
  std::uint64_t state = 1;
  for (int i = 0; i < 200000; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    const int exponent = static_cast<int>(state >> 32) % 320 - 165;
    const double value = std::ldexp(static_cast<double>(static_cast<std::int64_t>(state)) * 0x1p-63, exponent);
    const auto expected = std::bit_cast<Code>(static_cast<float>(value));
    ASSERT_EQ(code_of("fp32", value), expected) << value;
  }
}

TEST(IeeeCodec, OverflowFollowsTheStandardOfEach) {
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(code_of("fp8e4m3", 464), 0x7eU);  // tie between 448 and 480, to even
  EXPECT_EQ(code_of("fp8e4m3", 464.1), 0x7fU);
  EXPECT_EQ(code_of("fp8e4m3", -1e6), 0x7fU);
  EXPECT_EQ(code_of("fp8e4m3", 1e6, Rounding::Rtz), 0x7eU);
  EXPECT_EQ(code_of("fp8e4m3", inf), 0x7fU);
  EXPECT_EQ(code_of("fp8e5m2", 61439), 0x7bU);
  EXPECT_EQ(code_of("fp8e5m2", -61440), 0xfcU);
  EXPECT_EQ(code_of("fp8e5m2", -61440, Rounding::Rtz), 0xfbU);
  EXPECT_EQ(code_of("fp8e5m2", -61440, Rounding::Rhu), 0xfbU);
  EXPECT_EQ(code_of("fp8e5m2", 61440, Rounding::Rhu), 0x7cU);
  EXPECT_EQ(events_of("fp8e4m3", 1e6, Rounding::Rne), (Events{.overflow = 1, .nar = 1, .inexact = 1}));
  EXPECT_EQ(events_of("fp8e5m2", 1e6, Rounding::Rne), (Events{.overflow = 1, .inexact = 1}));
  EXPECT_EQ(events_of("fp8e5m2", 1e6, Rounding::Rtz), (Events{.saturation = 1, .inexact = 1}));
  EXPECT_EQ(events_of("fp16", 1e-9, Rounding::Rne), (Events{.underflow = 1, .inexact = 1}));
  Events events;
  EXPECT_EQ(encode(parse_format("fp8e4m3"), from_double(-1e6), {.saturate_specials = true}, events), 0xfeU);
  EXPECT_EQ(events, (Events{.saturation = 1, .inexact = 1}));
}

TEST(IeeeCodec, CanonicalNaNs) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(code_of("fp32", -nan), 0x7fc00000U);
  EXPECT_EQ(code_of("fp16", nan), 0x7e00U);
  EXPECT_EQ(code_of("bf16", nan), 0x7fc0U);
  EXPECT_EQ(code_of("fp8e4m3", nan), 0x7fU);
  EXPECT_EQ(code_of("fp8e5m2", nan), 0x7eU);
}

TEST(IntegerCodec, TiesFollowTheMode) {
  const auto rounded = [](double value, Rounding mode) { return value_of("fixed8.0", code_of("fixed8.0", value, mode)); };
  for (const double sign : {1.0, -1.0}) {
    EXPECT_EQ(rounded(sign * 2.5, Rounding::Rne), sign * 2);
    EXPECT_EQ(rounded(sign * 3.5, Rounding::Rne), sign * 4);
    EXPECT_EQ(rounded(sign * 2.5, Rounding::Rha), sign * 3);
    EXPECT_EQ(rounded(sign * 2.5, Rounding::Rhu), sign > 0 ? 3 : -2);
    EXPECT_EQ(rounded(sign * 2.75, Rounding::Rhu), sign * 3);
    EXPECT_EQ(rounded(sign * 2.99, Rounding::Rtz), sign * 2);
    EXPECT_EQ(rounded(sign * 1000, Rounding::Rne), sign * 127);
  }
  EXPECT_EQ(value_of("flex8+5", code_of("flex8+5", -1000)), -128);
  EXPECT_EQ(events_of("fixed8.0", 127.5, Rounding::Rne), (Events{.saturation = 1, .inexact = 1}));
  EXPECT_EQ(events_of("fixed8.0", 0.5, Rounding::Rne), (Events{.underflow = 1, .inexact = 1}));
}

TEST(Stochastic, CarriesOfTheTop32DiscardedBits) {
  const FormatSpec format = parse_format("fixed8.0");
  for (const double fraction : {0.0, 0.25, 0.5, 0.75}) {
    const auto threshold = static_cast<std::uint64_t>((1 - fraction) * 0x1p32);
    for (const std::uint64_t u : {std::uint64_t{0}, threshold - 1, threshold, std::uint64_t{0xffffffff}}) {
      if (u > 0xffffffff) continue;
      for (const double sign : {1.0, -1.0}) {
        Events events;
        const Code code =
            encode(format, from_double(sign * (5 + fraction)), {Rounding::Sr, 0, static_cast<std::uint32_t>(u), false}, events);
        EXPECT_EQ(mantissa_of(format, code), sign * (u >= threshold ? 6 : 5)) << fraction << ' ' << u;
      }
    }
  }
}

TEST(Stochastic, BitsAreAPureFunctionAndUnbiased) {
  double sum = 0;
  constexpr int kDraws = 1 << 16;
  for (int i = 0; i < kDraws; ++i) {
    EXPECT_EQ(random_bits(1, 2, i), random_bits(1, 2, i));
    sum += random_bits(1, 2, i) * 0x1p-32;
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 4 * std::sqrt(1.0 / 12 / kDraws));
  EXPECT_NE(random_bits(1, 2, 3), random_bits(2, 2, 3));
  EXPECT_NE(random_bits(1, 2, 3), random_bits(1, 3, 3));
  EXPECT_NE(random_bits(0, 0, 0), random_bits(0, 0, std::uint64_t{1} << 32));
}

TEST(TensorCodec, TablesAndElementsAgree) {
  for (const char* word : {"posit8", "fp8e4m3", "e6m7", "dfp8", "fixed8.3"}) {
    const FormatSpec format = parse_format(word);
    std::vector<Code> codes;
    for (int repeat = 0; repeat < 2; ++repeat)
      for (Code code = 0; code < Code{1} << format.bits; ++code) codes.push_back(code);
    std::vector<double> values(codes.size());
    decode_tensor({format, shared_exponents(format, -5), codes}, values);
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const double expected = to_double(decode(format, codes[i], -5));
      ASSERT_TRUE(values[i] == expected || (std::isnan(values[i]) && std::isnan(expected))) << word << ' ' << codes[i];
    }
  }
}

TEST(TensorCodec, StochasticElementsDrawTheirIndex) {
  const FormatSpec format = parse_format("dfp8");
  const std::vector<double> values(256, 3.5);
  std::vector<Code> codes(values.size());
  Events events;
  encode_tensor(format, {.rounding = Rounding::Sr}, 7, 9, values, codes, events);
  int up = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    EXPECT_EQ(codes[i], random_bits(7, 9, i) >> 31 != 0 ? 4U : 3U);
    up += codes[i] == 4 ? 1 : 0;
  }
  EXPECT_NEAR(up, 128, 40);
  EXPECT_EQ(events.inexact, values.size());
  std::vector<Code> part(56);
  encode_tensor(format, {.rounding = Rounding::Sr}, 7, 9, std::span(values).last(part.size()), part, events, 200);
  EXPECT_TRUE(std::equal(part.begin(), part.end(), codes.begin() + 200));
}

}  // namespace
}  // namespace binade::numerics
