// SPDX-License-Identifier: Apache-2.0
// A core that knows how long a tile takes, and when. What it computes on the last clock is its heirs'; alone it computes nothing,
// which is the core of a run without values.
#pragma once

#include <memory>

#include "models/datapath/core.h"

namespace binade::datapath {

class TimedCore : public Core {
 public:
  explicit TimedCore(const CoreConfig& config) : config_(config) {}

  const CoreConfig& config() const override { return config_; }
  void reset() override { remaining_ = 0; }
  void start(const CoreCommand& command, TileStreams& streams) override;
  std::uint64_t clocks_to_event() const override { return remaining_; }
  bool advance(std::uint64_t clocks) override;
  const TileClocks& clocks() const override { return clocks_; }
  const TileStats& stats() const override { return stats_; }

 protected:
  /// The whole tile, on its last clock.
  virtual void compute(const CoreCommand& /*command*/, TileStreams& /*streams*/, TileStats& /*stats*/) {}

 private:
  const CoreConfig config_;
  CoreCommand command_;
  TileStreams* streams_ = nullptr;
  std::uint64_t remaining_ = 0;
  TileClocks running_, clocks_;
  TileStats stats_;
};

}  // namespace binade::datapath
