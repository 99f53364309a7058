// SPDX-License-Identifier: Apache-2.0
// A core whose exceptions outlive the simulation kernel, which turns what a process throws into a report of its own. It also
// counts the tiles and the program's time in the core.
#pragma once

#include <exception>
#include <memory>
#include <utility>

#include "models/datapath/core.h"
#include "sim/host/wall_clock.h"
#include "sim/lockstep/position.h"

namespace binade::sim {

class WatchedCore final : public datapath::Core {
 public:
  /// `position` and `wall_clock` may be null; otherwise they outlive the core.
  WatchedCore(std::unique_ptr<datapath::Core> core, lockstep::Position* position, WallClock* wall_clock)
      : core_(std::move(core)), position_(position), wall_clock_(wall_clock) {}

  /// What the core threw, null so far; stays when the core is gone.
  std::shared_ptr<const std::exception_ptr> error() const { return error_; }

  const datapath::CoreConfig& config() const override { return core_->config(); }
  void reset() override { core_->reset(); }
  std::uint64_t clocks_to_event() const override { return core_->clocks_to_event(); }
  const datapath::TileClocks& clocks() const override { return core_->clocks(); }
  const datapath::TileStats& stats() const override { return core_->stats(); }

  void start(const datapath::CoreCommand& command, datapath::TileStreams& streams) override {
    if (position_ != nullptr && command.first_k) position_->begin_tile();
    keeping([&] { core_->start(command, streams); });
  }
  bool advance(std::uint64_t clocks) override {
    bool done = false;
    keeping([&] { done = core_->advance(clocks); });
    return done;
  }

 private:
  template <class Job>
  void keeping(Job job) {
    const WallClock::Scope scope(wall_clock_, WallPart::Core);
    try {
      job();
    } catch (...) {
      *error_ = std::current_exception();
      throw;
    }
  }

  std::unique_ptr<datapath::Core> core_;
  lockstep::Position* position_;
  WallClock* wall_clock_;
  std::shared_ptr<std::exception_ptr> error_ = std::make_shared<std::exception_ptr>();
};

}  // namespace binade::sim
