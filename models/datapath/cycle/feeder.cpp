// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/cycle/feeder.h"

#include <array>
#include <string>

#include "models/datapath/timing.h"
#include "models/numerics/error.h"

namespace binade::datapath {

Feeder::Feeder(const CoreConfig& config, const CoreCommand& command, const TileStreams& streams, Stream stream)
    : streams_(&streams),
      stream_(stream),
      walk_(config, command, stream),
      left_(walk_.vectors()),
      expected_(stream_elements(config, command, stream)) {
  if (!walk_.done()) interval_ = streams.interval(stream, walk_.lanes());
}

void Feeder::next_run() {
  carried_ += walk_.vectors() * static_cast<std::uint64_t>(walk_.lanes());
  walk_.next();
  left_ = walk_.vectors();
  if (!walk_.done()) interval_ = streams_->interval(stream_, walk_.lanes());
}

void Feeder::check_carried() const {
  if (carried_ == expected_) return;
  static constexpr std::array kNames{"A", "B", "output"};
  throw InvariantError(std::string("core: the ") + kNames.at(static_cast<std::size_t>(stream_)) + " stream carried " +
                       std::to_string(carried_) + " elements of the " + std::to_string(expected_) + " that the tile pays for");
}

}  // namespace binade::datapath
