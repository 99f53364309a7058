// SPDX-License-Identifier: Apache-2.0
// The soak test tested: faults that are planted are found, made small and brought back; a path that nothing takes is a failure.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "models/datapath/check_command.h"
#include "models/kernels/simd/target.h"
#include "tests/soak/campaign.h"

namespace binade::soak {
namespace {

Options options_with(Plant plant, Group group) {
  Options options;
  options.seed = 7;
  options.groups = {group};
  options.targets = {kernels::simd_targets().front()};
  options.seconds = 1e9;
  options.cases = 60;
  options.plant = plant;
  return options;
}

class Planted : public testing::TestWithParam<std::tuple<Plant, Group>> {};

TEST_P(Planted, IsFoundMadeSmallAndBroughtBack) {
  const auto [plant, group] = GetParam();
  std::ostringstream said;
  const Options options = options_with(plant, group);
  const Report report = run(options, said);
  EXPECT_FALSE(report.passed());
  ASSERT_TRUE(report.minimal) << said.str();
  const auto& t = report.minimal->whole.command;
  EXPECT_EQ(t.m * t.n, 1) << said.str();
  const auto live = [](const auto& codes) {
    return std::count_if(codes.begin(), codes.end(), [](auto code) { return code != 0; });
  };
  if (plant == Plant::Bit) {
    EXPECT_EQ(t.k, 1) << said.str();
    ASSERT_EQ(report.minimal->whole.a.size(), 1U);
    EXPECT_EQ(report.minimal->whole.a.front() & 3, 3U) << said.str();
    EXPECT_EQ(live(report.minimal->whole.b), 0) << said.str();
  } else if (plant == Plant::Event) {
    EXPECT_LE(t.k, 2) << said.str();
  } else {
    EXPECT_EQ(t.k, 6) << said.str();
    EXPECT_EQ(live(report.minimal->whole.a) + live(report.minimal->whole.b), 0) << said.str();
  }
  EXPECT_NE(said.str().find("replay: binade_soak " + report.replay), std::string::npos) << said.str();

  Options again = options;
  again.only = std::stoull(report.replay.substr(report.replay.rfind(':') + 1));
  std::ostringstream replayed;
  EXPECT_EQ(run(again, replayed).differences, 1U) << replayed.str();
  again.plant = Plant::None;
  EXPECT_EQ(run(again, replayed).differences, 0U) << replayed.str();
}

INSTANTIATE_TEST_SUITE_P(Faults, Planted,
                         testing::Values(std::tuple{Plant::Bit, Group::Posit}, std::tuple{Plant::Bit, Group::Integer},
                                         std::tuple{Plant::Event, Group::Float}, std::tuple{Plant::Event, Group::Flex},
                                         std::tuple{Plant::Clock, Group::Posit}, std::tuple{Plant::Clock, Group::Integer}));

TEST(Soak, DirectedCasesReachEveryPath) {
  for (const Group group : {Group::Posit, Group::Float, Group::Flex, Group::Integer}) {
    Options options = options_with(Plant::None, group);
    options.targets = kernels::simd_targets();
    options.cases = directed_cases(group);
    std::ostringstream said;
    const Report report = run(options, said);
    EXPECT_TRUE(report.passed()) << said.str();
    EXPECT_EQ(report.cases, directed_cases(group));
  }
}

TEST(Soak, EveryPathBelongsToAGroup) {
  for (std::size_t path = 0; path < kernels::kKernelPaths; ++path) {
    bool taken = false;
    for (const Group group : {Group::Posit, Group::Float, Group::Flex, Group::Integer}) {
      const auto paths = paths_of(group);
      taken |= std::find(paths.begin(), paths.end(), static_cast<kernels::KernelPath>(path)) != paths.end();
    }
    EXPECT_TRUE(taken) << to_string(static_cast<kernels::KernelPath>(path));
  }
}

std::string problem_of(const Case& c) { return datapath::command_problem(c.whole.config, c.whole.command); }

TEST(Soak, EveryCaseIsOneThatCoresAccept) {
  constexpr std::uint64_t kCases = 3000;
  for (const Group group : {Group::Posit, Group::Float, Group::Flex, Group::Integer})
    for (std::uint64_t number = 0; number < kCases; ++number) {
      const Case c = draw_case(group, 11, number);
      ASSERT_EQ(problem_of(c), "") << to_string(c);
    }
}

// A quire of posit32es4 beside 64 columns: the bank holds 33 rows.
TEST(Soak, WideRegistersLeaveFewRowsOfPartialSums) {
  const Case c = draw_case(Group::Posit, 2765939656, 9310);
  EXPECT_EQ(problem_of(c), "") << to_string(c);
}

TEST(Soak, ACaseIsAFunctionOfItsNumber) {
  for (const std::uint64_t number : {0ULL, 9ULL, 1000ULL}) {
    const Case one = draw_case(Group::Float, 5, number), same = draw_case(Group::Float, 5, number);
    EXPECT_EQ(to_string(one), to_string(same));
    EXPECT_EQ(one.whole.a, same.whole.a);
    EXPECT_EQ(one.whole.b, same.whole.b);
    EXPECT_NE(draw_case(Group::Float, 6, number).whole.a, one.whole.a);
  }
}

}  // namespace
}  // namespace binade::soak
