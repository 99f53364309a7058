// SPDX-License-Identifier: Apache-2.0
#include "models/exponent/sdfp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "models/exponent/dfp.h"

namespace binade::exponent {
namespace {

/// Sum of squared errors with a bias, from the values themselves.
double squared_error(const std::vector<double>& values, int bits, int bias) {
  double largest = 0;
  for (const double x : values) largest = std::max(largest, std::abs(x));
  const int exponent = dfp_exponent(largest, bits) + bias;
  const double limit = std::ldexp(1.0, bits - 1) - 1;
  double error = 0;
  for (const double x : values) {
    const double q = std::clamp(std::nearbyint(std::ldexp(x, -exponent)), -limit, limit);
    error += std::pow(x - std::ldexp(q, exponent), 2);
  }
  return error;
}

double cube(double x) { return x * x * x; }

/// Mean squared error of an element of bin [low, 2 low) in units of the LSB squared, as sdfp.h gives it.
double bin_error(double low, double largest) {
  if (low <= 0.25) return 7 * low * low / 3;
  if (low > largest) return (cube(2 * low - largest) - cube(low - largest)) / (3 * low);
  if (2 * low > largest) return ((low - 0.5) / 12 + 7.0 / 24) / low;
  return 1.0 / 12;
}

TEST(SdfpBias, CostIsTheErrorOfItsBin) {
  for (int bits = 2; bits <= 32; ++bits) {
    for (int bias = 0; bias >= kLeastSdfpBias; --bias) {
      for (int distance = 0; distance <= bits + 2; ++distance) {
        const double error = bin_error(std::ldexp(1.0, bits - 2 - bias - distance), std::ldexp(1.0, bits - 1) - 1);
        const double cost = std::ldexp(24 * error, bits + 6 + 2 * bias);
        EXPECT_NEAR(static_cast<double>(sdfp_cost(bits, bias, distance)) / cost, 1, 1e-6) << bits << ' ' << bias << ' ' << distance;
      }
    }
  }
}

TEST(SdfpBias, TheOneNearestZeroAmongEquals) {
  // What one more element of `filler` saves makes up exactly for what the top one loses, or for one less.
  int ties = 0;
  for (int bits = 3; bits <= 8; ++bits) {
    for (int filler = 1; filler <= bits + 2; ++filler) {
      const auto lost = static_cast<std::int64_t>(sdfp_cost(bits, -1, 0)) - static_cast<std::int64_t>(sdfp_cost(bits, 0, 0));
      const auto saved =
          static_cast<std::int64_t>(sdfp_cost(bits, 0, filler)) - static_cast<std::int64_t>(sdfp_cost(bits, -1, filler));
      if (saved <= 0) continue;
      LeadingBitHistogram histogram{};
      histogram[40] = static_cast<std::uint64_t>(saved);
      histogram[static_cast<std::size_t>(40 - filler)] = static_cast<std::uint64_t>(lost);
      EXPECT_EQ(choose_sdfp_bias(histogram, bits), 0) << bits << ' ' << filler;
      ++histogram[static_cast<std::size_t>(40 - filler)];
      EXPECT_LT(choose_sdfp_bias(histogram, bits), 0) << bits << ' ' << filler;
      ++ties;
    }
  }
  EXPECT_GT(ties, 20);
}

TEST(SdfpBias, ExactForUniformBins) {
  // Fill bins with evenly spaced magnitudes: the assumption holds, so the choice must be the true minimum.
  std::mt19937_64 generator(3);
  int shifted = 0;
  for (int trial = 0; trial < 120; ++trial) {
    const int bits = 3 + static_cast<int>(generator() % 6);
    std::vector<double> values;
    for (int bin = 0; bin < 12; ++bin) {
      // Few large elements, many small ones, to make a bias worth while now and then.
      const std::uint64_t count = generator() % 3 == 0 ? 0 : 32 << (generator() % (bin == 0 ? 1 : 8));
      for (std::uint64_t i = 0; i < count; ++i) {
        const double magnitude = std::ldexp(1 + (static_cast<double>(i) + 0.5) / static_cast<double>(count), -bin);
        values.push_back(i % 2 == 0 ? magnitude : -magnitude);
      }
    }
    if (values.empty()) continue;
    const int chosen = choose_sdfp_bias(leading_bits(values), bits);
    double best = squared_error(values, bits, 0);
    for (int bias = -1; bias >= -3; --bias) best = std::min(best, squared_error(values, bits, bias));
    EXPECT_LE(squared_error(values, bits, chosen), best * 1.02) << bits << ' ' << chosen;
    shifted += chosen != 0 ? 1 : 0;
  }
  EXPECT_GT(shifted, 10);
}

TEST(SdfpBias, LongTailedGradientsGainFromClipping) {
  std::mt19937_64 generator(5);
  std::normal_distribution<double> normal;
  std::vector<double> values;
  for (int i = 0; i < 200000; ++i) values.push_back(1e-3 * normal(generator));
  values.push_back(0.02);  // one far outlier
  const int chosen = choose_sdfp_bias(leading_bits(values), 8);
  EXPECT_LT(chosen, 0);
  EXPECT_LT(squared_error(values, 8, chosen), squared_error(values, 8, 0));
}

TEST(SdfpBias, NoneWhereNothingIsGained) {
  EXPECT_EQ(choose_sdfp_bias(LeadingBitHistogram{}, 8), 0);
  for (int bits = 2; bits <= 16; ++bits) {
    for (std::size_t bin = 0; bin < 64; ++bin) {
      LeadingBitHistogram histogram{};
      histogram[bin] = 1000;
      EXPECT_EQ(choose_sdfp_bias(histogram, bits), 0);
    }
  }
}

TEST(SdfpBias, OnlyDistancesToTheTopBinMatter) {
  LeadingBitHistogram histogram{};
  histogram[12] = 1;
  histogram[10] = 3;
  histogram[5] = 2000000;
  const int chosen = choose_sdfp_bias(histogram, 8);
  EXPECT_LT(chosen, 0);
  for (std::size_t shift = 1; shift <= 51; ++shift) {
    LeadingBitHistogram moved{};
    for (std::size_t bin = 0; bin + shift < 64; ++bin) moved[bin + shift] = histogram[bin];
    EXPECT_EQ(choose_sdfp_bias(moved, 8), chosen);
  }
}

TEST(LeadingBits, CountsByOctaveBelowTheLargest) {
  const std::vector<double> values{0, 3.9, -2, 1.99, 1, -0.5, 0x1p-62, 0x1p-63, 0.0};
  LeadingBitHistogram expected{};
  expected[63] = 2;
  expected[62] = 2;
  expected[61] = 1;
  expected[0] = 1;  // 2^-62 is 63 octaves below 2^1; 2^-63 is out
  EXPECT_EQ(leading_bits(values), expected);
  EXPECT_EQ(leading_bits({}), LeadingBitHistogram{});
}

TEST(SdfpBias, PerTensorClass) {
  const SdfpBias bias{.weights = -1, .activations = std::nullopt, .gradients = -2};
  EXPECT_EQ(bias.of(TensorClass::Weight), -1);
  EXPECT_EQ(bias.of(TensorClass::Activation), std::nullopt);
  EXPECT_EQ(bias.of(TensorClass::Gradient), -2);
  EXPECT_EQ(SdfpBias{}.of(TensorClass::Gradient), 0);
}

}  // namespace
}  // namespace binade::exponent
