// SPDX-License-Identifier: Apache-2.0
// When a DRAM answers. Open rows, first come first served per channel, by reservation: each bank, bank group and data bus
// remembers when it is next free, so a request's completion is known when it arrives. Not a command scheduler: no reordering.
//
// Address bits, low to high: byte in device burst : bank group : column : bank in group : row, within a channel;
// channels alternate every kChannelInterleaveBytes. A refresh due while requests queue waits for them.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "hw/memory/dram_preset.h"

namespace binade::hw {

using Picoseconds = std::int64_t;
inline constexpr std::uint64_t kChannelInterleaveBytes = 256;

struct DramActivity {
  std::uint64_t read_bursts = 0, write_bursts = 0, activates = 0, row_hits = 0, refreshes = 0;
  Picoseconds active = 0;  ///< summed over channels: with at least one row open, or being opened
};

class DramTiming {
 public:
  /// `channels` is a power of two.
  DramTiming(const DramPreset& preset, int channels);

  /// A request of `bytes` at `address` arrives at `arrival` (not before earlier arrivals); returns the end of its last data.
  Picoseconds access(Picoseconds arrival, std::uint64_t address, std::uint64_t bytes, bool write);
  /// Refreshes that fall due by `time` on every channel, and the time with open rows up to then.
  void settle(Picoseconds time);
  const DramActivity& activity() const { return activity_; }

 private:
  static constexpr std::int64_t kClosed = -1;
  struct Bank {
    std::int64_t open_row = kClosed;
    Picoseconds activate_ready = 0, column_ready = 0, precharge_ready = 0;
  };
  struct Channel {
    std::vector<Bank> banks;
    std::vector<Picoseconds> group_column;  // last read or write command per bank group
    Picoseconds last_column = 0;            // and on the channel
    Picoseconds data_free = 0;
    Picoseconds write_end = 0;               // end of the last write's data
    std::array<Picoseconds, 4> activates{};  // the last four, oldest at `oldest`
    std::size_t oldest = 0;
    Picoseconds next_refresh = 0;
    Picoseconds active_since = 0;  // while a row is open: booked up to here
    bool active = false;
  };

  Picoseconds burst(Channel& channel, Picoseconds arrival, std::uint64_t local, bool write);
  void refresh(Channel& channel, Picoseconds time);
  void book_active(Channel& channel, Picoseconds until);
  Picoseconds activate(Channel& channel, Bank& bank, Picoseconds earliest);

  const DramPreset preset_;
  std::vector<Channel> channels_;
  DramActivity activity_;
};

}  // namespace binade::hw
