// SPDX-License-Identifier: Apache-2.0
// GEMM from DRAM to DRAM: the bits of kernels::gemm, and the same counters and sums over operands whichever core runs, starved or
// not.
#include <gtest/gtest.h>

#include <algorithm>

#include "models/datapath/timing.h"
#include "tests/support/instance_name.h"
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
  Bytes expected = expected_gemm(config, gemm, golden);
  append_bytes(std::vector{expected_operand_sums(config, gemm)}, expected);
  const auto program = [&](sim::Device& device) {
    Bytes output = run_gemm(config, gemm, device);
    append_bytes(device.arithmetic().operands, output);
    return output;
  };
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

enum class Memory { Starved, Wide, Ideal };

/// Array and memory of one point of the matrix.
struct Point {
  Dataflow dataflow;
  Overlap overlap;
  datapath::Edge edge;
  Memory memory;
  bool partial_k;
};

std::vector<Point> matrix() {
  std::vector<Point> points;
  for (const auto& [dataflow, overlap] :
       {std::pair{Dataflow::OutputStationary, Overlap::None}, std::pair{Dataflow::OutputStationary, Overlap::Drain},
        std::pair{Dataflow::OutputStationary, Overlap::Full}, std::pair{Dataflow::WeightStationary, Overlap::None},
        std::pair{Dataflow::WeightStationary, Overlap::Full}}) {
    for (const auto edge : {datapath::Edge::Ragged, datapath::Edge::Full}) {
      for (const Memory memory : {Memory::Starved, Memory::Wide, Memory::Ideal}) {
        for (const bool partial_k : {false, true}) points.push_back({dataflow, overlap, edge, memory, partial_k});
      }
    }
  }
  return points;
}

class GemmIn : public testing::TestWithParam<const char*> {};

// Every point of the matrix in every format, on random ragged shapes, with the remaining options drawn.
TEST_P(GemmIn, BothCoresEqualTheKernelEverywhere) {
  std::mt19937_64 random(std::hash<std::string>{}(GetParam()));
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
  };
  for (const Point& point : matrix()) {
    hw::PlatformConfig config = small_platform(GetParam());
    const numerics::FormatSpec& format = config.core.format.out;
    config.operand_sums = true;
    config.core.dataflow = point.dataflow;
    config.core.overlap = point.overlap;
    config.core.edge = point.edge;
    config.core.pe_latency = static_cast<int>(pick(1, 3));
    config.core.lane_interval = static_cast<int>(pick(1, 2));
    config.queue_depth = static_cast<int>(pick(1, 4));
    if (pick(0, 3) == 0) config.core.accumulate.policy = numerics::Accumulate::Fp32;
    if (point.memory == Memory::Wide) {
      config.scratchpad.banks = 64;
      config.bus = {.bytes_per_cycle = 64, .latency_cycles = 1, .burst_bytes = 256, .outstanding = 16};
      config.dram = {.preset = "hbm2", .channels = 4, .capacity_bytes = std::int64_t{1} << 24};
    }
    config.memory_ideal = point.memory == Memory::Ideal;

    GemmCase gemm;
    gemm.seed = random();
    gemm.m = pick(1, 13);
    gemm.n = pick(1, 11);
    gemm.k = pick(1, 19);
    gemm.tile_m = point.partial_k ? config.core.rows : 4 * pick(1, 3);
    gemm.tile_n = point.partial_k ? config.core.cols : 3 * pick(1, 3);
    gemm.tile_k = point.partial_k ? 4 * pick(1, 2) : 0;
    gemm.bias = pick(0, 1) == 1;
    gemm.relu = pick(0, 1) == 1;
    gemm.product_shift = format.family == numerics::Family::Flex    ? format.bits - 2
                         : format.family == numerics::Family::Fixed ? format.fraction_bits
                                                                    : 0;
    SCOPED_TRACE(std::string(to_string(point.dataflow)) + ' ' + std::string(to_string(point.overlap)) + ' ' +
                 std::string(to_string(point.edge)) + " memory " + std::to_string(static_cast<int>(point.memory)) + " m " +
                 std::to_string(gemm.m) + " n " + std::to_string(gemm.n) + " k " + std::to_string(gemm.k) + " tile_k " +
                 std::to_string(gemm.tile_k) + ' ' + std::string(to_string(config.core.accumulate.policy)));
    check(config, gemm);
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, GemmIn,
                         testing::Values("flex16+5", "flex8+5", "posit8", "posit16", "posit16es1", "e6m7", "e4m3", "fp32", "fp16",
                                         "bf16", "fp8e5m2", "dfp8", "dfp16", "sdfp8", "fixed12.6"),
                         [](const auto& tested) { return tests::instance_name(tested.param); });

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
  EXPECT_EQ(outcome.counters[Counter::SpadAReadBytes], outcome.counters[Counter::CoreAElements] * 4);
  EXPECT_LE(outcome.counters[Counter::SpadAReadBytes], vectors * 16);
}

// One port byte a clock: the core takes as long on an array of 4 x 3 that the tile fills as on one of 16 x 12 that it does not, but
// for the array's own fill and drain; and it reads the same bytes, from operands that fill the scratchpad's half.
TEST(Gemm, UnusedLanesNeitherReadNorWait) {
  GemmCase gemm;
  gemm.m = gemm.tile_m = 4, gemm.n = gemm.tile_n = 3, gemm.k = 250;
  std::vector<Outcome> outcomes;
  for (const auto& [rows, cols] : {std::pair{4, 3}, std::pair{16, 12}, std::pair{64, 100}}) {
    hw::PlatformConfig config = small_platform("fp32");
    config.scratchpad.banks = config.scratchpad.bank_bytes = 1;
    config.core.rows = rows, config.core.cols = cols;
    outcomes.push_back(run_in_child(config, CoreKind::Cycle, [&](sim::Device& device) { return run_gemm(config, gemm, device); }));
    ASSERT_EQ(outcomes.back().error, "");
    const spec::Counters &one = outcomes.front().counters, &this_one = outcomes.back().counters;
    EXPECT_EQ(outcomes.back().output, outcomes.front().output);
    for (const Counter counter : {Counter::SpadAReadBytes, Counter::SpadBReadBytes, Counter::SpadOWriteBytes, Counter::CoreStallA,
                                  Counter::CoreStallB, Counter::SpadAWriteBytes, Counter::LoadBytes})
      EXPECT_EQ(this_one[counter], one[counter]) << spec::kCounters[static_cast<std::size_t>(counter)].name;
    EXPECT_LE(this_one[Counter::ComputeBusy], one[Counter::ComputeBusy] + static_cast<std::uint64_t>(rows + 2 * cols));
  }
}

// Sums over operands are counted where they are asked for and there are operands.
TEST(Gemm, OperandsAreCountedOnlyWhereAsked) {
  const auto counted = [](bool asked, bool values) {
    hw::PlatformConfig config = small_platform("dfp8");
    config.operand_sums = asked;
    config.values = values;
    return run_in_child(config, CoreKind::Fast, [&](sim::Device& device) {
      run_gemm(config, {}, device);
      return Bytes(device.arithmetic().operands.size());
    });
  };
  EXPECT_EQ(counted(true, true).output.size(), 1U);
  EXPECT_EQ(counted(false, true).output.size(), 0U);
  EXPECT_EQ(counted(true, false).output.size(), 0U);
}

}  // namespace
}  // namespace binade::test
