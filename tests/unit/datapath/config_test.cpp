// SPDX-License-Identifier: Apache-2.0
// Core parameters: words, limits, derived sizes, and the preconditions of commands.
#include <gtest/gtest.h>

#include <functional>

#include "models/datapath/check_command.h"
#include "models/datapath/cycle/fold_walk.h"
#include "models/datapath/timing.h"
#include "models/kernels/fast_core.h"
#include "models/numerics/error.h"
#include "tests/unit/datapath/harness.h"

namespace binade::datapath::test {
namespace {

using numerics::Accumulate;

CoreConfig config_of(const char* format, Accumulate policy, int acc_bits = 0) {
  CoreConfig config;
  config.format = numerics::parse_format(format);
  config.accumulate.policy = policy;
  config.accumulate.acc_bits = acc_bits;
  return config;
}

TEST(CoreConfig, WordsRoundTrip) {
  for (const auto v : {Dataflow::OutputStationary, Dataflow::WeightStationary}) EXPECT_EQ(parse_dataflow(to_string(v)), v);
  for (const auto v : {Overlap::None, Overlap::Drain, Overlap::Full}) EXPECT_EQ(parse_overlap(to_string(v)), v);
  for (const auto v : {Edge::Ragged, Edge::Full}) EXPECT_EQ(parse_edge(to_string(v)), v);
  try {
    parse_overlap("half");
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "core.overlap: 'half' is unknown; allowed: none drain full");
  }
}

TEST(CoreConfig, DatapathFollowsTheFamily) {
  EXPECT_EQ(to_string(datapath_of(numerics::parse_format("flex16+5"))), "flex_pe");
  EXPECT_EQ(to_string(datapath_of(numerics::parse_format("posit8"))), "posit_pe");
  for (const char* word : {"e6m7", "fp16", "bf16"}) EXPECT_EQ(to_string(datapath_of(numerics::parse_format(word))), "float_pe");
  for (const char* word : {"dfp8", "sdfp8", "fixed16.8"}) EXPECT_EQ(to_string(datapath_of(numerics::parse_format(word))), "dfp_pe");
}

TEST(CoreConfig, EveryProblemIsReportedWithItsKey) {
  const struct {
    const char* key;
    std::function<void(CoreConfig&)> spoil;
  } cases[] = {
      {"core.rows", [](CoreConfig& c) { c.rows = 0; }},
      {"core.rows", [](CoreConfig& c) { c.rows = 257; }},
      {"core.cols", [](CoreConfig& c) { c.cols = -1; }},
      {"core.pe_latency", [](CoreConfig& c) { c.pe_latency = 9; }},
      {"core.lane_throughput", [](CoreConfig& c) { c.lane_interval = 0; }},
      {"core.lane_latency", [](CoreConfig& c) { c.lane_latency = 63; }},
      {"core.overlap",
       [](CoreConfig& c) {
         c.dataflow = Dataflow::WeightStationary;
         c.overlap = Overlap::Drain;
       }},
      {"core.rows",
       [](CoreConfig& c) {
         c = config_of("flex16+5", Accumulate::Blocked);
         c.dataflow = Dataflow::WeightStationary;
         c.rows = 24;
       }},
      {"core.psum_bytes",
       [](CoreConfig& c) {
         c.dataflow = Dataflow::WeightStationary;
         c.psum_bytes = 16;
       }},
      {"serial",
       [](CoreConfig& c) {
         c = config_of("e6m7", Accumulate::Serial);
         c.accumulate.rounding = numerics::Rounding::Sr;
       }},
      {"acc_bits", [](CoreConfig& c) { c.accumulate.acc_bits = 65; }},
  };
  for (const auto& [key, spoil] : cases) {
    CoreConfig config = config_of("dfp8", Accumulate::Exact);
    EXPECT_TRUE(config.validate().empty());
    spoil(config);
    std::string all;
    for (const std::string& problem : config.validate()) all += problem + '\n';
    EXPECT_NE(all.find(key), std::string::npos) << key << " not in: " << all;
  }
  CoreConfig two = config_of("dfp8", Accumulate::Exact);
  two.rows = two.cols = 0;
  EXPECT_EQ(two.validate().size(), 2U);
}

TEST(CoreConfig, SizesOfStateAndOutput) {
  EXPECT_EQ(psum_bits(config_of("dfp8", Accumulate::Exact)), 32);
  EXPECT_EQ(psum_bits(config_of("dfp16", Accumulate::Exact)), 48);
  EXPECT_EQ(psum_bits(config_of("dfp16", Accumulate::Exact, 33)), 33);
  EXPECT_EQ(psum_bits(config_of("flex16+5", Accumulate::Blocked)), 57);  // 37 + 20 bits
  EXPECT_EQ(psum_bits(config_of("posit8", Accumulate::Exact)), 129);     // the quire and its NaR flag
  EXPECT_EQ(psum_bits(config_of("posit16", Accumulate::Exact)), 257);
  EXPECT_EQ(psum_bits(config_of("fp32", Accumulate::Fp32)), 32);
  EXPECT_EQ(psum_bits(config_of("e6m7", Accumulate::Serial)), 14);
  EXPECT_EQ(output_bytes(config_of("dfp8", Accumulate::Exact)), 4);
  EXPECT_EQ(output_bytes(config_of("dfp16", Accumulate::Exact)), 8);
  EXPECT_EQ(output_bytes(config_of("sdfp8", Accumulate::Fp32)), 8);
  EXPECT_EQ(output_bytes(config_of("posit12", Accumulate::Exact)), 2);
  CoreConfig config = config_of("dfp8", Accumulate::Exact);
  config.psum_bytes = 16 * 4 * 10 + 3;
  EXPECT_EQ(psum_rows(config), 10);
  config.capacity_limited = false;
  EXPECT_GT(psum_rows(config), std::int64_t{1} << 60);
}

TEST(CoreCommand, PreconditionsAreChecked) {
  CoreConfig os = config_of("dfp8", Accumulate::Exact), ws = os;
  ws.dataflow = Dataflow::WeightStationary;
  ws.psum_bytes = 16 * 4 * 20;
  const CoreCommand good{.m = 16, .n = 16, .k = 40};
  EXPECT_NO_THROW(check_command(os, good));
  const auto rejects = [](const CoreConfig& config, CoreCommand command, const auto& spoil) {
    spoil(command);
    EXPECT_THROW(check_command(config, command), InvariantError);
  };
  rejects(os, good, [](CoreCommand& c) { c.m = 0; });
  rejects(os, good, [](CoreCommand& c) { c.k_base = 4; });
  rejects(os, good, [](CoreCommand& c) { c.k = std::int64_t{1} << 31; });
  rejects(os, good, [](CoreCommand& c) {
    c.last_k = false;
    c.bias = true;
  });
  rejects(os, good, [](CoreCommand& c) {
    c.last_k = false;
    c.m = 17;
  });
  rejects(os, good, [](CoreCommand& c) { c.bias_shift = 1; });
  rejects(ws, good, [](CoreCommand& c) { c.m = 21; });
  EXPECT_NO_THROW(check_command(ws, {.m = 21, .n = 16, .k = 16}));  // one fold needs no bank
}

TEST(Core, RefusesASecondTileAndTooManyClocks) {
  std::mt19937_64 random(3);
  const Problem problem = random_problem(random, "dfp8", {});
  std::unique_ptr<Core> cores[] = {make_stepped_tile(make_cycle_core(problem.config)), kernels::make_fast_core(problem.config)};
  for (const auto& core : cores) {
    MatrixStreams streams(problem);
    core->start(problem.command, streams);
    EXPECT_THROW(core->start(problem.command, streams), InvariantError);
    EXPECT_THROW(core->advance(core->clocks_to_event() + 1), InvariantError);
    EXPECT_FALSE(core->advance(0));
  }
}

}  // namespace
}  // namespace binade::datapath::test
