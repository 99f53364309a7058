// SPDX-License-Identifier: Apache-2.0
#include "models/exponent/quantize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "models/exponent/dfp.h"
#include "models/exponent/sdfp.h"
#include "models/numerics/error.h"

namespace binade::exponent {
namespace {

using numerics::parse_format;
using numerics::Rounding;

std::vector<std::int64_t> mantissas(const numerics::FormatSpec& format, const QuantizedTensor& tensor) {
  std::vector<std::int64_t> result;
  for (const auto code : tensor.codes) result.push_back(numerics::mantissa_of(format, code));
  return result;
}
using Mantissas = std::vector<std::int64_t>;

const std::vector<double> kExample{1, -.5, .3, .01, .004, -.003};

TEST(Quantize, TDfp1) {
  const auto dfp8 = parse_format("dfp8");
  const auto eight = quantize_tensor(dfp8, kExample);
  EXPECT_EQ(eight.lsb_exponent(), -6);
  EXPECT_EQ(mantissas(dfp8, eight), (Mantissas{64, -32, 19, 1, 0, 0}));
  EXPECT_EQ(eight.events.saturation, 0U);
  EXPECT_EQ(eight.events.underflow, 2U);
  const auto dfp16 = parse_format("dfp16");
  const auto sixteen = quantize_tensor(dfp16, kExample);
  EXPECT_EQ(sixteen.lsb_exponent(), -14);
  EXPECT_EQ(mantissas(dfp16, sixteen), (Mantissas{16384, -8192, 4915, 164, 66, -49}));
  const auto headroom = quantize_tensor(dfp16, kExample, {.add_shift = 2});
  EXPECT_EQ(headroom.lsb_exponent(), -12);
  EXPECT_EQ(mantissas(dfp16, headroom), (Mantissas{4096, -2048, 1229, 41, 16, -12}));
}

TEST(Quantize, TDfp2BiasZeroIsDfpAndMinusOneClips) {
  const auto dfp8 = parse_format("dfp8");
  const auto sdfp8 = parse_format("sdfp8");
  const auto plain = quantize_tensor(dfp8, kExample);
  const auto unbiased = quantize_tensor(sdfp8, kExample);
  EXPECT_EQ(unbiased.lsb_exponent(), plain.lsb_exponent());
  EXPECT_EQ(unbiased.codes, plain.codes);
  EXPECT_EQ(unbiased.events, plain.events);
  const auto finer = quantize_tensor(sdfp8, kExample, {.sdfp_bias = -1});
  EXPECT_EQ(finer.lsb_exponent(), -7);
  EXPECT_EQ(mantissas(sdfp8, finer), (Mantissas{127, -64, 38, 1, 1, 0}));
  EXPECT_EQ(finer.events.saturation, 1U);
}

TEST(Quantize, TDfp3Symmetric) {
  const auto dfp8 = parse_format("dfp8");
  const auto tensor = quantize_tensor(dfp8, std::vector<double>{1.999, -1.999});
  EXPECT_EQ(tensor.lsb_exponent(), -6);
  EXPECT_EQ(mantissas(dfp8, tensor), (Mantissas{127, -127}));
  EXPECT_EQ(tensor.events.saturation, 2U);
}

TEST(Quantize, FlexHostWritesAreAsymmetricAndTruncate) {
  const auto flex = parse_format("flex16+5");
  const QuantizeOptions host{.rounding = Rounding::Rtz};
  const auto one = quantize_tensor(flex, std::vector<double>{1, -10.1 / 16}, host);
  EXPECT_EQ(one.lsb_exponent(), -14);
  EXPECT_EQ(mantissas(flex, one), (Mantissas{16384, -10342}));  // -10342.4
  const auto large = quantize_tensor(flex, std::vector<double>{-32768, 40000, -40000});
  EXPECT_EQ(large.lsb_exponent(), 0);  // floor(log2 40000) - 14 = 1, clamped
  EXPECT_EQ(mantissas(flex, large), (Mantissas{-32768, 32767, -32768}));
  EXPECT_EQ(large.events.saturation, 2U);
  const auto tiny = quantize_tensor(flex, std::vector<double>{0x1p-40, 0x1p-32, -0x1.8p-33});
  EXPECT_EQ(tiny.lsb_exponent(), -32);
  EXPECT_EQ(mantissas(flex, tiny), (Mantissas{0, 1, -1}));
}

TEST(Quantize, ZeroTensors) {
  for (const char* word : {"flex16+5", "dfp8", "dfp16", "sdfp8"}) {
    for (const std::optional<int> bias : {std::optional<int>(0), std::optional<int>(-2), std::optional<int>()}) {
      const auto tensor = quantize_tensor(parse_format(word), std::vector<double>{0, -0.0, 0}, {.sdfp_bias = bias});
      EXPECT_EQ(tensor.lsb_exponent(), 0) << word;
      EXPECT_EQ(tensor.codes, (std::vector<numerics::Code>{0, 0, 0}));
      EXPECT_EQ(tensor.events, numerics::Events{});
    }
  }
}

/// One mantissa by the formula, in arithmetic of its own.
std::int64_t literal_mantissa(double x, int exponent, Rounding rounding, std::int64_t low, std::int64_t high) {
  const double scaled = std::ldexp(x, -exponent);
  double rounded = 0;
  switch (rounding) {
    case Rounding::Rtz:
      rounded = std::trunc(scaled);
      break;
    case Rounding::Rhu:
      rounded = std::floor(scaled) + (scaled - std::floor(scaled) >= 0.5 ? 1 : 0);
      break;
    case Rounding::Rha:
      rounded = std::round(scaled);
      break;
    default:
      rounded = std::nearbyint(scaled);
      break;
  }
  return static_cast<std::int64_t>(std::clamp(rounded, static_cast<double>(low), static_cast<double>(high)));
}

TEST(Quantize, RandomTensorsFollowTheFormula) {
  std::mt19937_64 generator(11);
  std::normal_distribution<double> normal;
  for (const char* word : {"flex8+5", "flex16+5", "dfp4", "dfp8", "dfp16", "sdfp8", "fixed8.4", "fixed16.12"}) {
    const auto format = parse_format(word);
    for (const auto rounding : {Rounding::Rne, Rounding::Rtz, Rounding::Rhu, Rounding::Rha}) {
      for (int trial = 0; trial < 20; ++trial) {
        const double scale = std::ldexp(1.0, static_cast<int>(generator() % 30) - 20);
        std::vector<double> values(64);
        for (auto& x : values) x = scale * normal(generator);
        for (std::size_t i = 0; i < 16; ++i) values[i] = std::ldexp(std::nearbyint(std::ldexp(values[i] / scale, 9)), -9) * scale;
        const int bias = -static_cast<int>(generator() % 4);
        const auto tensor = quantize_tensor(format, values, {.rounding = rounding, .sdfp_bias = bias});
        const double largest =
            std::abs(*std::max_element(values.begin(), values.end(), [](double a, double b) { return std::abs(a) < std::abs(b); }));
        const int top = static_cast<int>(std::floor(std::log2(largest)));
        const int expected = format.family == numerics::Family::Fixed  ? -format.fraction_bits
                             : format.family == numerics::Family::Flex ? std::clamp(top - (format.bits - 2), -32, 0)
                             : format.family == numerics::Family::Sdfp ? top - (format.bits - 2) + bias
                                                                       : top - (format.bits - 2);
        ASSERT_EQ(tensor.lsb_exponent(), expected);
        for (std::size_t i = 0; i < values.size(); ++i) {
          ASSERT_EQ(numerics::mantissa_of(format, tensor.codes[i]),
                    literal_mantissa(values[i], expected, rounding, format.min_mantissa(), format.max_mantissa()))
              << word << ' ' << values[i];
        }
      }
    }
  }
}

TEST(Quantize, AutomaticBiasIsTheHistogramsChoice) {
  std::vector<double> values(100000, 0.001);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] *= 1 + static_cast<double>(i % 997) / 997;
  values.push_back(0.2);
  const auto format = parse_format("sdfp8");
  const int bias = choose_sdfp_bias(leading_bits(values), 8);
  ASSERT_LT(bias, 0);
  EXPECT_EQ(tensor_exponent(format, values, {.sdfp_bias = std::nullopt}), dfp_exponent(0.2, 8) + bias);
}

TEST(Quantize, ElementFormatsHaveNoExponent) {
  for (const char* word : {"posit8", "e6m7", "fp32", "bf16"}) {
    const auto tensor = quantize_tensor(parse_format(word), std::vector<double>{1, -2, 0});
    EXPECT_EQ(tensor.lsb_exponent(), 0);
    std::vector<double> values(3);
    numerics::decode_tensor(tensor.view(), values);
    EXPECT_EQ(values, (std::vector<double>{1, -2, 0})) << word;
  }
}

TEST(Quantize, GivenExponent) {
  const auto format = parse_format("dfp16");
  const auto tensor = quantize_tensor(format, std::vector<double>{1, 100000}, {.lsb_exponent = -3});
  EXPECT_EQ(tensor.lsb_exponent(), -3);
  EXPECT_EQ(mantissas(format, tensor), (Mantissas{8, 32767}));
}

TEST(Quantize, StochasticRoundingIsReproducibleAndUnbiased) {
  const auto format = parse_format("dfp8");
  std::vector<double> values(20000, 0.3 / 64);
  values.push_back(1);
  const QuantizeOptions options{.rounding = Rounding::Sr, .seed = 3, .tensor = 5};
  const auto first = quantize_tensor(format, values, options);
  EXPECT_EQ(first.codes, quantize_tensor(format, values, options).codes);
  const auto ones = std::count(first.codes.begin(), first.codes.end(), 1U);
  EXPECT_NEAR(static_cast<double>(ones) / 20000, 0.3, 0.015);  // 4.6 standard deviations
  EXPECT_NE(first.codes, quantize_tensor(format, values, {.rounding = Rounding::Sr, .seed = 4, .tensor = 5}).codes);
}

TEST(Quantize, NonFiniteValuesAreInputErrors) {
  for (const char* word : {"flex16+5", "dfp8", "sdfp8", "fixed8.4", "posit8", "fp32"}) {
    for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity()}) {
      try {
        quantize_tensor(parse_format(word), std::vector<double>{1, 2, bad, 4});
        ADD_FAILURE() << word << " took " << bad;
      } catch (const InputError& error) {
        EXPECT_NE(std::string(error.what()).find("element 2"), std::string::npos) << error.what();
      }
    }
  }
}

}  // namespace
}  // namespace binade::exponent
