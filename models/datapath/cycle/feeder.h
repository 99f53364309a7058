// SPDX-License-Identifier: Apache-2.0
// A stream port of the memory side as its timing: a transfer, the first at once, keeps the port for as many clocks as the lanes
// that carry elements take.
#pragma once

#include "models/datapath/cycle/lane_walk.h"

namespace binade::datapath {

class Feeder {
 public:
  Feeder() = default;
  /// `streams` is asked for intervals, here and on edge().
  Feeder(const CoreConfig& config, const CoreCommand& command, const TileStreams& streams, Stream stream);

  /// The memory side's valid (operands) or ready (outputs) on the coming edge.
  bool open() const { return wait_ == 0; }
  void edge(bool transferred) {
    if (transferred) {
      wait_ = interval_ - 1;
      if (--left_ == 0) next_run();
    } else if (wait_ > 0) {
      --wait_;
    }
  }
  /// Throws InvariantError where the vectors transferred do not carry the elements that the tile pays for.
  void check_carried() const;

 private:
  void next_run();

  const TileStreams* streams_ = nullptr;
  Stream stream_ = Stream::A;
  LaneWalk walk_;
  std::uint64_t left_ = 0;  ///< vectors of the run to come; beyond the last run it counts on from zero
  std::uint64_t carried_ = 0, expected_ = 0;
  int interval_ = 1;
  int wait_ = 0;
};

}  // namespace binade::datapath
