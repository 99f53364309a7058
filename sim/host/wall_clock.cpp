// SPDX-License-Identifier: Apache-2.0
#include "sim/host/wall_clock.h"

#include <utility>

namespace binade::sim {

WallPart WallClock::enter(WallPart part) {
  const Clock::time_point now = Clock::now();
  add(part_, std::chrono::duration<double>(now - since_).count());
  since_ = now;
  return std::exchange(part_, part);
}

std::vector<WallRow> WallClock::rows() {
  enter(part_);
  std::vector<WallRow> rows;
  for (const auto& [part, word] : kWallParts) rows.push_back({std::string(word), seconds_[static_cast<std::size_t>(part)]});
  return rows;
}

}  // namespace binade::sim
