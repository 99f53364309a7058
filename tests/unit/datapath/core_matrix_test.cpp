// SPDX-License-Identifier: Apache-2.0
// The product's promise at core level: fast == cycle in bits, clocks, stalls and events, and both == the literal accumulator.
#include <gtest/gtest.h>

#include "models/datapath/timing.h"
#include "models/kernels/fast_core.h"
#include "tests/unit/datapath/harness.h"

namespace binade::datapath::test {
namespace {

using numerics::Accumulate;
using numerics::AccumulateSpec;
using numerics::Rounding;

struct Row {
  const char* format;
  AccumulateSpec accumulate;
  const char* name;
};
std::ostream& operator<<(std::ostream& os, const Row& row) { return os << row.name; }

class CoreMatrix : public testing::TestWithParam<Row> {};

TEST_P(CoreMatrix, FastCycleAndLiteralAgree) {
  std::mt19937_64 random(std::hash<std::string>{}(GetParam().name));
  constexpr int kProblems = 60;
  for (int i = 0; i < kProblems; ++i) {
    const Problem problem = random_problem(random, GetParam().format, GetParam().accumulate);
    ASSERT_EQ(problem.config.validate(), std::vector<std::string>{}) << problem;
    const auto cycle = make_stepped_tile(make_cycle_core(problem.config));
    const auto fast = kernels::make_fast_core(problem.config);
    const Outcome stepped = run_tile(*cycle, problem), computed = run_tile(*fast, problem);
    ASSERT_EQ(stepped.out, computed.out) << problem;
    ASSERT_EQ(stepped.clocks, computed.clocks) << problem;
    ASSERT_EQ(stepped.stats, computed.stats) << problem;
    ASSERT_EQ(stepped.clocks.beats, tile_beats(problem.config, problem.command)) << problem;
    ASSERT_EQ(stepped.clocks.overhead, tile_overhead(problem.config, problem.command)) << problem;
    if (stores_raw(problem.config)) continue;
    const Outcome judged = literal_outcome(problem);
    ASSERT_EQ(stepped.out, judged.out) << problem;
    ASSERT_EQ(stepped.stats, judged.stats) << problem;
  }
}

constexpr AccumulateSpec exact(Rounding rounding = Rounding::Rne, int acc_bits = 0) {
  return {Accumulate::Exact, acc_bits, 32, rounding};
}
constexpr AccumulateSpec blocked(int block, int acc_bits = 0) { return {Accumulate::Blocked, acc_bits, block, Rounding::Rne}; }

INSTANTIATE_TEST_SUITE_P(Flex, CoreMatrix,
                         testing::Values(Row{"flex16+5", blocked(32), "flex16_blocked32"},
                                         Row{"flex16+5", blocked(4), "flex16_blocked4"},
                                         Row{"flex16+5", blocked(8, 31), "flex16_blocked8_acc31"},
                                         Row{"flex8+4", blocked(2), "flex8_blocked2"},
                                         Row{"flex32+8", blocked(8), "flex32_blocked8"}, Row{"flex16+5", exact(), "flex16_exact"},
                                         Row{"flex12+5", exact(Rounding::Sr, 26), "flex12_exact_sr_acc26"}),
                         testing::PrintToStringParamName());
INSTANTIATE_TEST_SUITE_P(Dfp, CoreMatrix,
                         testing::Values(Row{"dfp8", exact(), "dfp8"}, Row{"dfp16", exact(), "dfp16"},
                                         Row{"sdfp8", exact(Rounding::Rne, 14), "sdfp8_acc14"}, Row{"dfp32", exact(), "dfp32"},
                                         Row{"fixed16.8", exact(), "fixed16"},
                                         Row{"fixed9.3", exact(Rounding::Rhu, 18), "fixed9_rhu_acc18"},
                                         Row{"fixed12.4", exact(Rounding::Sr), "fixed12_sr"},
                                         Row{"fixed32.20", exact(), "fixed32"}),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace binade::datapath::test
