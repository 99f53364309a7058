// SPDX-License-Identifier: Apache-2.0
// GEMM from DRAM to DRAM: the bits of kernels::gemm, and the same counters whichever core runs, starved or not.
#include <gtest/gtest.h>

#include <algorithm>

#include "models/datapath/timing.h"
#include "tests/system/hw/programs.h"

namespace binade::test {
namespace {

using datapath::Dataflow;
using datapath::Overlap;
using sim::CoreKind;
using spec::Counter;

std::string difference(const spec::Counters& a, const spec::Counters& b) {
  std::string text;
  for (std::size_t i = 0; i < spec::kCounterCount; ++i) {
    const auto counter = static_cast<Counter>(i);
    if (a[counter] == b[counter]) continue;
    text += std::string(spec::kCounters[i].name) + ": " + std::to_string(a[counter]) + " and " + std::to_string(b[counter]) + '\n';
  }
  return text;
}

/// Runs both cores and compares them with each other and with the golden kernel.
void check(const hw::PlatformConfig& config, const GemmCase& gemm) {
  datapath::TileStats golden;
  const Bytes expected = expected_gemm(config, gemm, golden);
  const auto program = [&](sim::Device& device) { return run_gemm(config, gemm, device); };
  const Outcome fast = run_in_child(config, CoreKind::Fast, program), cycle = run_in_child(config, CoreKind::Cycle, program);
  ASSERT_EQ(fast.error, "");
  ASSERT_EQ(cycle.error, "");
  EXPECT_EQ(fast.output, expected);
  EXPECT_EQ(cycle.output, expected);
  EXPECT_EQ(difference(fast.counters, cycle.counters), "");
  for (const Outcome* outcome : {&fast, &cycle}) {
    EXPECT_EQ(outcome->stats.max_abs, golden.max_abs);
    EXPECT_EQ(outcome->stats.overflows, golden.mantissa_overflows);
    EXPECT_EQ(outcome->stats.leading_bit, golden.leading_bit);
    EXPECT_EQ(outcome->counters[Counter::EventInexact], golden.events.inexact);
    EXPECT_EQ(outcome->counters[Counter::EventSaturation], golden.events.saturation);
    EXPECT_EQ(outcome->counters[Counter::CoreMacs], static_cast<std::uint64_t>(gemm.m * gemm.n * gemm.k));
    EXPECT_EQ(outcome->counters[Counter::CoreOutputs], static_cast<std::uint64_t>(gemm.m * gemm.n));
  }
}

struct Machine {
  std::string format;
  Dataflow dataflow;
  Overlap overlap;
};

std::string name_of(const testing::TestParamInfo<Machine>& tested) {
  std::string name = tested.param.format + "_" + std::string(to_string(tested.param.dataflow)) + "_" +
                     std::string(to_string(tested.param.overlap));
  std::replace(name.begin(), name.end(), '+', '_');
  return name;
}

class GemmOn : public testing::TestWithParam<Machine> {
 protected:
  hw::PlatformConfig config() const {
    hw::PlatformConfig platform = small_platform(GetParam().format);
    platform.core.dataflow = GetParam().dataflow;
    platform.core.overlap = GetParam().overlap;
    return platform;
  }
  GemmCase gemm() const {
    GemmCase gemm;
    gemm.bias = gemm.relu = true;
    gemm.product_shift = numerics::parse_format(GetParam().format).family == numerics::Family::Flex ? 14 : 0;
    return gemm;
  }
};

TEST_P(GemmOn, StarvedMemory) { check(config(), gemm()); }

TEST_P(GemmOn, WideMemory) {
  hw::PlatformConfig platform = config();
  platform.scratchpad.banks = 64;
  platform.bus = {.bytes_per_cycle = 64, .latency_cycles = 1, .burst_bytes = 256, .outstanding = 16};
  platform.dram = {.preset = "hbm2", .channels = 4, .capacity_bytes = std::int64_t{1} << 24};
  check(platform, gemm());
}

TEST_P(GemmOn, IdealMemory) {
  hw::PlatformConfig platform = config();
  platform.memory_ideal = true;
  check(platform, gemm());
}

TEST_P(GemmOn, PartialK) {
  GemmCase parts = gemm();
  parts.tile_m = 4;
  parts.tile_n = 3;
  parts.tile_k = 4;
  parts.m = 6;
  parts.n = 5;
  check(config(), parts);
}

constexpr auto kOs = Dataflow::OutputStationary;
constexpr auto kWs = Dataflow::WeightStationary;
INSTANTIATE_TEST_SUITE_P(Machines, GemmOn,
                         testing::Values(Machine{"flex16+5", kOs, Overlap::Full}, Machine{"flex16+5", kWs, Overlap::None},
                                         Machine{"posit8", kOs, Overlap::Drain}, Machine{"posit8", kWs, Overlap::Full},
                                         Machine{"e6m7", kOs, Overlap::None}, Machine{"e6m7", kWs, Overlap::Full},
                                         Machine{"dfp8", kOs, Overlap::Full}, Machine{"dfp16", kWs, Overlap::Full},
                                         Machine{"fp32", kOs, Overlap::Full}, Machine{"bf16", kWs, Overlap::None}),
                         name_of);

TEST(Gemm, IdealMemoryCostsTheTimingFunction) {
  hw::PlatformConfig config = small_platform("dfp8");
  config.memory_ideal = true;
  config.core.edge = datapath::Edge::Full;
  GemmCase gemm;
  gemm.tile_m = gemm.m;
  gemm.tile_n = gemm.n;
  const Outcome outcome =
      run_in_child(config, CoreKind::Cycle, [&](sim::Device& device) { return run_gemm(config, gemm, device); });
  ASSERT_EQ(outcome.error, "");
  datapath::CoreCommand command;
  command.m = gemm.m, command.n = gemm.n, command.k = gemm.k;
  EXPECT_EQ(outcome.counters[Counter::CoreBeats], datapath::tile_beats(config.core, command));
  EXPECT_EQ(outcome.counters[Counter::CoreStallA] + outcome.counters[Counter::CoreStallB] + outcome.counters[Counter::CoreStallOut],
            0u);
}

TEST(Gemm, StarvedArrayCountsItsStalls) {
  hw::PlatformConfig config = small_platform("fp32");
  config.scratchpad.banks = 1;  // an A vector of four 4-byte elements takes four clocks, a B vector three
  GemmCase gemm;
  const Outcome outcome = run_in_child(config, CoreKind::Fast, [&](sim::Device& device) { return run_gemm(config, gemm, device); });
  ASSERT_EQ(outcome.error, "");
  EXPECT_GT(outcome.counters[Counter::CoreStallA], 0u);
  const std::uint64_t vectors = outcome.counters[Counter::CoreAVectors];
  EXPECT_GE(outcome.counters[Counter::ComputeBusy], 4 * (vectors - 1));
  EXPECT_EQ(outcome.counters[Counter::SpadAReadBytes], vectors * 16);
}

}  // namespace
}  // namespace binade::test
