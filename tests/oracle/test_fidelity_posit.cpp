// SPDX-License-Identifier: Apache-2.0
// docs/fidelity.md by test id: posit codec, quire and the order of roundings against the published values.
#include <gtest/gtest.h>

#include <cmath>

#include "models/numerics/accumulator.h"
#include "models/numerics/arithmetic.h"
#include "models/numerics/codec.h"
#include "tests/oracle/compare.h"

namespace binade::oracle {
namespace {

using numerics::Accumulate;
using numerics::AccumulateSpec;
using numerics::FormatSpec;
using numerics::parse_format;

Code encode_real(const char* word, const numerics::Unpacked& value) {
  numerics::Events events;
  return numerics::encode(parse_format(word), value, {}, events);
}
Code encode_real(const char* word, double value) { return encode_real(word, numerics::from_double(value)); }
double value_of(const char* word, Code code) { return numerics::to_double(numerics::decode(parse_format(word), code)); }

Code dot_of(const char* word, const AccumulateSpec& spec, const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<Code> codes_a;
  std::vector<Code> codes_b;
  for (const double x : a) codes_a.push_back(encode_real(word, x));
  for (const double x : b) codes_b.push_back(encode_real(word, x));
  numerics::Events events;
  return numerics::dot(parse_format(word), spec, codes_a, codes_b, 0, 0, events);
}

TEST(Posit, T_POS_1_RoundTripAndCodeOrder) {
  for (const char* word : {"posit8es0", "posit8es1", "posit8es2", "posit10", "posit12", "posit16"}) {
    const FormatSpec format = parse_format(word);
    const std::int64_t half = std::int64_t{1} << (format.bits - 1);
    double previous = -INFINITY;
    for (std::int64_t signed_code = -half + 1; signed_code < half; ++signed_code) {
      const Code code = static_cast<Code>(signed_code) & static_cast<Code>(2 * half - 1);
      const double value = value_of(word, code);
      EXPECT_LT(previous, value) << word << " " << code;
      EXPECT_EQ(encode_real(word, value), code) << word;
      previous = value;
    }
    EXPECT_TRUE(numerics::decode(format, static_cast<Code>(half)).is_nan());
  }
}

TEST(Posit, T_POS_2_Roundings) {
  const auto third = numerics::div(numerics::from_double(1), numerics::from_double(3));
  EXPECT_EQ(encode_real("posit8", 1 + 1 / 32.0), 0x40u);
  EXPECT_EQ(encode_real("posit8", third), 0x33u);
  EXPECT_EQ(value_of("posit8", 0x33), 11 / 32.0);
  EXPECT_EQ(encode_real("posit8", 0.1), 0x25u);
  EXPECT_EQ(value_of("posit8", 0x25), 13 / 128.0);
  EXPECT_EQ(encode_real("posit8", 144), 0x6cu);
  EXPECT_EQ(encode_real("posit8", 0x1p22), 0x7eu);
  EXPECT_EQ(encode_real("posit8", 0x1p22 + 1), 0x7fu);
  EXPECT_EQ(encode_real("posit8", 0x1p-30), 0x01u);
  EXPECT_EQ(encode_real("posit16", numerics::decode(parse_format("posit8"), 0x6c)), 0x6c00u);
  EXPECT_EQ(encode_real("posit16", third), 0x32abu);
  EXPECT_EQ(encode_real("posit12", third), 0x32bu);
}

TEST(Posit, T_POS_2_UnderflowRoundsToZero) {
  for (const double sign : {1.0, -1.0}) {
    const auto code = [&](const char* word, double magnitude) { return encode_real(word, sign * magnitude); };
    const auto signed_code = [&](Code one, Code mask) { return sign > 0 ? one : (0 - one) & mask; };
    EXPECT_EQ(code("posit8u", 0x1p-28), 0x00u);
    EXPECT_EQ(code("posit8u", 0x1.0000000000001p-28), signed_code(0x01, 0xff));
    EXPECT_EQ(code("posit8u", 0x1p-27), signed_code(0x01, 0xff));
    EXPECT_EQ(code("posit8u", 0x1p-30), 0x00u);
    EXPECT_EQ(code("posit8u", 0x1p-24), signed_code(0x01, 0xff));
    EXPECT_EQ(code("posit4es1u", 0x1p-6), 0x0u);
    EXPECT_EQ(code("posit4es1u", 0x1.8p-6), signed_code(0x1, 0xf));
    EXPECT_EQ(code("posit8", 0x1p-28), signed_code(0x01, 0xff));
  }
}

TEST(Posit, T_POS_2_UnderflowIsCountedEitherWay) {
  for (const double value : {0x1p-40, 0x1p-28, 0x1p-27}) {
    for (const char* word : {"posit8", "posit8u"}) {
      numerics::Events events;
      numerics::encode(parse_format(word), numerics::from_double(value), {}, events);
      EXPECT_EQ(events, (numerics::Events{.underflow = 1, .inexact = 1})) << word << ' ' << value;
    }
  }
}

TEST(Posit, T_POS_2_WideningAppendsZeros) {
  for (Code code = 0; code < 256; ++code) {
    EXPECT_EQ(encode_real("posit16", numerics::decode(parse_format("posit8"), code)), code << 8);
    EXPECT_EQ(encode_real("posit32", numerics::decode(parse_format("posit8"), code)), code << 24);
  }
}

TEST(Posit, T_POS_3_SumWithAndWithoutQuire) {
  const std::vector<double> a{2, 2, 2, 2};
  const std::vector<double> b{10, 10, 10, 2};
  EXPECT_EQ(value_of("posit8es0", dot_of("posit8es0", {Accumulate::Serial}, a, b)), 32);
  EXPECT_EQ(value_of("posit8es0", dot_of("posit8es0", {Accumulate::Exact}, a, b)), 64);
}

TEST(Posit, T_POS_4_QuireCancellation) {
  EXPECT_EQ(value_of("posit16", dot_of("posit16", {}, {4096, 1, -4096}, {1, 0.5, 1})), 0.5);
  numerics::Unpacked chained = numerics::from_double(0);
  for (const auto& [x, y] : {std::pair{4096.0, 1.0}, {1.0, 0.5}, {-4096.0, 1.0}}) {
    const Code sum = encode_real("posit16", numerics::fma(numerics::from_double(x), numerics::from_double(y), chained));
    chained = numerics::decode(parse_format("posit16"), sum);
  }
  EXPECT_TRUE(chained.is_zero());
}

TEST(Posit, T_POS_4_QuireGeometry) {
  const FormatSpec posit8 = parse_format("posit8");
  EXPECT_EQ(numerics::default_acc_bits(posit8, {}), 128);
  EXPECT_EQ(numerics::default_acc_bits(parse_format("posit16"), {}), 256);
  EXPECT_EQ(numerics::default_acc_bits(parse_format("posit32"), {}), 512);
  // minpos^2 is one LSB: a w-bit accumulator takes 2^(w-1) - 1 of them and saturates on each more.
  const std::vector<Code> minpos(1000, 1);
  numerics::Events events;
  numerics::dot(posit8, {Accumulate::Exact, 10}, minpos, minpos, 0, 0, events);
  EXPECT_EQ(events.saturation, 1000u - 511u);
  // maxpos^2 is bit 96: 98 bits hold it, 97 do not.
  for (const int acc_bits : {97, 98}) {
    numerics::Events of_maxpos;
    const std::vector<Code> maxpos{0x7f};
    numerics::dot(posit8, {Accumulate::Exact, acc_bits}, maxpos, maxpos, 0, 0, of_maxpos);
    EXPECT_EQ(of_maxpos.saturation, acc_bits == 97 ? 2u : 1u) << "the output clamps to maxpos in both";
  }
}

TEST(Posit, T_POS_4_NarIsSticky) {
  const FormatSpec posit8 = parse_format("posit8");
  for (const auto policy : {Accumulate::Exact, Accumulate::Serial, Accumulate::Fp32}) {
    numerics::Events events;
    const std::vector<Code> a{0x40, 0x80, 0x40};
    const std::vector<Code> b{0x40, 0x00, 0x40};
    EXPECT_EQ(numerics::dot(posit8, {policy}, a, b, 0, 0, events), 0x80u);
  }
}

TEST(Posit, T_POS_5_BiasInsideTheQuireDiffersFromBiasAfterRounding) {
  const FormatSpec posit8 = parse_format("posit8");
  int different = 0;
  for (std::uint64_t output = 0; output < 10; ++output) {
    const auto weight = [&](std::uint64_t i) {
      return encode_real("posit8", std::ldexp(static_cast<double>(mix(i) >> 40), -24) * 0.4 - 0.2);
    };
    const Code bias = weight(output);
    const auto quire = numerics::make_accumulator(posit8, {});
    for (std::uint64_t k = 0; k < 84; ++k)
      quire->mac(weight(1000 + 84 * output + k), encode_real("posit8", std::ldexp(static_cast<double>(mix(5000 + k) >> 40), -23)));
    const Code rounded_sum = quire->result(false, 0);
    quire->add_bias(bias);
    const Code inside = quire->result(false, 0);
    const Code after = encode_real("posit8", numerics::add(numerics::decode(posit8, rounded_sum), numerics::decode(posit8, bias)));
    different += inside != after;
  }
  EXPECT_GT(different, 0);
}

}  // namespace
}  // namespace binade::oracle
