// SPDX-License-Identifier: Apache-2.0
// What is expected of operands: the means of streams, and for B that stays what counting finds.
#include "models/cost/expected_operands.h"

#include <gtest/gtest.h>

#include "models/cost/operand_streams.h"
#include "models/numerics/format_words.h"

namespace binade::cost {
namespace {

datapath::CoreConfig core(const char* a, const char* b, datapath::Dataflow dataflow) {
  datapath::CoreConfig config;
  config.format = {numerics::parse_format(a), numerics::parse_format(b), numerics::parse_format(a)};
  config.dataflow = dataflow;
  return config;
}

TEST(ExpectedOperands, AreTheMeansOfNeuralNetworksTimesTheMacs) {
  for (const auto& [a, b] : {std::pair{"dfp8", "dfp8"}, std::pair{"posit8", "posit16"}, std::pair{"e6m7", "e6m7"}}) {
    const auto config = core(a, b, datapath::Dataflow::OutputStationary);
    const OperandMatrix sums = expected_operands(config, 1000, 7), means = mean_sums(config.format, Activity::NeuralNetwork);
    EXPECT_EQ(sums[0][0], 1000);
    for (std::size_t f = 0; f < kOperandFunctions; ++f)
      for (std::size_t g = 0; g < kOperandFunctions; ++g) EXPECT_DOUBLE_EQ(sums[f][g], 1000 * means[f][g]) << a << f << g;
  }
}

// A code of B that stays enters once, from 0: then as many of its bits change as are set.
TEST(ExpectedOperands, OfBThatStaysChangeAsItEnters) {
  const auto config = core("dfp8", "dfp8", datapath::Dataflow::WeightStationary);
  const OperandMatrix sums = expected_operands(config, 1000, 50), means = mean_sums(config.format, Activity::NeuralNetwork);
  for (std::size_t f = 0; f < kOperandFunctions; ++f) {
    EXPECT_DOUBLE_EQ(sums[f][1], 50 * means[f][2]);
    EXPECT_DOUBLE_EQ(sums[f][2], 1000 * means[f][2]);
  }
  EXPECT_EQ(expected_operands(config, 1000, 0)[0][1], 0);
}

}  // namespace
}  // namespace binade::cost
