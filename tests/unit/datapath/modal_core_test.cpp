// SPDX-License-Identifier: Apache-2.0
// A core of several modes is, tile by tile, the core of the mode that the command names: bits, clocks, stalls and events, whatever
// ran before it.
#include <gtest/gtest.h>

#include "models/datapath/check_command.h"
#include "models/kernels/fast_core.h"
#include "models/numerics/error.h"
#include "tests/unit/datapath/harness.h"

namespace binade::datapath::test {
namespace {

using numerics::Accumulate;
using numerics::AccumulateSpec;
using numerics::Rounding;

struct Mode {
  const char* formats;  ///< of operand_formats()
  AccumulateSpec accumulate;
};

/// Every family, mixed operands, and one format under two policies.
const std::vector<Mode> kModes{{"posit8", {Accumulate::Exact, 0, 32, Rounding::Rne}},
                               {"posit16", {Accumulate::Exact, 0, 32, Rounding::Rne}},
                               {"posit8:posit16:posit16", {Accumulate::Exact, 0, 32, Rounding::Rne}},
                               {"posit16", {Accumulate::Serial, 0, 32, Rounding::Rne}},
                               {"fp8e4m3:fp8e5m2:bf16", {Accumulate::Fp32, 0, 32, Rounding::Rne}},
                               {"dfp8", {Accumulate::Exact, 0, 32, Rounding::Rne}},
                               {"dfp8:dfp16:dfp16", {Accumulate::Exact, 0, 32, Rounding::Rne}},
                               {"dfp8:dfp8:fp32", {Accumulate::Exact, 0, 32, Rounding::Sr}},
                               {"flex16+5", {Accumulate::Blocked, 0, 8, Rounding::Rne}}};

CoreConfig modal_config(std::mt19937_64& random) {
  // The shape of a random problem, in which blocks of 8 fit.
  CoreConfig config = random_problem(random, "flex16+5", {Accumulate::Blocked, 0, 8, Rounding::Rne}).config;
  for (const Mode& mode : kModes) {
    const CoreMode one{random_problem(random, mode.formats, mode.accumulate).config.format, mode.accumulate};
    if (&mode == &kModes.front()) {
      config.format = one.format;
      config.accumulate = one.accumulate;
    } else {
      config.further_modes.push_back(one);
    }
  }
  return config;
}

/// A tile for the mode; every third is one output block.
Problem tile_in(std::mt19937_64& random, const CoreConfig& config, int mode) {
  Problem problem = random_problem(random, kModes[static_cast<std::size_t>(mode)].formats, mode_of(config, mode).accumulate);
  problem.config = in_mode(config, mode);
  CoreCommand& t = problem.command;
  if (pick(random, 0, 2) == 0) {
    const std::int64_t n = std::min<std::int64_t>(t.n, config.cols);
    std::vector<numerics::Code> b;
    for (std::int64_t k = 0; k < t.k; ++k) b.insert(b.end(), problem.b.begin() + k * t.n, problem.b.begin() + k * t.n + n);
    problem.b = b;
    t.n = n;
    t.m = std::min<std::int64_t>(t.m, config.rows);
    problem.a.resize(static_cast<std::size_t>(t.m * t.k));
    problem.bias.resize(static_cast<std::size_t>(n));
  }
  return problem;
}

TEST(ModalCore, IsTheCoreOfEachMode) {
  std::mt19937_64 random(29);
  const auto fast = [](const CoreConfig& one) { return kernels::make_fast_core(one); };
  const auto cycle = [](const CoreConfig& one) { return make_stepped_tile(make_cycle_core(one)); };
  for (int machine = 0; machine < 20; ++machine) {
    const CoreConfig config = modal_config(random);
    ASSERT_EQ(config.validate(), std::vector<std::string>{});
    ASSERT_EQ(mode_count(config), static_cast<int>(kModes.size()));
    const auto modal_fast = make_modal_core(config, fast), modal_cycle = make_modal_core(config, cycle);
    EXPECT_EQ(modal_fast->config().further_modes, config.further_modes);
    modal_fast->reset();
    modal_cycle->reset();
    for (int tile = 0; tile < 40; ++tile) {
      const auto mode = static_cast<int>(pick(random, 0, mode_count(config) - 1));
      const Problem whole = tile_in(random, config, mode);
      const auto alone = fast(whole.config);
      const bool one_block = whole.command.n <= config.cols && whole.command.m <= config.rows;
      for (std::int64_t k0 = 0; k0 < whole.command.k;) {
        const std::int64_t k = one_block ? pick(random, 1, whole.command.k - k0) : whole.command.k;
        const Problem part = part_of(whole, k0, k);
        Problem named = part;
        named.command.mode = mode;
        const Outcome expected = run_tile(*alone, part);
        ASSERT_EQ(run_tile(*modal_fast, named), expected) << part;
        ASSERT_EQ(run_tile(*modal_cycle, named), expected) << part;
        k0 += k;
      }
    }
  }
}

TEST(ModalCore, ChangesItsModeWhereAChainStartsOnly) {
  std::mt19937_64 random(31);
  const CoreConfig config = modal_config(random);
  CoreCommand command{.m = 1, .n = 1, .k = 1};
  command.mode = 2;
  EXPECT_EQ(command_problem(config, command, 0), "");
  command.first_k = false;
  EXPECT_EQ(command_problem(config, command, 2), "");
  EXPECT_EQ(command_problem(config, command, 0), "mode is 2 after 0; it changes with first_k only");
  command.mode = mode_count(config);
  EXPECT_EQ(command_problem(config, command, command.mode), "mode is 9; allowed: 0 .. 8");
  command.mode = -1;
  EXPECT_NE(command_problem(config, command), "");

  const auto core = make_modal_core(config, [](const CoreConfig& one) { return kernels::make_fast_core(one); });
  Problem part = part_of(tile_in(random, config, 1), 0, 1);
  part.command.mode = 1;
  part.command.first_k = false;
  MatrixStreams streams(part);
  EXPECT_THROW(core->start(part.command, streams), InvariantError);
}

TEST(ModalCore, IsNotMadeOfOneModesCore) {
  std::mt19937_64 random(37);
  const CoreConfig config = modal_config(random);
  const auto core = make_stepped_tile(make_cycle_core(config));
  const Problem tile = tile_in(random, config, 0);
  MatrixStreams streams(tile);
  EXPECT_THROW(core->start(tile.command, streams), InvariantError);
}

TEST(ModalCore, EveryModeIsValidated) {
  std::mt19937_64 random(41);
  CoreConfig config = modal_config(random);
  const CoreMode good = config.further_modes.front();
  CoreMode wrong = good;
  wrong.accumulate = {Accumulate::Blocked, 0, 8, Rounding::Rne};  // of posits
  config.further_modes.push_back(wrong);
  auto problems = config.validate();
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems.front().rfind("mode 9 (posit16): ", 0), 0U) << problems.front();
  config.rows = 0;  // said once, not of every mode
  problems = config.validate();
  EXPECT_EQ(std::count_if(problems.begin(), problems.end(),
                          [](const std::string& line) { return line.find("core.rows: 0 is") != std::string::npos; }),
            1);
  EXPECT_EQ(find_mode(modal_config(random), good), 1);
  EXPECT_EQ(find_mode(modal_config(random), wrong), std::nullopt);
}

TEST(ModalCore, ModesThatAreElaboratedAlikeAreOne) {
  const CoreMode exact{numerics::parse_format("posit8"), {}};
  CoreMode other = exact;
  other.accumulate.bias = numerics::BiasPosition::First;
  other.accumulate.block = 8;
  other.accumulate.chain = 7;
  EXPECT_EQ(elaborated(other), exact);
  CoreConfig config;
  config.format = exact.format;
  EXPECT_EQ(find_mode(config, other), 0);
  other.accumulate.policy = Accumulate::Serial;  // its sums start from the bias
  EXPECT_EQ(elaborated(other).accumulate.bias, numerics::BiasPosition::First);
  EXPECT_EQ(find_mode(config, other), std::nullopt);
}

}  // namespace
}  // namespace binade::datapath::test
