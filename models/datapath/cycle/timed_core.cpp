// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/cycle/timed_core.h"

#include "models/datapath/cycle/sequencer.h"
#include "models/numerics/error.h"

namespace binade::datapath {

void TimedCore::start(const CoreCommand& command, TileStreams& streams) {
  if (remaining_ != 0) throw InvariantError("core: a tile starts while another runs");
  command_ = command;
  streams_ = &streams;
  running_ = sequence_tile(config_, command, streams);
  remaining_ = running_.clocks();
}

bool TimedCore::advance(std::uint64_t clocks) {
  if (clocks > remaining_) throw InvariantError("core: advanced past its next event");
  remaining_ -= clocks;
  if (remaining_ != 0 || clocks == 0) return false;
  compute(command_, *streams_, stats_);
  clocks_ = running_;
  return true;
}

}  // namespace binade::datapath
