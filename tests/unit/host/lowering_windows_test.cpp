// SPDX-License-Identifier: Apache-2.0
// Windows as descriptors: cut into chunks of planes, lowered and executed literally, they give the golden machine's bytes, indices
// and statistics. Random windows x scratchpads so small that most are split. Seeds are fresh and printed; BINADE_CHAIN_SEED repeats
// one.
#include <gtest/gtest.h>

#include <iostream>

#include "models/numerics/error.h"
#include "models/programs/golden_machine.h"
#include "sim/host/device_machine.h"
#include "tests/support/literal_device.h"
#include "tests/unit/host/random_platform.h"
#include "tests/unit/host/window_runs.h"

namespace binade::sim {
namespace {

using operations::test::Chance;
using operations::test::WindowCase;
using spec::Counter;

hw::PlatformConfig platform(Chance& chance, const WindowCase& one) {
  hw::PlatformConfig config = tests::random_platform(chance, 4, 20);
  config.further_formats = {one.table.at(0), one.table.at(1)};
  return config;
}

TEST(LoweredWindows, AreTheGoldenMachines) {
  const std::uint64_t seed = operations::test::fresh_seed();
  std::cout << "BINADE_CHAIN_SEED=" << seed << '\n';
  Chance chance(seed);
  int refused = 0, split = 0, carried_out = 0;
  for (int round = 0; round < 600; ++round) {
    WindowCase one = operations::test::random_windows(chance);
    const hw::PlatformConfig config = platform(chance, one);
    programs::GoldenMachine golden(config.core);
    tests::LiteralDevice device(config, chance.word());
    DeviceMachine machine(config, device, {});
    machine.begin_layer(0, "pool");
    const auto mode = mode_of(config.core, 0);
    const auto expected = tests::run_on(golden, mode, one);
    tests::WindowOutcome got;
    try {
      got = tests::run_on(machine, mode, one);
    } catch (const InputError& error) {  // a plane of 17 x 17 and more
      ASSERT_NE(std::string(error.what()).find("too small for one plane of an image"), std::string::npos) << error.what();
      ++refused;
      continue;
    }
    ++carried_out;
    ASSERT_TRUE(got.out == expected.out) << text(one);
    ASSERT_TRUE(got.indices == expected.indices) << text(one);
    ASSERT_TRUE(tests::same_stats(got.stats, expected.stats)) << "statistics: " << text(one);
    const spec::Counters counters = device.counters();
    EXPECT_EQ(counters[Counter::VectorOperations], operations::window_operations(one.record)) << text(one);
    const operations::WindowExtent extent = operations::window_extent(one.formats(), one.record);
    const bool written = op_of(one.record) == spec::WindowOp::Maximum;
    EXPECT_EQ(counters[Counter::LoadBytes], static_cast<std::uint64_t>(extent.x_bytes + (written ? 0 : extent.index_bytes)));
    EXPECT_EQ(counters[Counter::StoreBytes], static_cast<std::uint64_t>(extent.o_bytes + (written ? extent.index_bytes : 0)));
    EXPECT_EQ(counters[Counter::EventInexact], golden.events().inexact);
    EXPECT_EQ(counters[Counter::EventSaturation], golden.events().saturation);
    EXPECT_EQ(counters[Counter::EventUnderflow], golden.events().underflow);
    EXPECT_EQ(counters[Counter::EventNar], golden.events().nar);
    split += counters[Counter::FetchDescriptors] > 6 ? 1 : 0;
  }
  EXPECT_GT(carried_out, 400);
  EXPECT_GT(split, 20);
  std::cout << carried_out << " carried out, " << split << " in several chunks, " << refused << " refused\n";
}

TEST(LoweredWindows, APlaneThatDoesNotFitIsRefused) {
  Chance chance(5);
  WindowCase one = operations::test::random_windows(chance);
  while (op_of(one.record) != spec::WindowOp::Maximum) one = operations::test::random_windows(chance);
  spec::Windows& d = one.record;
  d.planes = 2, d.height = d.width = 40, d.rows = d.columns = 20, d.kernel_h = d.kernel_w = 2;
  d.h_geometry = d.w_geometry = spec::pack_geometry(2, 1, 0), d.index_bytes = 1, d.raw_bytes = 0;
  const numerics::FormatSpec posit8 = numerics::parse_format("posit8");
  one.table = operations::FormatTable({posit8}, {{posit8}});
  one.x.resize(3200);
  hw::PlatformConfig config = platform(chance, one);
  config.memory_ideal = false;
  const auto outcome = [&](std::int64_t a_bytes, std::int64_t o_bytes) -> std::string {
    config.scratchpad = {};
    config.scratchpad.a_bytes = a_bytes;
    config.scratchpad.o_bytes = o_bytes;
    tests::LiteralDevice device(config, 1);
    DeviceMachine machine(config, device, {});
    machine.begin_layer(0, "pool1");
    try {
      tests::run_on(machine, mode_of(config.core, 0), one);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  const std::string b_bytes = std::to_string(hw::PlatformConfig().scratchpad.b_bytes);
  // A plane has 1600 pixels; its maxima and their indices are 400 bytes each, in lines of 64.
  EXPECT_EQ(outcome(3200, 1792), "");
  EXPECT_EQ(outcome(3199, 1792),
            "layer 'pool1': a scratchpad is too small for one plane of an image and its windows, double buffered: "
            "scratchpad.a_bytes is 3199, scratchpad.b_bytes " +
                b_bytes + ", scratchpad.o_bytes 1792; at least 3200, 0 and 1792 bytes are needed");
  EXPECT_NE(outcome(3200, 1791), "");
}

}  // namespace
}  // namespace binade::sim
