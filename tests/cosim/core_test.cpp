// SPDX-License-Identifier: Apache-2.0
// The Verilated core beside the cycle core, every pin compared on every clock, under random commands, overlaps, edges and stalls.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

#include "models/datapath/timing.h"
#include "tests/cosim/core_sets.h"

namespace binade::cosim {
namespace {

using datapath::CoreCommand;
using datapath::CoreConfig;
using datapath::CorePinsIn;
using datapath::CorePinsOut;
using datapath::Dataflow;
using datapath::SteppedCore;

struct Tile {
  CoreCommand command;
  std::vector<std::vector<numerics::Code>> a, b;
  std::vector<int> out_cols;  ///< columns in use of each output vector
};

class CoreLockstep : public ::testing::TestWithParam<std::size_t> {
 protected:
  const CoreSet& set_ = core_sets()[GetParam()];
  std::mt19937_64 random_{GetParam() + 1};

  std::int64_t below(std::int64_t limit) { return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(limit)); }

  numerics::Code draw_code() {
    const auto mask = static_cast<std::uint32_t>((std::uint64_t{1} << set_.config.format.bits) - 1);
    const auto code = static_cast<std::uint32_t>(random_());
    // Small integers a third of the time; zeros and extremes now and then.
    switch (below(9)) {
      case 0:
        return 0;
      case 1:
        return (mask / 2 + static_cast<std::uint32_t>(below(3))) & mask;
      case 2:
      case 3:
      case 4:
        return static_cast<std::uint32_t>(below(64) - 32) & mask;
      default:
        return code & mask;
    }
  }

  CoreConfig draw_config() {
    CoreConfig config = set_.config;
    const bool os = config.dataflow == Dataflow::OutputStationary;
    constexpr datapath::Overlap kOverlaps[] = {datapath::Overlap::None, datapath::Overlap::Full, datapath::Overlap::Drain};
    config.overlap = kOverlaps[below(os ? 3 : 2)];
    config.edge = below(3) == 0 ? datapath::Edge::Full : datapath::Edge::Ragged;
    return config;
  }

  Tile fill(const CoreConfig& config, CoreCommand command) {
    Tile tile{command, {}, {}, {}};
    const auto lanes = [&](int count) {
      std::vector<numerics::Code> vector(static_cast<std::size_t>(count));
      std::generate(vector.begin(), vector.end(), [&] { return draw_code(); });
      return vector;
    };
    for (std::uint64_t i = 0; i < a_vectors(config, command); ++i) tile.a.push_back(lanes(config.rows));
    for (std::uint64_t i = 0; i < b_vectors(config, command); ++i) tile.b.push_back(lanes(config.cols));
    if (!command.last_k) return tile;
    const bool os = config.dataflow == Dataflow::OutputStationary;
    for (std::int64_t m0 = 0; m0 < command.m; m0 += os ? config.rows : command.m)
      for (std::int64_t n0 = 0; n0 < command.n; n0 += config.cols)
        for (std::int64_t i = 0; i < (os ? std::min<std::int64_t>(config.rows, command.m - m0) : command.m); ++i)
          tile.out_cols.push_back(static_cast<int>(std::min<std::int64_t>(config.cols, command.n - n0)));
    return tile;
  }

  CoreCommand draw_command(const CoreConfig& config) {
    CoreCommand command;
    const bool integers = config.format.shared_exponent();
    command.m = 1 + below(below(3) == 0 ? 3 * config.rows + 2 : config.rows + 1);
    command.n = 1 + below(below(3) == 0 ? 3 * config.cols + 2 : config.cols + 1);
    command.k = 1 + below(below(4) == 0 ? 80 : 3 * config.rows + 2);
    command.m = std::min<std::int64_t>(command.m, set_.bank_rows);
    command.bias = below(2) == 0;
    command.relu = below(3) == 0;
    command.seed = static_cast<std::uint32_t>(random_());
    command.tensor = static_cast<std::uint32_t>(below(100));
    command.m_base = below(1000);
    command.n_base = below(1000);
    command.logical_cols = below(1 << 20);
    if (integers && !stores_raw(config)) command.product_shift = static_cast<int>(below(24));
    if (config.accumulate.policy == numerics::Accumulate::Blocked) command.bias_shift = static_cast<int>(below(24)) - 8;
    // An exact bias is not finer than a product.
    else if (integers)
      command.bias_shift = command.product_shift - static_cast<int>(below(20));
    return command;
  }

  static std::string describe(const CoreConfig& config, const CoreCommand& command) {
    return fmt::format("m {} n {} k {} first {} last {} k_base {} bias {} relu {} overlap {} edge {} shift {} {}", command.m,
                       command.n, command.k, command.first_k, command.last_k, command.k_base, command.bias, command.relu,
                       to_string(config.overlap), to_string(config.edge), command.product_shift, command.bias_shift);
  }

  /// One tile through both; `stalls` of 8 clocks each stream holds back. Returns the first difference, or nothing.
  std::string run(SteppedCore& model, SteppedCore& rtl, const Tile& tile, int stalls) {
    std::size_t a = 0, b = 0, out = 0;
    bool pending = true;
    for (std::uint64_t clock = 0;; ++clock) {
      const CorePinsOut& want = model.pins();
      const CorePinsOut& got = rtl.pins();
      const auto differs = [&](const std::string& what) {
        return fmt::format("{} clock {}: {}: {}", set_.name, clock, describe(model.config(), tile.command), what);
      };
      if (clock == 100000) return differs("no end");
      if (got.command_ready != want.command_ready) return differs("command_ready");
      if (got.a_ready != want.a_ready) return differs("a_ready");
      if (got.b_ready != want.b_ready) return differs("b_ready");
      if (got.done != want.done) return differs("done");
      if ((got.out != nullptr) != (want.out != nullptr)) return differs("out_valid");
      if (want.out != nullptr) {
        if (out == tile.out_cols.size()) return differs("a vector too many");
        for (int j = 0; j < tile.out_cols[out]; ++j)
          if (got.out[j] != want.out[j])
            return differs(fmt::format("vector {} lane {}: {:#x}, not {:#x}", out, j, got.out[j], want.out[j]));
      }
      if (want.done && !pending) {
        if (rtl.clocks() != model.clocks()) return differs("clock counters");
        if (rtl.stats() != model.stats()) return differs("statistics");
        return out == tile.out_cols.size() ? "" : differs("a vector too few");
      }
      CorePinsIn in;
      in.command = pending ? &tile.command : nullptr;
      in.a = a < tile.a.size() && below(8) >= stalls ? tile.a[a].data() : nullptr;
      in.b = b < tile.b.size() && below(8) >= stalls ? tile.b[b].data() : nullptr;
      in.out_ready = below(8) >= stalls;
      a += in.a != nullptr && want.a_ready;
      b += in.b != nullptr && want.b_ready;
      out += in.out_ready && want.out != nullptr;
      if (pending && want.command_ready) pending = false;
      model.clock(in);
      rtl.clock(in);
    }
  }
};

TEST_P(CoreLockstep, RandomTiles) {
  for (int round = 0; round < 60; ++round) {
    const CoreConfig config = draw_config();
    ASSERT_TRUE(config.validate().empty()) << config.validate().front();
    const auto model = datapath::make_cycle_core(config);
    const auto rtl = set_.make(config);
    for (int tile = 0; tile < 3; ++tile)
      ASSERT_EQ(run(*model, *rtl, fill(config, draw_command(config)), below(2) == 0 ? 0 : static_cast<int>(below(7))),
                std::string());
  }
}

/// K in parts: sums that stay in the core between tiles.
TEST_P(CoreLockstep, PartialK) {
  for (int round = 0; round < 30; ++round) {
    const CoreConfig config = draw_config();
    const auto model = datapath::make_cycle_core(config);
    const auto rtl = set_.make(config);
    CoreCommand command = draw_command(config);
    if (config.dataflow == Dataflow::OutputStationary) command.m = 1 + below(config.rows);
    command.n = 1 + below(config.cols);
    const bool bias = command.bias;
    const int parts = 2 + static_cast<int>(below(2));
    command.k_base = 0;
    for (int part = 0; part < parts; ++part) {
      command.first_k = part == 0;
      command.last_k = part + 1 == parts;
      command.bias = bias && command.last_k;
      command.k = 1 + below(50);
      ASSERT_EQ(run(*model, *rtl, fill(config, command), static_cast<int>(below(4))), std::string());
      command.k_base += command.k;
    }
  }
}

TEST_P(CoreLockstep, ResetInTheMiddle) {
  const CoreConfig config = draw_config();
  const auto model = datapath::make_cycle_core(config);
  const auto rtl = set_.make(config);
  CoreCommand command = draw_command(config);
  const Tile tile = fill(config, command);
  for (int clock = 0; clock < 12; ++clock) {
    CorePinsIn in;
    in.command = clock == 0 ? &tile.command : nullptr;
    in.a = tile.a.front().data();
    in.b = tile.b.front().data();
    model->clock(in);
    rtl->clock(in);
  }
  model->reset();
  rtl->reset();
  ASSERT_EQ(run(*model, *rtl, fill(config, draw_command(config)), 2), std::string());
}

/// A core with one fault, to show that the comparison sees it.
class FaultyCore final : public SteppedCore {
 public:
  enum class Fault : std::uint8_t { None, FlippedBit, LateVector, DroppedReady, WrongCounter, WrongStatistic };
  FaultyCore(std::unique_ptr<SteppedCore> core, Fault fault, std::size_t lanes)
      : core_(std::move(core)), fault_(fault), lanes_(lanes) {}

  const CoreConfig& config() const override { return core_->config(); }
  void reset() override { core_->reset(); }
  const CorePinsOut& pins() const override { return fault_ == Fault::None ? core_->pins() : pins_; }
  const datapath::TileClocks& clocks() const override { return clocks_; }
  const datapath::TileStats& stats() const override { return stats_; }
  void clock(const CorePinsIn& in) override {
    core_->clock(in);
    const CorePinsOut before = pins_;
    pins_ = core_->pins();
    clocks_ = core_->clocks();
    stats_ = core_->stats();
    switch (fault_) {
      case Fault::None:
        break;
      case Fault::FlippedBit:
        if (pins_.out == nullptr) break;
        lanes_.assign(pins_.out, pins_.out + lanes_.size());
        lanes_[0] ^= 1;
        pins_.out = lanes_.data();
        break;
      case Fault::LateVector:
        if (before.out == nullptr) pins_.out = nullptr;
        break;
      case Fault::DroppedReady:
        pins_.a_ready = false;
        break;
      case Fault::WrongCounter:
        ++clocks_.stall_b;
        break;
      case Fault::WrongStatistic:
        ++stats_.events.inexact;
        break;
    }
  }

 private:
  std::unique_ptr<SteppedCore> core_;
  Fault fault_;
  std::vector<std::uint64_t> lanes_;
  CorePinsOut pins_ = core_->pins();
  datapath::TileClocks clocks_;
  datapath::TileStats stats_;
};

TEST_P(CoreLockstep, SeesPlantedFaults) {
  using Fault = FaultyCore::Fault;
  for (const Fault fault :
       {Fault::None, Fault::FlippedBit, Fault::LateVector, Fault::DroppedReady, Fault::WrongCounter, Fault::WrongStatistic}) {
    const CoreConfig config = draw_config();
    const auto model = datapath::make_cycle_core(config);
    FaultyCore faulty(set_.make(config), fault, static_cast<std::size_t>(config.cols));
    const std::string difference = run(*model, faulty, fill(config, draw_command(config)), 2);
    EXPECT_EQ(difference.empty(), fault == Fault::None) << static_cast<int>(fault) << ' ' << difference;
  }
}

INSTANTIATE_TEST_SUITE_P(Rtl, CoreLockstep, ::testing::Range(std::size_t{0}, core_sets().size()),
                         [](const auto& test) { return core_sets()[test.param].name; });

}  // namespace
}  // namespace binade::cosim
