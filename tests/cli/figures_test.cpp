// SPDX-License-Identifier: Apache-2.0
// What reports derive from counters, energy and time.
#include "sim/report/figures.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "sim/report/json_report.h"
#include "tests/cli/report_fixture.h"

namespace binade::sim {
namespace {

using spec::Counter;

TEST(BoundBy, GivesEachClockToOneCause) {
  auto run = example_report();
  run.machine.dram_gb_per_s = 24;  // 32 bytes a clock at 0.75 GHz: 2 clocks a burst
  struct Case {
    const char* word;
    std::vector<std::pair<Counter, std::uint64_t>> counters;
    BoundCycles cycles;  // array, vector, ports, dram, bus, latency
  };
  const std::vector<Case> cases{
      {"-", {}, {}},
      {"array", {{Counter::CoreBeats, 60}, {Counter::CoreOverhead, 4}, {Counter::ComputeStallLoad, 6}}, {60, 0, 0, 0, 0, 10}},
      {"vector", {{Counter::VectorBusy, 8}, {Counter::CoreBeats, 2}}, {2, 8, 0, 0, 0, 0}},
      {"ports",
       {{Counter::CoreBeats, 5}, {Counter::CoreStallA, 2}, {Counter::CoreStallB, 3}, {Counter::CoreStallOut, 4}},
       {5, 0, 9, 0, 0, 0}},
      // 30 clocks without work, of which 20 bursts of data fill at most all.
      {"dram",
       {{Counter::CoreBeats, 10},
        {Counter::ComputeStallLoad, 10},
        {Counter::ComputeStallStore, 15},
        {Counter::ComputeIdle, 5},
        {Counter::DramReadBursts, 12},
        {Counter::DramWriteBursts, 8},
        {Counter::BusBusy, 25}},
       {10, 0, 0, 30, 0, 0}},
      // The bus carries longer than the DRAM.
      {"bus", {{Counter::ComputeStallLoad, 30}, {Counter::DramReadBursts, 12}, {Counter::BusBusy, 25}}, {0, 0, 0, 0, 25, 5}},
      // Data moves in 8 of 30 clocks: more bandwidth saves no more than those.
      {"latency", {{Counter::ComputeStallLoad, 30}, {Counter::DramReadBursts, 4}, {Counter::BusBusy, 8}}, {0, 0, 0, 8, 0, 22}},
      // The first of equals.
      {"array", {{Counter::CoreBeats, 7}, {Counter::VectorBusy, 7}, {Counter::CoreOverhead, 7}}, {7, 7, 0, 0, 0, 7}}};
  for (const auto& each : cases) {
    spec::Counters counters;
    for (const auto& [counter, value] : each.counters) counters[counter] = value;
    EXPECT_EQ(bound_cycles(counters, run), each.cycles) << each.word;
    EXPECT_EQ(bound_by(bound_cycles(counters, run)), each.word);
  }
}

TEST(BoundBy, CausesOfALayerAddUpToItsClocks) {
  const auto run = example_report();
  std::mt19937_64 draw(1);
  for (int i = 0; i < 1000; ++i) {
    spec::Counters counters;
    for (std::size_t c = 0; c < spec::kCounterCount; ++c) counters[static_cast<Counter>(c)] = draw() % 1000;
    std::uint64_t clocks = 0, causes = 0;
    for (const auto& part : cycle_parts(counters)) clocks += part.cycles;
    for (const auto cycles : bound_cycles(counters, run)) causes += cycles;
    ASSERT_EQ(causes, clocks);
  }
}

TEST(RunFigures, FollowFromEnergyTimeAndSamples) {
  auto report = example_report();
  report.samples = 10;
  report.seconds_at_clock = 0.25;
  report.energy = {{"core mac", 3e12}, {"dram", 1e12}};
  report.layers.resize(1);
  report.layers[0].macs = 8;
  EXPECT_DOUBLE_EQ(*samples_per_second(report), 40);
  EXPECT_DOUBLE_EQ(*picojoule_per_mac(report.energy, total_macs(report)), 5e11);
  EXPECT_DOUBLE_EQ(energy_delay(report), 1);
  const auto json = to_json(report), row = comparison_to_json(std::vector{report}, false)["runs"][0];
  for (const auto& each : {json, row}) {
    EXPECT_DOUBLE_EQ(each["samples_per_second"].get<double>(), 40);
    EXPECT_DOUBLE_EQ(each["pj_per_mac"].get<double>(), 5e11);
    EXPECT_DOUBLE_EQ(each["energy_delay_js"].get<double>(), 1);
  }
  report.complete = false;
  EXPECT_FALSE(samples_per_second(report).has_value());
  EXPECT_FALSE(picojoule_per_mac(report.energy, 0).has_value());
}

TEST(Figures, NumbersAsPeopleReadThem) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(seconds_text(0), "0 s");
  EXPECT_EQ(seconds_text(1.5e-3), "1.50 ms");
  EXPECT_EQ(seconds_text(12.34e-6), "12.3 us");
  EXPECT_EQ(seconds_text(123.4), "123 s");
  EXPECT_EQ(energy_text(2.5e6), "2.50 uJ");
  EXPECT_EQ(sqnr_text(std::nullopt), "-");
  EXPECT_EQ(sqnr_text(std::numeric_limits<double>::infinity()), "exact");
}

}  // namespace
}  // namespace binade::sim
