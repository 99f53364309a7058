// SPDX-License-Identifier: Apache-2.0
#include "models/exponent/autoflex_evaluator.h"

#include <gtest/gtest.h>

#include <limits>

#include "models/numerics/error.h"

namespace binade::exponent {
namespace {

const numerics::FormatSpec kFlex16{numerics::Family::Flex, 16, 5, 0, numerics::Specials::None};

struct Row {
  double x;
  int used;
  std::uint64_t gamma;
  bool overflow;
  int next;
};
void expect_rows(AutoflexEvaluator evaluator, std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    const AutoflexStep step = evaluator.touch(row.x);
    EXPECT_EQ(step.lsb_exponent, row.used) << row.x;
    EXPECT_EQ(step.max_mantissa, row.gamma) << row.x;
    EXPECT_EQ(step.overflow, row.overflow) << row.x;
    EXPECT_EQ(step.next_lsb_exponent, row.next) << row.x;
  }
}

TEST(AutoflexEvaluator, TFlx2PaperTable) {
  expect_rows(AutoflexEvaluator(kFlex16, "paper", -14, false), {{0.5, -14, 8192, false, -14},
                                                                {0.6, -14, 9830, false, -14},
                                                                {0.7, -14, 11469, false, -14},
                                                                {0.9, -14, 14746, false, -13},
                                                                {1.0, -13, 8192, false, -13},
                                                                {1.3, -13, 10650, false, -12},
                                                                {2.0, -12, 8192, false, -12},
                                                                {4.5, -12, 18432, false, -10}});
}

TEST(AutoflexEvaluator, OverflowIsReportedAndTheMaximumClamped) {
  // Gamma = 32767 = 2^15 - 1 is already an overflow; phi doubles: chi = 2 (65534 + 100) LSB, in [2^17, 2^18) LSB.
  expect_rows(AutoflexEvaluator(kFlex16, "paper", -14, false), {{5, -14, 32767, true, -11}, {5, -11, 10240, false, -11}});
  expect_rows(AutoflexEvaluator(kFlex16, "paper", 0, false), {{32766, 0, 32766, false, 0}});
  expect_rows(AutoflexEvaluator(kFlex16, "paper", 0, false), {{32766.5, 0, 32766, false, 0}});
  expect_rows(AutoflexEvaluator(kFlex16, "paper", 0, false), {{32766.75, 0, 32767, true, 0}});
  expect_rows(AutoflexEvaluator(kFlex16, "paper", -8, false), {{std::numeric_limits<double>::max(), -8, 32767, true, -5}});
}

TEST(AutoflexEvaluator, InitialisationReplacesTheStart) {
  AutoflexEvaluator evaluator(kFlex16, "paper", AutoflexEvaluator::kDefaultStart, true);
  const AutoflexStep first = evaluator.touch(300);
  EXPECT_EQ(first.trace, (std::vector<AutoflexTry>{{-8, 32768}, {-1, 601}}));
  EXPECT_EQ(first.lsb_exponent, -6);
  EXPECT_EQ(first.max_mantissa, 19200U);
  EXPECT_EQ(first.next_lsb_exponent, -5);  // chi = 2 (19200 + 100) LSB = 38600 LSB
  EXPECT_TRUE(evaluator.touch(300).trace.empty());
}

TEST(AutoflexEvaluator, FullHistoryRuleInBothPresets) {
  // The infrequent rule would keep 4096 LSB of margin: chi = 4096 LSB + ...; the full rule has 100.
  expect_rows(AutoflexEvaluator(kFlex16, "ngraph", -14, false), {{0, -14, 0, false, -22}});
}

TEST(AutoflexEvaluator, RejectsWhatIsNotAMaximum) {
  AutoflexEvaluator evaluator(kFlex16, "paper", -8, false);
  EXPECT_THROW(evaluator.touch(std::numeric_limits<double>::quiet_NaN()), InputError);
  EXPECT_THROW(evaluator.touch(std::numeric_limits<double>::infinity()), InputError);
  EXPECT_THROW(evaluator.touch(-1), InputError);
  EXPECT_THROW(AutoflexEvaluator(kFlex16, "paper", -513, false), InputError);
  EXPECT_THROW(AutoflexEvaluator(kFlex16, "flexsim", -8, false), InputError);
  EXPECT_THROW(AutoflexEvaluator({numerics::Family::Dfp, 16, 0, 0, numerics::Specials::None}, "paper", -8, false), InputError);
}

}  // namespace
}  // namespace binade::exponent
