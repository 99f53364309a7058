// SPDX-License-Identifier: Apache-2.0
// A stepped core with one fault at its pins, to show that a comparison sees it.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "models/datapath/core.h"

namespace binade::lockstep::test {

enum class Fault : std::uint8_t {
  None,
  FlippedBit,     ///< the lowest bit of lane 0 of every output vector
  SwappedLanes,   ///< lanes 0 and 1 of every output vector
  DroppedVector,  ///< the first output vector never shows
  LateVector,     ///< every output vector shows a clock late
  CommandNotReady,
  ANotReady,
  BNotReady,
  NeverDone,
  WrongCounter,    ///< one B stall too many
  WrongStatistic,  ///< one inexact result too many
  WrongHistogram,  ///< one leading bit too many in bin 3
  FailedAssertion,
};

class FaultyCore final : public datapath::SteppedCore {
 public:
  FaultyCore(std::unique_ptr<datapath::SteppedCore> core, Fault fault) : core_(std::move(core)), fault_(fault) { show(); }

  const datapath::CoreConfig& config() const override { return core_->config(); }
  const datapath::CorePinsOut& pins() const override { return pins_; }
  const datapath::TileClocks& clocks() const override { return clocks_; }
  const datapath::TileStats& stats() const override { return stats_; }
  void reset() override {
    core_->reset();
    vectors_ = 0;
    shown_ = false;
    show();
  }
  void clock(const datapath::CorePinsIn& in) override;

 private:
  void show();

  std::unique_ptr<datapath::SteppedCore> core_;
  const Fault fault_;
  datapath::CorePinsOut pins_;
  datapath::TileClocks clocks_;
  datapath::TileStats stats_;
  std::vector<std::uint64_t> lanes_;
  std::uint64_t vectors_ = 0;  ///< output vectors gone
  bool shown_ = false;         ///< the vector at the pins was there a clock ago
};

}  // namespace binade::lockstep::test
