// SPDX-License-Identifier: Apache-2.0
// Chains as descriptors: cut into chunks, lowered and executed literally, they give the golden machine's bytes and statistics.
// Random chains x scratchpads so small that everything is split. Seeds are fresh and printed; BINADE_CHAIN_SEED repeats one.
#include <gtest/gtest.h>

#include <iostream>

#include "models/numerics/error.h"
#include "models/programs/golden_machine.h"
#include "sim/host/device_machine.h"
#include "tests/support/literal_device.h"
#include "tests/unit/host/chain_runs.h"
#include "tests/unit/host/random_platform.h"

namespace binade::sim {
namespace {

using operations::test::Case;
using operations::test::Chance;

TEST(LoweredChains, AreTheGoldenMachines) {
  const std::uint64_t seed = operations::test::fresh_seed();
  std::cout << "BINADE_CHAIN_SEED=" << seed << '\n';
  Chance chance(seed);
  for (int round = 0; round < 300; ++round) {
    hw::PlatformConfig config = tests::random_platform(chance, 10, 40);
    const Case one = operations::test::random_case(chance);
    config.further_formats = tests::formats_of(one);
    programs::GoldenMachine golden(config.core);
    tests::LiteralDevice device(config, chance.word());
    DeviceMachine machine(config, device, {});
    machine.begin_layer(0, "chain");
    const auto mode = mode_of(config.core, 0);
    const auto expected = tests::run_on(golden, mode, one), got = tests::run_on(machine, mode, one);
    ASSERT_TRUE(got.bytes == expected.bytes) << text(one);
    ASSERT_TRUE(got == expected) << "statistics: " << text(one);
    const auto counters = device.counters();
    EXPECT_EQ(counters[spec::Counter::VectorOperations], static_cast<std::uint64_t>(one.form.outputs) * one.form.operations());
    EXPECT_EQ(counters[spec::Counter::EventInexact], golden.events().inexact);
    EXPECT_EQ(counters[spec::Counter::EventSaturation], golden.events().saturation);
  }
}

// A record says what the form says.
TEST(LoweredChains, RecordsAreReadAsTheyAreWritten) {
  Chance chance(7);
  for (int round = 0; round < 200; ++round) {
    const Case one = operations::test::random_case(chance);
    const operations::FormatTable table({numerics::parse_format("posit8")}, tests::formats_of(one));
    operations::PlacedChain chain{.form = one.form, .operands = {}, .results = {}, .seed = 4294967295U};
    chain.form.out = 0;
    for (std::size_t i = 0; i < one.form.operands.size(); ++i) {
      chain.form.operands[i].at = {.input = i};
      chain.form.operands[i].phase = chance.pick(0, 100);
      chain.operands.push_back({.scratchpad = chance.pick(0, 1),
                                .base = 64 * chance.pick(0, 1 << 20),
                                .exponent = chance.pick(-32768, 32767),
                                .format = chance.pick(0, 1)});
    }
    for (std::size_t i = 0; i < one.form.results.size(); ++i)
      chain.results.push_back({.base = 64, .exponent = -5, .format = 1, .tensor = static_cast<std::uint32_t>(chance.word())});
    ASSERT_EQ(placing_problem(chain.form, table), "");
    const spec::Chain record = chain_record(chain, table);
    ASSERT_EQ(record_problem(record, table), "");
    const operations::PlacedChain read = placed_chain(record, table);
    EXPECT_EQ(read.form.steps, chain.form.steps);
    EXPECT_EQ(read.form.constants, chain.form.constants);
    EXPECT_EQ(read.form.results, chain.form.results);
    EXPECT_EQ(read.seed, chain.seed);
    const spec::Chain again = chain_record(read, table);
    EXPECT_EQ(std::memcmp(&again, &record, sizeof record), 0);
  }
}

TEST(LoweredChains, BadRecordsAreNamed) {
  const operations::FormatTable table({numerics::parse_format("posit8")});
  operations::ChainBuilder builder({.to = {numerics::parse_format("posit8")}, .outputs = 4});
  const auto sum = builder.step(operations::Primitive::Add, {builder.input(0), builder.constant(1)});
  const spec::Chain good = chain_record({.form = builder.form({sum}), .operands = {{}}, .results = {{}}}, table);
  EXPECT_EQ(record_problem(good, table), "");
  const auto problem = [&](auto change) {
    spec::Chain bad = good;
    change(bad);
    return record_problem(bad, table);
  };
  EXPECT_EQ(problem([](auto& d) { d.count = 0; }), "count is outside 1 .. 2^31");
  EXPECT_EQ(problem([](auto& d) { d.sizes |= 8; }), "9 operands, 7 fit in a descriptor");
  EXPECT_EQ(problem([](auto& d) { d.sizes |= std::int64_t{1} << 40; }), "sizes has more than four bytes");
  EXPECT_EQ(problem([](auto& d) { d.step0 |= std::int64_t{9} << 40; }), "step 0 has no format of the platform's");
  EXPECT_EQ(problem([](auto& d) { d.step0 |= 0xff; }), "step 0 is no PRIMITIVE");
  EXPECT_EQ(problem([](auto& d) { d.step0 |= 2 << 8; }), "step 0 reads register 2, which is not before it");
  EXPECT_EQ(problem([](auto& d) { d.results = 7; }), "result 7 is no register");
  EXPECT_EQ(problem([](auto& d) { d.operand0_at |= std::int64_t{2} << 56; }), "operand 0 is in neither scratchpad");
  EXPECT_EQ(problem([](auto& d) { d.operand0_spread = 0; }), "operand 0's spread is out of range");
  EXPECT_EQ(problem([](auto& d) { d.constant0 = -1; }), "a constant is not finite");
}

}  // namespace
}  // namespace binade::sim
