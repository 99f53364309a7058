// SPDX-License-Identifier: Apache-2.0
// Schedules against their formulae.
#include "models/programs/learning_rate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "models/numerics/error.h"

namespace binade::programs {
namespace {

constexpr std::int64_t kSteps = 125, kEpochs = 10;
double factor(const char* words, std::uint64_t step) {
  return parse_learning_rate(words, "x").factor({.step = step, .steps_per_epoch = kSteps, .epochs = kEpochs});
}

TEST(LearningRate, Constant) {
  for (const std::uint64_t step : {0, 1, 1249}) EXPECT_EQ(factor("constant", step), 1);
}

TEST(LearningRate, StepsChangeBetweenEpochsOnly) {
  for (std::uint64_t step = 0; step < kSteps * kEpochs; ++step) {
    const auto epoch = static_cast<int>(step / kSteps);
    EXPECT_EQ(factor("halving:4", step), std::ldexp(1, -(epoch / 4))) << step;
    EXPECT_EQ(factor("step:1:0.25", step), std::ldexp(1, -2 * epoch)) << step;
    EXPECT_NEAR(factor("step:3:0.1", step), std::pow(0.1, epoch / 3), 1e-16) << step;
  }
}

TEST(LearningRate, CosineIsHalfAWaveOfTheRun) {
  double before = 2;
  for (std::uint64_t step = 0; step <= kSteps * kEpochs; ++step) {
    const double now = factor("cosine", step);
    EXPECT_NEAR(now, (1 + std::cos(std::numbers::pi * static_cast<double>(step) / (kSteps * kEpochs))) / 2, 4e-16) << step;
    EXPECT_LT(now, before) << step;
    before = now;
  }
  EXPECT_EQ(factor("cosine", 0), 1);
  EXPECT_EQ(factor("cosine", kSteps * kEpochs / 2), 0.5);
  EXPECT_EQ(factor("cosine", kSteps * kEpochs + 7), 0);  // never below
}

TEST(LearningRate, WarmUpRisesByEqualStepsAndMultiplies) {
  for (std::uint64_t step = 0; step < 2 * kSteps; ++step)
    EXPECT_EQ(factor("warmup:2", step), static_cast<double>(step + 1) / (2 * kSteps)) << step;
  EXPECT_EQ(factor("warmup:2", 2 * kSteps), 1);
  for (const std::uint64_t step : {0, 100, 249, 250, 1000}) {
    EXPECT_EQ(factor("cosine+warmup:2", step), factor("cosine", step) * factor("warmup:2", step));
    EXPECT_EQ(factor("warmup:2+halving:1", step), factor("halving:1", step) * factor("warmup:2", step));
  }
}

TEST(LearningRate, WordsGoBothWays) {
  for (const auto* words : {"constant", "step:4:0.1", "cosine", "constant+warmup:3", "cosine+warmup:5"}) {
    const auto rate = parse_learning_rate(words, "x");
    EXPECT_EQ(rate.text(), words);
    EXPECT_EQ(parse_learning_rate(rate.text(), "x"), rate);
  }
  EXPECT_EQ(parse_learning_rate("halving:4", "x"), parse_learning_rate("step:4:0.5", "x"));
  EXPECT_EQ(parse_learning_rate("warmup:3", "x"), parse_learning_rate("constant+warmup:3", "x"));
}

TEST(LearningRate, OtherWordsAreRefusedWithTheirPlace) {
  for (const auto* words :
       {"", "linear", "step", "step:4", "step:0:0.5", "step:4:0", "step:4:1.5", "step:4:nan", "step:4:0.5:1", "halving",
        "halving:x", "cosine:3", "cosine+constant", "warmup:0", "warmup", "warmup:1+warmup:2", "cosine+", "step:4,0.5"}) {
    try {
      parse_learning_rate(words, "train.schedule");
      ADD_FAILURE() << words;
    } catch (const InputError& error) {
      EXPECT_EQ(std::string(error.what()).rfind("train.schedule '", 0), 0U) << error.what();
      EXPECT_NE(std::string(error.what()).find("allowed: constant, step:EPOCHS:FACTOR"), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace binade::programs
