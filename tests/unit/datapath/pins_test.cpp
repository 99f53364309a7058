// SPDX-License-Identifier: Apache-2.0
// The pin level: whatever valid and ready do, output bits, order and beats stay the same, and every clock has a name.
#include <gtest/gtest.h>

#include <map>

#include "models/datapath/timing.h"
#include "models/kernels/fast_core.h"
#include "tests/unit/datapath/harness.h"

namespace binade::datapath::test {
namespace {

using numerics::Accumulate;
using numerics::Code;
using numerics::Rounding;

/// How often, in sixteenths, each side holds its valid or ready true.
struct Willingness {
  int a, b, out;
};

/// Drives the pins of a stepped core by chance and checks the handshake rules on the way.
class Driver {
 public:
  Driver(SteppedCore& core, const Problem& problem, Willingness willingness, std::mt19937_64& random)
      : core_(core), problem_(problem), willingness_(willingness), random_(random), streams_(problem) {}

  std::vector<std::uint64_t> run() {
    const CoreConfig& config = problem_.config;
    std::vector<Code> a(static_cast<std::size_t>(config.rows)), b(static_cast<std::size_t>(config.cols));
    const std::uint64_t a_total = a_vectors(config, problem_.command), b_total = b_vectors(config, problem_.command);
    std::uint64_t a_next = 0, b_next = 0, out_next = 0;
    bool command_taken = false, a_offered = false, b_offered = false;
    std::vector<std::uint64_t> held;
    for (int clock = 0; clock < 1'000'000; ++clock) {
      const CorePinsOut& pins = core_.pins();
      CorePinsIn in;
      in.command = command_taken ? nullptr : &problem_.command;
      // A valid once given stays until the transfer.
      a_offered = a_next < a_total && (a_offered || chance(willingness_.a));
      b_offered = b_next < b_total && (b_offered || chance(willingness_.b));
      if (a_offered) streams_.read_a(a_next, a);
      if (b_offered) streams_.read_b(b_next, b);
      in.a = a_offered ? a.data() : nullptr;
      in.b = b_offered ? b.data() : nullptr;
      in.out_ready = chance(willingness_.out);
      if (!held.empty()) {
        // An output not taken stays as it is.
        EXPECT_TRUE(pins.out != nullptr && std::equal(held.begin(), held.end(), pins.out)) << problem_;
      }
      held.clear();
      const bool a_moves = a_offered && pins.a_ready, b_moves = b_offered && pins.b_ready;
      if (pins.out != nullptr) {
        const std::span<const std::uint64_t> lanes(pins.out, static_cast<std::size_t>(config.cols));
        if (in.out_ready) {
          streams_.write_out(out_next++, lanes);
        } else {
          held.assign(lanes.begin(), lanes.end());
        }
      }
      const bool command_moves = in.command != nullptr && pins.command_ready;
      core_.clock(in);
      ++clocks_;
      command_taken = command_taken || command_moves;
      if (a_moves) {
        a_offered = false;
        ++a_next;
      }
      if (b_moves) {
        b_offered = false;
        ++b_next;
      }
      if (core_.pins().done) {
        EXPECT_EQ(a_next, a_total);
        EXPECT_EQ(b_next, b_total);
        EXPECT_EQ(out_next, out_vectors(config, problem_.command));
        return streams_.out();
      }
    }
    ADD_FAILURE() << "not done: " << problem_;
    return {};
  }
  std::uint64_t clocks() const { return clocks_; }

 private:
  bool chance(int sixteenths) { return pick(random_, 0, 15) < sixteenths; }

  SteppedCore& core_;
  const Problem& problem_;
  Willingness willingness_;
  std::mt19937_64& random_;
  MatrixStreams streams_;
  std::uint64_t clocks_ = 0;
};

TEST(Pins, StallsChangeNeitherBitsNorBeats) {
  std::mt19937_64 random(23);
  const std::pair<const char*, numerics::AccumulateSpec> kinds[] = {
      {"flex16+5", {Accumulate::Blocked, 0, 8, Rounding::Rne}},
      {"dfp8", {Accumulate::Exact, 0, 32, Rounding::Rne}},
      {"posit8", {Accumulate::Exact, 0, 32, Rounding::Rne}},
      {"e6m7", {Accumulate::Serial, 0, 32, Rounding::Rtz}},
  };
  for (int i = 0; i < 400; ++i) {
    const auto& [format, accumulate] = kinds[i % 4];
    const Problem problem = random_problem(random, format, accumulate);
    const auto judge = kernels::make_fast_core(problem.config);
    const Outcome expected = run_tile(*judge, problem);
    const auto core = make_cycle_core(problem.config);
    // Twice on the same core: nothing of the first run may remain.
    for (int pass = 0; pass < 2; ++pass) {
      const auto some = [&] { return static_cast<int>(pick(random, 2, 16)); };
      Driver driver(*core, problem, {some(), some(), some()}, random);
      ASSERT_EQ(driver.run(), expected.out) << problem;
      const TileClocks& clocks = core->clocks();
      ASSERT_EQ(clocks.beats, expected.clocks.beats) << problem;
      ASSERT_EQ(clocks.overhead, tile_overhead(problem.config, problem.command)) << problem;
      ASSERT_EQ(clocks.clocks(), driver.clocks()) << problem;
      ASSERT_EQ(core->stats(), expected.stats) << problem;
    }
  }
}

TEST(Pins, ResetReturnsToIdleInTheMiddleOfATile) {
  std::mt19937_64 random(29);
  const numerics::AccumulateSpec exact{Accumulate::Exact, 0, 32, Rounding::Rne};
  for (int i = 0; i < 40; ++i) {
    const Problem problem = random_problem(random, "posit8", exact);
    const auto judge = kernels::make_fast_core(problem.config);
    const Outcome expected = run_tile(*judge, problem);
    const auto core = make_stepped_tile(make_cycle_core(problem.config));
    MatrixStreams abandoned(problem);
    core->start(problem.command, abandoned);
    const std::int64_t clocks = pick(random, 0, static_cast<std::int64_t>(expected.clocks.clocks()) - 1);
    for (std::int64_t clock = 0; clock < clocks; ++clock) ASSERT_FALSE(core->advance(1)) << problem;
    core->reset();
    ASSERT_EQ(run_tile(*core, problem), expected) << problem;
  }
}

/// A core with a fault planted between it and its streams.
class FaultyStreams final : public TileStreams {
 public:
  FaultyStreams(TileStreams& streams, std::uint64_t vector, int interval)
      : streams_(streams), vector_(vector), interval_(interval) {}
  void read_a(std::uint64_t vector, std::span<Code> lanes) override { streams_.read_a(vector, lanes); }
  void read_b(std::uint64_t vector, std::span<Code> lanes) override { streams_.read_b(vector, lanes); }
  void write_out(std::uint64_t vector, std::span<const std::uint64_t> lanes) override {
    std::vector<std::uint64_t> words(lanes.begin(), lanes.end());
    if (vector == vector_) words[0] ^= 1;
    streams_.write_out(vector, words);
  }
  int interval(Stream stream, int lanes) const override {
    return streams_.interval(stream, lanes) + (stream == Stream::A ? interval_ : 0);
  }

 private:
  TileStreams& streams_;
  std::uint64_t vector_;
  int interval_;
};

// The comparisons above would see a wrong bit and a late beat.
TEST(Pins, PlantedFaultsAreSeen) {
  std::mt19937_64 random(31);
  const numerics::AccumulateSpec exact{Accumulate::Exact, 0, 32, Rounding::Rne};
  for (int i = 0; i < 20; ++i) {
    Problem problem = random_problem(random, "dfp8", exact);
    problem.command.k = 40;
    problem.a.resize(static_cast<std::size_t>(problem.command.m * 40), 3);
    problem.b.resize(static_cast<std::size_t>(problem.command.n * 40), 5);
    const auto core = make_stepped_tile(make_cycle_core(problem.config));
    const Outcome right = run_tile(*core, problem);
    MatrixStreams wrong_bit(problem);
    FaultyStreams flips(wrong_bit,
                        static_cast<std::uint64_t>(pick(random, 0, static_cast<std::int64_t>(right.clocks.out_vectors) - 1)), 0);
    core->start(problem.command, flips);
    while (!core->advance(1)) {
    }
    EXPECT_NE(wrong_bit.out(), right.out) << problem;
    EXPECT_EQ(core->clocks(), right.clocks) << problem;
    MatrixStreams late(problem);
    FaultyStreams delays(late, ~std::uint64_t{0}, 60);
    core->start(problem.command, delays);
    while (!core->advance(1)) {
    }
    EXPECT_EQ(late.out(), right.out) << problem;
    EXPECT_NE(core->clocks(), right.clocks) << problem;
    EXPECT_EQ(core->clocks().beats, right.clocks.beats) << problem;
  }
}

}  // namespace
}  // namespace binade::datapath::test
