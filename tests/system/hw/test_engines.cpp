// SPDX-License-Identifier: Apache-2.0
// The engines from the outside: what they move, in how many clocks, and who waits for whom.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "models/operations/vector_ops.h"
#include "tests/system/hw/programs.h"

namespace binade::test {
namespace {

using sim::CoreKind;
using spec::Counter;

constexpr std::int64_t kInput = 1 << 16, kResult = 1 << 20;

Bytes ramp(std::size_t count) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 256);
  return bytes;
}

spec::Vector copy(std::int64_t count) {
  spec::Vector d;
  d.op = static_cast<std::int64_t>(spec::VectorOp::Copy);
  d.count = count;
  return d;
}

/// Load `count` elements, copy them through the vector unit, store them.
Bytes round_trip(std::int64_t count, std::int64_t element_bytes, sim::Device& device) {
  const Bytes data = ramp(static_cast<std::size_t>(count * element_bytes));
  device.write_memory(kInput, data);
  spec::Header load, compute, store;
  load.push_next = compute.pop_prev = compute.push_next = store.pop_prev = 1;
  load.layer = compute.layer = store.layer = 3;
  DescriptorList list;
  list.add(spec::Opcode::Load, matrix_load(0, kInput, 1, count, count, element_bytes), load);
  list.add(spec::Opcode::Vector, copy(count), compute);
  list.add(spec::Opcode::Store, matrix_store(kResult, 1, count, count, element_bytes), store);
  list.finish();
  list.run(device);
  Bytes result(data.size());
  device.read_memory(kResult, result);
  return result;
}

TEST(Engines, MoveBytesThereAndBackInEveryElementSize) {
  for (const char* format : {"posit8", "fp16", "fp32"}) {
    const hw::PlatformConfig config = small_platform(format);
    const std::int64_t element = config.core.format.out.storage_bytes(), count = 203;
    const auto program = [&](sim::Device& device) { return round_trip(count, element, device); };
    const Outcome outcome = run_in_child(config, CoreKind::Fast, program);
    ASSERT_EQ(outcome.error, "");
    // NaN codes come back canonical; nothing else changes.
    const Bytes data = ramp(static_cast<std::size_t>(count * element));
    operations::VectorArithmetic arithmetic;
    Bytes expected(data.size());
    datapath::TileStats stats;
    arithmetic.run(config.formats().of(copy(count)), copy(count), data, {}, expected, stats);
    EXPECT_EQ(outcome.output, expected) << format;

    const spec::Counters& c = outcome.counters;
    const auto bytes = static_cast<std::uint64_t>(count * element), port = std::uint64_t{2 * 4};
    const auto clocks = [&](std::uint64_t n) { return (n + port - 1) / port; };
    EXPECT_EQ(c[Counter::LoadBusy], clocks(bytes));
    EXPECT_EQ(c[Counter::StoreBusy], clocks(bytes));
    EXPECT_EQ(c[Counter::LoadBytes], bytes);
    EXPECT_EQ(c[Counter::StoreBytes], bytes);
    EXPECT_EQ(c[Counter::LoadBursts], (bytes + 63) / 64);
    EXPECT_EQ(c[Counter::FetchDescriptors], 4u);
    EXPECT_EQ(c[Counter::VectorBusy], 8 + (203 + 3) / 4u);
    EXPECT_EQ(c[Counter::VectorOperations], 203u);
    EXPECT_EQ(c[Counter::SpadAWriteBytes], bytes);
    EXPECT_EQ(c[Counter::SpadAReadBytes], bytes);
    EXPECT_EQ(c[Counter::SpadOWriteBytes], bytes);
    EXPECT_EQ(c[Counter::SpadOReadBytes], bytes);
  }
}

TEST(Engines, IdealMemoryCostsOneClockADescriptor) {
  hw::PlatformConfig config = small_platform("fp32");
  config.memory_ideal = true;
  const Outcome outcome = run_in_child(config, CoreKind::Fast, [&](sim::Device& device) { return round_trip(50000, 4, device); });
  ASSERT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.counters[Counter::LoadBusy], 1u);
  EXPECT_EQ(outcome.counters[Counter::LoadStallMemory], 0u);
  EXPECT_EQ(outcome.counters[Counter::StoreBusy], 1u);
  EXPECT_EQ(outcome.counters[Counter::StoreStallMemory], 0u);
  EXPECT_EQ(outcome.counters[Counter::BusBusy], 0u);
  EXPECT_EQ(outcome.counters[Counter::BusBytes], 2 * 200000u + 4 * 256u);
}

TEST(Engines, LoadIsBoundByTheSlowestOfBusPortAndMemory) {
  const std::int64_t count = 1500;
  const auto run = [&](const hw::PlatformConfig& config) {
    const Outcome outcome = run_in_child(config, CoreKind::Fast, [&](sim::Device& device) { return round_trip(count, 4, device); });
    EXPECT_EQ(outcome.error, "");
    return outcome.counters[Counter::LoadBusy] + outcome.counters[Counter::LoadStallMemory];
  };
  const std::uint64_t bytes = 1500 * 4;
  hw::PlatformConfig wide = small_platform("fp32");
  wide.scratchpad.banks = 16;
  wide.bus = {.bytes_per_cycle = 64, .latency_cycles = 1, .burst_bytes = 256, .outstanding = 64};
  wide.dram = {.preset = "hbm2", .channels = 8, .capacity_bytes = std::int64_t{1} << 24};
  const std::uint64_t fixed = 80;  // latencies and fills

  hw::PlatformConfig narrow_bus = wide;
  narrow_bus.bus.bytes_per_cycle = 4;
  EXPECT_GE(run(narrow_bus), bytes / 4);
  EXPECT_LE(run(narrow_bus), bytes / 4 + fixed + 3 * 256 / 4) << "three descriptors are read meanwhile";

  hw::PlatformConfig narrow_port = wide;
  narrow_port.scratchpad.banks = 1;
  EXPECT_GE(run(narrow_port), bytes / 4);
  EXPECT_LE(run(narrow_port), bytes / 4 + fixed);

  hw::PlatformConfig slow_memory = wide;
  slow_memory.dram = {.preset = "lpddr4-3200", .channels = 1, .capacity_bytes = std::int64_t{1} << 24};
  const double lpddr_bytes_per_clock = 6.4;
  EXPECT_GE(static_cast<double>(run(slow_memory)), static_cast<double>(bytes) / lpddr_bytes_per_clock);
  EXPECT_LE(static_cast<double>(run(slow_memory)), static_cast<double>(bytes) / lpddr_bytes_per_clock * 1.25 + fixed);

  // One transaction in flight: a round trip for each.
  hw::PlatformConfig serial = wide;
  serial.bus.outstanding = 1;
  EXPECT_GE(run(serial), bytes / 256 * 20);
}

TEST(Engines, TokensOrderTheEngines) {
  // compute may not overwrite O before the store has read it, nor start before its operands are there.
  const hw::PlatformConfig config = small_platform("posit8");
  const std::int64_t count = 300, tiles = 5;
  const auto program = [&](sim::Device& device) {
    device.write_memory(kInput, ramp(static_cast<std::size_t>(count * tiles)));
    DescriptorList list;
    for (std::int64_t t = 0; t < tiles; ++t) {  // one buffer each: everything waits for everything
      spec::Header load, compute, store;
      load.pop_next = t > 0;
      load.push_next = compute.pop_prev = compute.push_prev = compute.push_next = store.pop_prev = store.push_prev = 1;
      compute.pop_next = t > 0;
      list.add(spec::Opcode::Load, matrix_load(0, kInput + t * count, 1, count, count, 1), load);
      list.add(spec::Opcode::Vector, copy(count), compute);
      list.add(spec::Opcode::Store, matrix_store(kResult + t * count, 1, count, count, 1), store);
    }
    list.finish();
    list.run(device);
    Bytes result(static_cast<std::size_t>(count * tiles));
    device.read_memory(kResult, result);
    return result;
  };
  const Outcome outcome = run_in_child(config, CoreKind::Fast, program);
  ASSERT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.output, ramp(static_cast<std::size_t>(count * tiles)));
  const spec::Counters& c = outcome.counters;
  EXPECT_GT(c[Counter::LoadStallToken], 0u);
  EXPECT_GT(c[Counter::ComputeStallLoad], 0u);
  EXPECT_GT(c[Counter::StoreStallToken], 0u);
  EXPECT_EQ(c[Counter::ComputeBusy], static_cast<std::uint64_t>(tiles) * (8 + (300 + 3) / 4));
  // Nothing overlaps but a store with the next load: at least the sum of the compute chain.
  EXPECT_GE(c[Counter::TotalCycles], c[Counter::ComputeBusy] + c[Counter::StoreBusy]);
}

TEST(Engines, StallsForOutputSpaceAreTheStores) {
  hw::PlatformConfig config = small_platform("posit8");
  config.bus.bytes_per_cycle = 1;
  const std::int64_t count = 512, tiles = 3;
  const Outcome outcome = run_in_child(config, CoreKind::Fast, [&](sim::Device& device) {
    DescriptorList list;
    for (std::int64_t t = 0; t < tiles; ++t) {
      spec::Header compute, store;
      compute.pop_next = t > 0;
      compute.push_next = store.pop_prev = store.push_prev = 1;
      list.add(spec::Opcode::Vector, copy(count), compute);
      list.add(spec::Opcode::Store, matrix_store(kResult, 1, count, count, 1), store);
    }
    list.finish();
    list.run(device);
    return Bytes{};
  });
  ASSERT_EQ(outcome.error, "");
  EXPECT_GT(outcome.counters[Counter::ComputeStallStore], (static_cast<std::uint64_t>(tiles) - 1) * count / 2);
  EXPECT_EQ(outcome.counters[Counter::ComputeStallLoad], 0u);
}

TEST(Engines, QueueDepthBoundsTheFetchUnitWithoutChangingResults) {
  Bytes reference;
  for (const int depth : {1, 2, 64}) {
    hw::PlatformConfig config = small_platform("posit8");
    config.queue_depth = depth;
    GemmCase gemm;
    gemm.m = gemm.n = 30;
    const Outcome outcome =
        run_in_child(config, CoreKind::Fast, [&](sim::Device& device) { return run_gemm(config, gemm, device); });
    ASSERT_EQ(outcome.error, "");
    if (reference.empty()) reference = outcome.output;
    EXPECT_EQ(outcome.output, reference);
  }
}

TEST(Engines, StatisticsAddUpOverTilesUntilReset) {
  const hw::PlatformConfig config = small_platform("flex16+5");
  const Outcome outcome = run_in_child(config, CoreKind::Fast, [&](sim::Device& device) {
    const std::vector<std::int16_t> values{100, -5000, 32767, -32768, 7, 0};
    device.write_memory(kInput, std::as_bytes(std::span(values)));
    DescriptorList list;
    for (int t = 0; t < 2; ++t) {
      spec::Header load, compute;
      load.push_next = compute.pop_prev = 1;
      list.add(spec::Opcode::Load, matrix_load(0, kInput, 1, 6, 6, 2), load);
      list.add(spec::Opcode::Vector, copy(6), compute);
    }
    list.finish();
    list.run(device);
    const sim::TensorStats stats = device.stats();
    EXPECT_EQ(stats.max_abs, 32768u);
    EXPECT_EQ(stats.overflows, 4u);
    device.reset_stats();
    EXPECT_EQ(device.stats().max_abs, 0u);
    EXPECT_EQ(device.stats().overflows, 0u);
    if (testing::Test::HasFailure()) throw std::runtime_error("statistics");
    return Bytes{};
  });
  EXPECT_EQ(outcome.error, "");
}

TEST(Engines, TimelineIsJsonWithOneIntervalPerDescriptor) {
  const std::string path = testing::TempDir() + "binade-trace.json";
  sim::PlatformOptions options;
  options.trace_path = path;
  options.layer_names = {"zero", "one", "two", "conv \"3\""};
  const Outcome outcome = run_in_child(
      small_platform("posit8"), CoreKind::Fast, [&](sim::Device& device) { return round_trip(100, 1, device); }, options);
  ASSERT_EQ(outcome.error, "");
  std::ifstream file(path);
  const nlohmann::json trace = nlohmann::json::parse(file);
  std::vector<std::string> names;
  double end = 0;
  for (const auto& event : trace.at("traceEvents")) {
    if (event.at("ph") != "X") continue;
    names.push_back(event.at("name"));
    EXPECT_GE(event.at("dur").get<double>(), 0);
    EXPECT_EQ(event.at("args").at("layer"), "conv \"3\"");
    end = std::max(end, event.at("ts").get<double>() + event.at("dur").get<double>());
  }
  EXPECT_EQ(names, (std::vector<std::string>{"conv \"3\" Load", "conv \"3\" Copy", "conv \"3\" Store"}));
  EXPECT_GT(end, 0);
}

TEST(Engines, UnwritableTimelineIsTheUsersError) {
  sim::PlatformOptions options;
  options.trace_path = "/nonexistent/trace.json";
  const Outcome outcome = run_in_child(
      small_platform("posit8"), CoreKind::Fast, [](sim::Device&) { return Bytes{}; }, options);
  EXPECT_NE(outcome.error.find("/nonexistent/trace.json"), std::string::npos);
}

}  // namespace
}  // namespace binade::test
