// SPDX-License-Identifier: Apache-2.0
// Drawing tiles, and comparing the core that runs everything with the lockstep pair.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "models/kernels/fast_core.h"
#include "models/numerics/error.h"
#include "sim/lockstep/sampled_core.h"
#include "tests/unit/lockstep/faulty_core.h"
#include "tests/unit/lockstep/problems.h"

namespace binade::lockstep::test {
namespace {

using datapath::Dataflow;
using datapath::test::Problem;

std::vector<std::int64_t> draw(const char* size, std::uint64_t seed, std::int64_t tiles) {
  TileSampler sampler(parse_sample_size(size), seed);
  sampler.begin_run("layer", tiles);
  for (std::int64_t i = 0; i < tiles; ++i) sampler.begin_tile();
  EXPECT_EQ(sampler.report().layers.at(0).tiles, tiles);
  return sampler.report().layers.at(0).sampled;
}

TEST(SampleSize, ReadsNumbersAndShares) {
  EXPECT_EQ(parse_sample_size("3").of(10), 3);
  EXPECT_EQ(parse_sample_size("3").of(2), 2);
  EXPECT_EQ(parse_sample_size("3").of(0), 0);
  EXPECT_EQ(parse_sample_size("5%").of(100), 5);
  EXPECT_EQ(parse_sample_size("5%").of(101), 6);
  EXPECT_EQ(parse_sample_size("0.1%").of(10), 1);
  EXPECT_EQ(parse_sample_size("100%").of(7), 7);
  for (const char* wrong : {"", "0", "-1", "1.5", "0%", "101%", "many", "3 ", "%", "1e3", "nan", "inf%"})
    EXPECT_THROW(parse_sample_size(wrong), InputError) << wrong;
}

TEST(TileSampler, DrawsWithoutReplacementAndBySeed) {
  std::set<std::vector<std::int64_t>> draws;
  std::set<std::int64_t> seen;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    const auto tiles = draw("4", seed, 20);
    EXPECT_EQ(std::set(tiles.begin(), tiles.end()).size(), 4U);
    EXPECT_TRUE(std::is_sorted(tiles.begin(), tiles.end()));
    EXPECT_GE(tiles.front(), 0);
    EXPECT_LT(tiles.back(), 20);
    EXPECT_EQ(tiles, draw("4", seed, 20));
    draws.insert(tiles);
    seen.insert(tiles.begin(), tiles.end());
  }
  EXPECT_GT(draws.size(), 48U);
  EXPECT_EQ(seen.size(), 20U);  // no tile is left out by construction
}

TEST(TileSampler, NumbersTheTilesOfALayerOverItsPasses) {
  TileSampler sampler(parse_sample_size("100%"), 0);
  for (const char* layer : {"one", "two", "one"}) {
    sampler.begin_run(layer, 2);
    sampler.begin_tile();
    sampler.begin_tile();
  }
  EXPECT_THROW(sampler.begin_tile(), InvariantError);
  ASSERT_EQ(sampler.report().layers.size(), 2U);
  EXPECT_EQ(sampler.report().layers[0].sampled, (std::vector<std::int64_t>{0, 1, 2, 3}));
  EXPECT_EQ(sampler.report().layers[1].sampled, (std::vector<std::int64_t>{0, 1}));
}

/// A core whose results are changed on their way out.
class ChangedCore final : public datapath::Core {
 public:
  enum class Change : std::uint8_t { None, Output, Clocks, Stats };
  ChangedCore(std::unique_ptr<datapath::Core> core, Change change) : core_(std::move(core)), change_(change) {}
  const datapath::CoreConfig& config() const override { return core_->config(); }
  void reset() override { core_->reset(); }
  void start(const datapath::CoreCommand& command, datapath::TileStreams& streams) override {
    streams_.target = &streams;
    streams_.flip = change_ == Change::Output;
    core_->start(command, streams_);
  }
  std::uint64_t clocks_to_event() const override { return core_->clocks_to_event(); }
  bool advance(std::uint64_t clocks) override {
    const bool done = core_->advance(clocks);
    clocks_ = core_->clocks();
    stats_ = core_->stats();
    if (change_ == Change::Clocks) ++clocks_.psum_reads;
    if (change_ == Change::Stats) ++stats_.events.underflow;
    return done;
  }
  const datapath::TileClocks& clocks() const override { return clocks_; }
  const datapath::TileStats& stats() const override { return stats_; }

 private:
  struct Streams final : datapath::TileStreams {
    datapath::TileStreams* target = nullptr;
    bool flip = false;
    void read_a(std::uint64_t vector, std::span<numerics::Code> lanes) override { target->read_a(vector, lanes); }
    void read_b(std::uint64_t vector, std::span<numerics::Code> lanes) override { target->read_b(vector, lanes); }
    void write_out(std::uint64_t vector, std::span<const std::uint64_t> lanes) override {
      std::vector<std::uint64_t> changed(lanes.begin(), lanes.end());
      if (flip && vector == 1) changed[0] ^= 1;
      target->write_out(vector, changed);
    }
    int interval(datapath::Stream stream, int lanes) const override { return target->interval(stream, lanes); }
  };
  std::unique_ptr<datapath::Core> core_;
  const Change change_;
  Streams streams_;
  datapath::TileClocks clocks_;
  datapath::TileStats stats_;
};

using Change = ChangedCore::Change;

std::string run_sampled(const Problem& problem, Change change, Fault fault, const char* size, TileSampler* kept = nullptr,
                        bool cycle = false) {
  const TemporaryDirectory directory;
  TileSampler own(parse_sample_size(size), 3);
  TileSampler& sampler = kept != nullptr ? *kept : own;
  auto base =
      cycle ? datapath::make_stepped_tile(datapath::make_cycle_core(problem.config)) : kernels::make_fast_core(problem.config);
  auto pair = std::make_unique<LockstepCore>(datapath::make_cycle_core(problem.config),
                                             std::make_unique<FaultyCore>(datapath::make_cycle_core(problem.config), fault),
                                             ReportOptions{.directory = directory.path(), .traced = {}});
  const auto core = make_sampled_core(std::make_unique<ChangedCore>(std::move(base), change), std::move(pair), sampler);
  core->reset();
  constexpr int kTiles = 4;
  sampler.begin_run("layer", kTiles);
  try {
    for (int tile = 0; tile < kTiles; ++tile) {
      const auto outcome = datapath::test::run_tile(*core, problem);
      EXPECT_EQ(outcome.clocks.macs, 6U * 5U * 9U);
    }
  } catch (const MismatchError& error) {
    return error.what();
  }
  return {};
}

TEST(SampledCore, PassesWhereAllCoresAgree) {
  for (const auto* format : {"posit8", "flex16+5", "dfp8", "e6m7", "fp32"})
    for (const auto dataflow : {Dataflow::OutputStationary, Dataflow::WeightStationary})
      for (const bool cycle : {false, true}) {
        TileSampler sampler(parse_sample_size("2"), 3);
        EXPECT_EQ(run_sampled(make_problem(format, dataflow), Change::None, Fault::None, "2", &sampler, cycle), "");
        const auto& layer = sampler.report().layers.at(0);
        EXPECT_EQ(layer.sampled.size(), 2U);
        EXPECT_EQ(layer.macs, 2U * 6 * 5 * 9);
        EXPECT_EQ(layer.layer_macs, 4U * 6 * 5 * 9);
        EXPECT_GT(layer.clocks, 0U);
      }
}

TEST(SampledCore, FindsWhatDiffersFromTheCoreThatRunsEverything) {
  for (const auto dataflow : {Dataflow::OutputStationary, Dataflow::WeightStationary}) {
    const Problem problem = make_problem("posit8", dataflow);
    const std::string output = run_sampled(problem, Change::Output, Fault::None, "100%");
    EXPECT_NE(output.find("out_o lane 0 of output vector 1: the core that runs everything 0x"), std::string::npos) << output;
    const std::string clocks = run_sampled(problem, Change::Clocks, Fault::None, "100%");
    EXPECT_NE(clocks.find("psum_reads_o: the core that runs everything "), std::string::npos) << clocks;
    const std::string stats = run_sampled(problem, Change::Stats, Fault::None, "100%");
    EXPECT_NE(stats.find("underflows_o: the core that runs everything "), std::string::npos) << stats;
    // The pair is compared with itself as well.
    EXPECT_NE(run_sampled(problem, Change::None, Fault::LateVector, "100%").find("out_valid_o: cycle 1, rtl 0"), std::string::npos);
  }
}

}  // namespace
}  // namespace binade::lockstep::test
