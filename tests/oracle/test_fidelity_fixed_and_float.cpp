// SPDX-License-Identifier: Apache-2.0
// docs/fidelity.md by test id: Hill's custom floats and fixed point, DFP and S-DFP.
#include <gtest/gtest.h>

#include <cmath>

#include "models/exponent/dfxp.h"
#include "models/exponent/quantize.h"
#include "models/numerics/accumulator.h"
#include "tests/oracle/compare.h"
#include "tests/oracle/reference/shared_exponent.h"
#include "tests/oracle/words.h"

namespace binade::oracle {
namespace {

using numerics::Accumulate;
using numerics::FormatSpec;
using numerics::parse_format;
using numerics::Rounding;

double rounded(const char* word, double value) {
  const FormatSpec format = parse_format(word);
  numerics::Events events;
  return numerics::to_double(numerics::decode(
      format, numerics::encode(format, numerics::from_double(value), {format.default_rounding(), 0, 0, false}, events)));
}

TEST(Hill, T_HIL_1_Extremes) {
  EXPECT_EQ(rounded("e4m10", 1e30), 511.75);
  EXPECT_EQ(rounded("e4m10", 0x1p-6), 0x1p-6);
  EXPECT_EQ(rounded("e4m10", 0x1.fffp-7), 0);
  EXPECT_EQ(rounded("e6m7", 1e30), 8'556'380'160.0);
  EXPECT_EQ(rounded("e6m7", 0x1p-30), 0x1p-30);
  EXPECT_EQ(rounded("e6m7", 0x1.fffp-31), 0);
  EXPECT_EQ(rounded("fixed17.8", 1e6), 65535 / 256.0);
  EXPECT_EQ(rounded("fixed17.8", -1e6), -65535 / 256.0);
}

TEST(Hill, T_HIL_1_FixedPointSumSaturatesAt256) {
  const FormatSpec format = parse_format("fixed17.8");
  const auto accumulator = numerics::make_accumulator(format, {Accumulate::Serial, 0, 32, Rounding::Rtz}, 8, 0);
  for (int k = 0; k < 400; ++k) accumulator->mac(256, 256);  // 1.0 * 1.0
  EXPECT_EQ(accumulator->result(false, 0), 65535u);
  EXPECT_EQ(accumulator->events().saturation, 400u - 255u);
}

TEST(Hill, T_HIL_2_Truncation) {
  EXPECT_EQ(rounded("e6m7", 0.1), 0.099609375);
  EXPECT_EQ(rounded("e6m7", 1e-10), 0);
  EXPECT_EQ(rounded("e8m2", 300), 256);  // M2 of the statement; its 14 exponent bits are beyond E = 8 and play no part
}

TEST(Hill, T_HIL_3_SerialAccumulationStalls) {
  const FormatSpec format = parse_format("e6m7");
  numerics::Events events;
  const Code one = numerics::encode(format, numerics::from_double(1), {}, events);
  const std::vector<Code> ones(1000, one);
  const auto sum = [&](Accumulate policy) {
    return numerics::to_double(
        numerics::decode(format, numerics::dot(format, {policy, 0, 32, Rounding::Rtz}, ones, ones, 0, 0, events)));
  };
  EXPECT_EQ(sum(Accumulate::Serial), 256);
  EXPECT_EQ(sum(Accumulate::Exact), 1000);
}

const std::vector<double> kSample{1, -.5, .3, .01, .004, -.003};

void expect_quantised(const char* word, const exponent::QuantizeOptions& options, int lsb_exponent,
                      const std::vector<std::int64_t>& mantissas) {
  const FormatSpec format = parse_format(word);
  const auto tensor = exponent::quantize_tensor(format, kSample, options);
  EXPECT_EQ(tensor.lsb_exponent(), lsb_exponent) << word;
  ASSERT_EQ(tensor.codes.size(), mantissas.size());
  for (std::size_t i = 0; i < mantissas.size(); ++i)
    EXPECT_EQ(numerics::mantissa_of(format, tensor.codes[i]), mantissas[i]) << word << " element " << i;
}

TEST(Dfp, T_DFP_1_Quantisation) {
  expect_quantised("dfp8", {}, -6, {64, -32, 19, 1, 0, 0});
  expect_quantised("dfp16", {}, -14, {16384, -8192, 4915, 164, 66, -49});
  exponent::QuantizeOptions headroom;
  headroom.add_shift = 2;
  expect_quantised("dfp16", headroom, -12, {4096, -2048, 1229, 41, 16, -12});
}

TEST(Dfp, T_DFP_2_BiasZeroIsDfpAndMinusOneHalvesTheLsb) {
  expect_quantised("sdfp8", {}, -6, {64, -32, 19, 1, 0, 0});
  exponent::QuantizeOptions finer;
  finer.sdfp_bias = -1;
  expect_quantised("sdfp8", finer, -7, {127, -64, 38, 1, 1, 0});
}

TEST(Dfp, T_DFP_3_Saturation) {
  for (const auto& [word, lowest] : {std::pair{"dfp8", -127}, {"sdfp8", -127}, {"flex8+5", -128}}) {
    const FormatSpec format = parse_format(word);
    numerics::Events events;
    const auto stored = [&](double value) {
      return numerics::mantissa_of(format,
                                   numerics::encode(format, numerics::from_double(value), {Rounding::Rne, -6, 0, false}, events));
    };
    EXPECT_EQ(stored(1.999), 127) << word;
    EXPECT_EQ(stored(-1.999), lowest) << word;
  }
}

TEST(Dfp, T_DFP_4_PowerOfTwoMaximum) {
  for (int bits = 4; bits <= 24; ++bits) {
    const FormatSpec format = parse_format("dfp" + std::to_string(bits));
    for (const double maximum : {0x1p-40, 0.25, 1.0, 0x1p77}) {
      const auto tensor = exponent::quantize_tensor(format, std::vector<double>{maximum, -maximum / 2, 0});
      EXPECT_EQ(numerics::mantissa_of(format, tensor.codes[0]), std::int64_t{1} << (bits - 2));
    }
  }
}

TEST(Dfp, T_DFP_4_LongestSumInInt32) {
  const FormatSpec dfp8 = parse_format("dfp8");
  EXPECT_EQ(numerics::default_acc_bits(dfp8, {}), 32);
  const auto saturations = [&](std::size_t length) {
    const std::vector<Code> a(length, 127);
    numerics::Events events;
    numerics::dot(dfp8, {}, a, a, 40, 0, events);
    return events.saturation;
  };
  EXPECT_EQ(saturations(131'071), 0u);
  EXPECT_EQ(saturations(2'147'483'647 / (127 * 127)), 0u);
  EXPECT_EQ(saturations(2'147'483'647 / (127 * 127) + 1), 1u);
}

class QuantiseAgainstOracle : public testing::TestWithParam<std::string> {};

TEST_P(QuantiseAgainstOracle, RandomTensors) {
  const Format format = parse(GetParam());
  const FormatSpec spec = parse_format(GetParam());
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    std::vector<double> values;
    const int centre = static_cast<int>(mix(seed) % 60) - 30;
    for (std::uint64_t i = 0; i < 40; ++i) {
      const std::uint64_t draw = mix(1000 * seed + i);
      values.push_back(
          std::ldexp(static_cast<double>(static_cast<std::int64_t>(draw) >> 11), centre - 52 - static_cast<int>(draw % 12)));
    }
    for (const int bias : {0, -1, -3, 2}) {
      if (bias != 0 && format.word.substr(0, 4) != "sdfp") continue;
      for (const Mode mode : {Mode::Rne, Mode::Rtz, Mode::Rhu, Mode::Rha}) {
        exponent::QuantizeOptions options;
        options.rounding = rounding(mode);
        options.sdfp_bias = bias;
        const auto actual = exponent::quantize_tensor(spec, values, options);
        const Quantised expected = quantise(format, values, mode, bias);
        ASSERT_EQ(actual.lsb_exponent(), expected.exponent) << "seed " << seed;
        for (std::size_t i = 0; i < values.size(); ++i) {
          ASSERT_EQ(numerics::mantissa_of(spec, actual.codes[i]), expected.mantissas[i]) << "seed " << seed << " element " << i;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, QuantiseAgainstOracle,
                         testing::Values("flex16+5", "flex8+5", "dfp8", "dfp16", "sdfp8", "sdfp16", "fixed8.4", "fixed17.8"),
                         NameOfWord());

TEST(Dfxp, Section_6_1_RangeFeedback) {
  // 10 % of the elements reach 2^5: the range grows until it holds them, then shrinks to the smallest that still does.
  exponent::DfxpParameters parameters;
  parameters.bits = 9;
  parameters.integer_bits = 3;
  parameters.period_batches = 2;
  exponent::DfxpRange range(parameters);
  std::vector<double> batch(100, 0.5);
  for (int i = 0; i < 10; ++i) batch[static_cast<std::size_t>(i)] = 30;
  std::vector<int> bits;
  for (int i = 0; i < 10; ++i) {
    range.observe(batch);
    bits.push_back(range.integer_bits());
  }
  EXPECT_EQ(bits, (std::vector<int>{3, 4, 4, 5, 5, 5, 5, 5, 5, 5}));
  EXPECT_EQ(range.lsb_exponent(), 5 - 9);
  EXPECT_EQ(range.quantise(0.03125), 0.0625) << "half an LSB goes away from zero";
  EXPECT_EQ(range.quantise(1000), 511 / 16.0);
  const std::vector<double> small(100, 0.5);
  for (int i = 0; i < 2; ++i) range.observe(small);
  EXPECT_EQ(range.integer_bits(), 4);
}

}  // namespace
}  // namespace binade::oracle
