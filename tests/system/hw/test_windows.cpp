// SPDX-License-Identifier: Apache-2.0
// Windows on the platform: the bytes, indices and statistics of the golden machine, and the vector unit's stated clocks, with
// values and without. Seeds are fresh and printed; BINADE_CHAIN_SEED repeats one.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "models/programs/golden_machine.h"
#include "sim/host/device_machine.h"
#include "tests/system/hw/programs.h"
#include "tests/unit/host/window_runs.h"

namespace binade::test {
namespace {

using operations::test::WindowCase;
using spec::Counter;

struct Windows {
  hw::PlatformConfig config = small_platform("posit8");
  std::vector<WindowCase> cases;

  Windows() {
    const std::uint64_t seed = operations::test::fresh_seed();
    std::cout << "BINADE_CHAIN_SEED=" << seed << '\n';
    operations::test::Chance chance(seed);
    config.scratchpad.a_bytes = config.scratchpad.b_bytes = config.scratchpad.o_bytes = 8192;
    while (cases.size() < 60) {
      cases.push_back(operations::test::random_windows(chance));
      for (std::int64_t index : {0, 1}) {
        const operations::ElementFormat& format = cases.back().table.at(index);
        if (std::find(config.further_formats.begin(), config.further_formats.end(), format) == config.further_formats.end())
          config.further_formats.push_back(format);
      }
    }
  }

  Bytes on(programs::Machine& machine) const {
    Bytes all;
    for (const WindowCase& one : cases) {
      const tests::WindowOutcome outcome = tests::run_on(machine, mode_of(config.core, 0), one);
      for (const auto* bytes : {&outcome.out, &outcome.indices}) all.insert(all.end(), bytes->begin(), bytes->end());
      for (const std::uint64_t figure : {outcome.stats.max_abs, outcome.stats.overflows})
        for (int i = 0; i < 8; ++i) all.push_back(static_cast<std::byte>(figure >> (8 * i)));
    }
    return all;
  }
  Outcome on_platform() const {
    return run_in_child(config, sim::CoreKind::Fast, [&](sim::Device& device) {
      sim::DeviceMachine machine(config, device, {});
      machine.begin_layer(0, "windows");
      return on(machine);
    });
  }
};

TEST(WindowsOnThePlatform, AreTheGoldenMachines) {
  Windows windows;
  programs::GoldenMachine golden(windows.config.core);
  const Bytes expected = windows.on(golden);
  const Outcome got = windows.on_platform();
  ASSERT_EQ(got.error, "");
  EXPECT_TRUE(got.output == expected);
  EXPECT_EQ(got.counters[Counter::EventInexact], golden.events().inexact);
  std::uint64_t operations = 0, moved = 0;
  for (const WindowCase& one : windows.cases) {
    operations += operations::window_operations(one.record);
    const operations::WindowExtent extent = operations::window_extent(one.formats(), one.record);
    moved += static_cast<std::uint64_t>(extent.o_bytes) +
             (op_of(one.record) == spec::WindowOp::Maximum ? static_cast<std::uint64_t>(extent.index_bytes) : 0);
  }
  EXPECT_EQ(got.counters[Counter::VectorOperations], operations);
  EXPECT_EQ(got.counters[Counter::SpadOWriteBytes], moved);
  EXPECT_EQ(got.counters[Counter::StoreBytes], moved);

  // The same cycles, traffic and counters where no value is computed.
  windows.config.values = false;
  const Outcome without = windows.on_platform();
  ASSERT_EQ(without.error, "");
  for (std::size_t i = 0; i < spec::kCounters.size(); ++i) {
    const auto counter = static_cast<Counter>(i);
    if (std::string(spec::kCounters[i].name).rfind("event.", 0) == 0) continue;
    EXPECT_EQ(without.counters[counter], got.counters[counter]) << spec::kCounters[i].name;
  }
}

// One descriptor: latency + ceil(operations / lanes) clocks. In each of 2 planes of 4 x 4 pixels 3 x 3 windows of 2 x 2 elements;
// their rows begin at -1, 1 and 3 and hold 1, 2 and 1 pixels, their columns begin at 0, 1 and 2 and hold 2 each: 2 * 4 * 6 pixels
// of windows, 2 * 9 windows and 2 * 16 pixels.
TEST(WindowsOnThePlatform, TakeTheStatedClocks) {
  constexpr std::uint64_t kOperations[] = {2 * 4 * 6, 2 * 9 + 2 * 16, 2 * 4 * 6 + 2 * 9 + 2 * 16};
  for (const int lanes : {1, 7, 16})
    for (std::int64_t op = 0; op < 3; ++op) {
      hw::PlatformConfig config = small_platform("posit8");
      config.vector.lanes = lanes;
      config.vector.latency_cycles = 5;
      const Outcome got = run_in_child(config, sim::CoreKind::Fast, [&](sim::Device& device) {
        spec::Windows d;
        d.op = op;
        d.planes = 2, d.height = d.width = 4, d.rows = d.columns = 3, d.kernel_h = d.kernel_w = 2, d.index_bytes = 1;
        d.h_geometry = spec::pack_geometry(2, 1, 1), d.w_geometry = spec::pack_geometry(1, 1, 0);
        d.count_bottom = d.count_right = 4;
        d.index_base = 64;
        const auto windows = spec::pack({.opcode = static_cast<std::int64_t>(spec::Opcode::Windows)}, d);
        const auto finish = spec::pack({.opcode = static_cast<std::int64_t>(spec::Opcode::Finish)}, spec::Store{});
        std::vector<std::int64_t> words(windows.begin(), windows.end());
        words.insert(words.end(), finish.begin(), finish.end());
        device.write_memory(0, std::as_bytes(std::span(words)));
        device.run(0, words.size() / spec::kDescriptorWords);
        return Bytes();
      });
      ASSERT_EQ(got.error, "");
      const std::uint64_t operations = kOperations[op];
      EXPECT_EQ(got.counters[Counter::VectorOperations], operations);
      EXPECT_EQ(got.counters[Counter::VectorBusy],
                5 + (operations + static_cast<std::uint64_t>(lanes) - 1) / static_cast<std::uint64_t>(lanes));
    }
}

}  // namespace
}  // namespace binade::test
