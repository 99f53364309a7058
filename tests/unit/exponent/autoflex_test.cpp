// SPDX-License-Identifier: Apache-2.0
// Algorithms 1 and 2 in both arithmetics: histories with overflow, all-zero tensors, the clamp, the infrequent rule.
#include "models/exponent/autoflex.h"

#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "models/numerics/error.h"

namespace binade::exponent {
namespace {

constexpr AutoflexArithmetic kBoth[] = {AutoflexArithmetic::Published, AutoflexArithmetic::Integer};

using Case = std::tuple<AutoflexArithmetic, const char*, int>;  // arithmetic, preset, N
class AutoflexProduct : public testing::TestWithParam<Case> {
 protected:
  AutoflexArithmetic arithmetic() const { return std::get<0>(GetParam()); }
  AutoflexParameters parameters() const { return autoflex_preset(std::get<1>(GetParam()), std::get<2>(GetParam())); }
  int bits() const { return std::get<2>(GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(All, AutoflexProduct,
                         testing::Combine(testing::ValuesIn(kBoth), testing::Values("paper", "ngraph"),
                                          testing::Values(8, 12, 16, 24, 32)));

TEST_P(AutoflexProduct, OneTouchFollowsTheFormula) {
  for (int lsb = -32; lsb <= 0; lsb += 4) {
    for (std::uint64_t gamma = 1; !autoflex_overflows(bits(), gamma); gamma = gamma * 3 + 1) {
      Autoflex tensor(parameters(), lsb, arithmetic());
      tensor.record(gamma);
      // No deviation: chi is an integer number of LSB, alpha (Gamma + 100), below 2^34 and thus exact in binary64.
      const double chi = parameters().alpha * (static_cast<double>(gamma) + 100);
      const int expected = std::ilogb(static_cast<float>(chi)) + lsb - (bits() - 2);
      EXPECT_EQ(tensor.predict(), std::clamp(expected, -32, 0)) << "Gamma " << gamma << " at 2^" << lsb;
    }
  }
}

TEST_P(AutoflexProduct, OverflowClearsTheHistoryAndPretendsOneMoreBit) {
  Autoflex tensor(parameters(), -20, arithmetic());
  const std::uint64_t full = (std::uint64_t{1} << (bits() - 1)) - 1;
  tensor.record(5);
  tensor.predict();
  const int used = tensor.lsb_exponent();
  tensor.record(full - 1);
  EXPECT_EQ(tensor.overflows(), 0U);
  ASSERT_EQ(tensor.history().size(), 2U);
  tensor.record(full);
  EXPECT_EQ(tensor.overflows(), 1U);
  ASSERT_EQ(tensor.history().size(), 1U);
  EXPECT_EQ(tensor.history().front(), (AutoflexTouch{2 * full, used}));
  // The most negative mantissa is an overflow too, of one LSB more.
  tensor.record(full + 1);
  EXPECT_EQ(tensor.overflows(), 2U);
  EXPECT_EQ(tensor.history().front().max_abs, 2 * (full + 1));
}

TEST_P(AutoflexProduct, AllZeroTensorShrinksToTheClamp) {
  Autoflex tensor(parameters(), 0, arithmetic());
  // chi = alpha gamma kappa, so every touch moves the exponent by floor(log2(100 alpha)) - (N-2) until the clamp.
  const int step = std::ilogb(100 * parameters().alpha) - (bits() - 2);
  int expected = 0;
  for (int touch = 0; touch < 40; ++touch) {
    tensor.record(0);
    expected = std::clamp(expected + step, -32, 0);
    EXPECT_EQ(tensor.predict(), expected);
  }
  if (bits() >= 12) {
    EXPECT_EQ(tensor.lsb_exponent(), -32);
  }
  EXPECT_EQ(tensor.overflows(), 0U);
}

TEST_P(AutoflexProduct, SaturatingTensorStaysAtTheUpperClamp) {
  Autoflex tensor(parameters(), -32, arithmetic());
  for (int touch = 1; touch <= 40; ++touch) {
    tensor.record((std::uint64_t{1} << (bits() - 1)) - 1);
    EXPECT_EQ(tensor.history().size(), 1U);
    EXPECT_LE(tensor.predict(), 0);
  }
  EXPECT_EQ(tensor.lsb_exponent(), 0);
  EXPECT_EQ(tensor.overflows(), 40U);
}

TEST_P(AutoflexProduct, PredictionNeedsANewTouch) {
  Autoflex tensor(parameters(), -10, arithmetic());
  EXPECT_EQ(tensor.predict(), -10);
  tensor.record(1);
  const int first = tensor.predict();
  EXPECT_EQ(tensor.predict(), first);  // not dirty: the shrinking gamma * kappa is not applied twice
}

TEST(Autoflex, OverflowGrowthPerStep) {
  for (const auto arithmetic : kBoth) {
    for (const auto& [preset, growth] : {std::pair{"ngraph", 2}, std::pair{"paper", 3}}) {  // x4, x8: docs/fidelity.md 1.5
      Autoflex tensor(autoflex_preset(preset, 16), -20, arithmetic);
      tensor.record(32767);
      EXPECT_EQ(tensor.predict(), -20 + growth) << preset;
    }
  }
}

TEST(Autoflex, KeepsAWindowOfTouches) {
  for (const auto arithmetic : kBoth) {
    AutoflexParameters parameters = autoflex_preset("paper", 16);
    for (const int window : {1, 2, 16}) {
      parameters.window = window;
      Autoflex tensor(parameters, -14, arithmetic);
      for (std::uint64_t i = 1; i <= 40; ++i) tensor.record(i);
      EXPECT_EQ(tensor.history().size(), static_cast<std::size_t>(window));
      EXPECT_EQ(tensor.history().back().max_abs, 40U);
      EXPECT_EQ(tensor.history().front().max_abs, static_cast<std::uint64_t>(41 - window));
    }
  }
}

TEST(Autoflex, NewParametersKeepTheHistory) {
  for (const auto arithmetic : kBoth) {
    AutoflexParameters parameters = autoflex_preset("paper", 16);
    Autoflex tensor(parameters, -14, arithmetic);
    for (std::uint64_t i = 1; i <= 10; ++i) tensor.record(28);
    EXPECT_EQ(tensor.predict(), -14 + 8 - 14);  // chi = 2 (28 + 100) LSB = 2^8 LSB
    tensor.record(28);
    parameters.alpha = 1;
    parameters.gamma = 0;
    parameters.window = 4;
    tensor.set_parameters(parameters);
    // Ten touches of 28 LSB and one at 2^-20, a 64th of that: a deviation of 7.9, so chi is 51.8 LSB.
    EXPECT_EQ(tensor.predict(), -14 + 5 - 14);
    tensor.record(28);
    EXPECT_EQ(tensor.history().size(), 4U);
    parameters.alpha = -1;
    EXPECT_THROW(tensor.set_parameters(parameters), InputError);
  }
}

TEST(Autoflex, CeilRuleDiffersOnlyAtPowersOfTwo) {
  for (const auto arithmetic : kBoth) {
    for (std::uint64_t gamma = 0; gamma < 3000; ++gamma) {
      AutoflexParameters parameters = autoflex_preset("ngraph", 16);
      Autoflex floor_tensor(parameters, -10, arithmetic);
      parameters.rule = ExponentRule::Ceil;
      Autoflex ceil_tensor(parameters, -10, arithmetic);
      floor_tensor.record(gamma);
      ceil_tensor.record(gamma);
      const std::uint64_t chi = gamma + 100;
      const int expected = (chi & (chi - 1)) == 0 ? 1 : 0;
      EXPECT_EQ(floor_tensor.predict() - ceil_tensor.predict(), expected) << chi;
    }
  }
}

TEST(Autoflex, ZeroChiMeansKappaOne) {
  for (const auto arithmetic : kBoth) {
    AutoflexParameters parameters;
    parameters.gamma = 0;
    Autoflex tensor(parameters, -20, arithmetic);
    tensor.record(0);
    EXPECT_EQ(tensor.predict(), 0);
  }
}

TEST(Autoflex, InfrequentTensorUsesItsLastTwoMaxima) {
  for (const auto arithmetic : kBoth) {
    const auto predict = [&](std::uint64_t global_age, std::initializer_list<std::uint64_t> maxima) {
      Autoflex tensor(autoflex_preset("ngraph", 16), -10, arithmetic);
      for (const auto gamma : maxima) tensor.record(gamma);
      return tensor.predict(global_age);
    };
    // One adjustment: the rule holds from global_age 16 on (1 <= age >> 4).
    // chi = max(last two) + 4096 LSB against max + 3 sd + 100 LSB: 20000, 300, 200 -> 4396 -> 2^12 against > 2^14.
    EXPECT_EQ(predict(15, {20000, 300, 200}), -10 + 15 - 14);
    EXPECT_EQ(predict(16, {20000, 300, 200}), -10 + 12 - 14);
    EXPECT_EQ(predict(16, {300, 20000, 200}), -10 + 14 - 14);
    EXPECT_EQ(predict(16, {0}), -10 + 12 - 14);
    EXPECT_EQ(predict(16, {12287}), -10 + 13 - 14);
    EXPECT_EQ(predict(16, {12288}), -10 + 14 - 14);
    // The paper's preset has no such rule.
    Autoflex paper(autoflex_preset("paper", 16), -10, arithmetic);
    paper.record(1);
    EXPECT_EQ(paper.predict(1000000), -10 + 7 - 14);
  }
}

TEST(Autoflex, TFlx3InitialisationTraces) {
  const auto run = [](double x) {
    return [x](int e) { return static_cast<std::uint64_t>(std::min(32767.0, std::nearbyint(std::ldexp(x, -e)))); };
  };
  const auto one = autoflex_initialise(16, -8, run(1));
  EXPECT_EQ(one.trace, (std::vector<AutoflexTry>{{-8, 257}}));
  EXPECT_EQ(one.lsb_exponent, -14);
  const auto large = autoflex_initialise(16, -8, run(300));
  EXPECT_EQ(large.trace, (std::vector<AutoflexTry>{{-8, 32768}, {-1, 601}}));
  EXPECT_EQ(large.lsb_exponent, -6);
  const auto zero = autoflex_initialise(16, -8, run(0));
  EXPECT_EQ(zero.trace.size(), 11U);
  EXPECT_EQ(zero.lsb_exponent, 0);
}

TEST(Autoflex, InitialisationFillsTheMantissa) {
  for (const int bits : {8, 12, 16, 24}) {
    for (const int start : {-8, 0}) {
      for (int octave = -20; octave <= 20; ++octave) {
        const double x = std::ldexp(1.3, octave);
        const double limit = std::ldexp(1.0, bits - 1) - 1;
        const auto run = [&](int e) { return static_cast<std::uint64_t>(std::min(limit, std::nearbyint(std::ldexp(x, -e)))); };
        const auto result = autoflex_initialise(bits, start, run);
        EXPECT_LE(result.trace.size(), 11U);
        const double stored = std::ldexp(x, -result.lsb_exponent);
        EXPECT_LT(stored, std::ldexp(1.0, bits - 1));
        // Filled to about N-2 bits: rounding while few bits were seen may cost a fraction of the last octave.
        EXPECT_GE(stored, std::ldexp(1.0, bits - 4)) << bits << ' ' << start << ' ' << octave;
      }
    }
  }
}

TEST(Autoflex, RejectsParametersOutOfRange) {
  AutoflexParameters parameters;
  EXPECT_THROW(autoflex_preset("neon", 16), InputError);
  parameters.bits = 33;
  EXPECT_THROW(Autoflex(parameters, 0), InputError);
  parameters = {};
  parameters.window = 0;
  EXPECT_THROW(Autoflex(parameters, 0), InputError);
  parameters = {};
  parameters.alpha = 0;
  EXPECT_THROW(Autoflex(parameters, 0), InputError);
  parameters = {};
  parameters.min_exponent = 1;
  EXPECT_THROW(Autoflex(parameters, 0), InputError);
  parameters = {};
  parameters.beta = 2.7;
  EXPECT_THROW(Autoflex(parameters, 0, AutoflexArithmetic::Integer), InputError);
  EXPECT_NO_THROW(Autoflex(parameters, 0, AutoflexArithmetic::Published));
}

}  // namespace
}  // namespace binade::exponent
