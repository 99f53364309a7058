// SPDX-License-Identifier: Apache-2.0
#include "models/cost/operand_streams.h"

#include <gtest/gtest.h>

#include "models/numerics/error.h"

namespace binade::cost {
namespace {

enum Function { kOne, kHamming, kWeight, kNonZero };

OperandMatrix means(const char* format, Activity activity) { return mean_sums(numerics::parse_format(format), activity); }

TEST(OperandStreams, UniformCodesHaveTheMeansOfTheirBits) {
  for (const auto& [word, bits] : {std::pair{"dfp8", 8}, {"posit16", 16}, {"flex12+5", 12}}) {
    const auto m = means(word, Activity::Uniform);
    EXPECT_EQ(m[kOne][kOne], 1);
    EXPECT_NEAR(m[kWeight][kOne], bits / 2.0, 0.02 * bits) << word;
    EXPECT_NEAR(m[kOne][kHamming], bits / 2.0, 0.02 * bits) << word;
    // A and B are drawn apart, so products have the products of the means.
    EXPECT_NEAR(m[kHamming][kWeight], m[kHamming][kOne] * m[kOne][kWeight], 0.02 * bits * bits) << word;
  }
}

TEST(OperandStreams, ActivationsAreHalfZerosAndThreeInSixteenWeightsPruned) {
  for (const char* word : {"dfp8", "posit8", "fp8e4m3", "bf16", "e6m7"}) {
    const auto m = means(word, Activity::NeuralNetwork);
    EXPECT_GT(m[kNonZero][kOne], 0.35) << word;
    EXPECT_LT(m[kNonZero][kOne], 0.6) << word;
    EXPECT_GT(m[kOne][kNonZero], 0.7) << word;
    EXPECT_LT(m[kOne][kNonZero], 0.83) << word;
    EXPECT_EQ(m, means(word, Activity::NeuralNetwork)) << word;
  }
}

TEST(OperandStreams, HeldWeightsChangeOnceInSixteen) {
  const auto moving = means("dfp8", Activity::NeuralNetwork), held = means("dfp8", Activity::WeightStationary);
  EXPECT_NEAR(held[kOne][kHamming], moving[kOne][kHamming] / 16, 0.05);
  EXPECT_NEAR(held[kHamming][kOne], moving[kHamming][kOne], 0.1);
}

TEST(OperandStreams, SparseOnesHaveHalfOfTheCodes) {
  const auto full = means("dfp8", Activity::NeuralNetwork), half = means("dfp8", Activity::Sparse);
  EXPECT_NEAR(half[kNonZero][kOne], full[kNonZero][kOne] / 2, 0.02);
  EXPECT_NEAR(half[kOne][kNonZero], full[kOne][kNonZero] / 2, 0.02);
}

TEST(OperandStreams, WordsAreThoseOfTheActivities) {
  EXPECT_EQ(parse_activity("uniform"), Activity::Uniform);
  EXPECT_EQ(parse_activity("sparse"), Activity::Sparse);
  EXPECT_THROW(parse_activity("dense"), InputError);
}

}  // namespace
}  // namespace binade::cost
