// SPDX-License-Identifier: Apache-2.0
#include "hw/memory/dram_timing.h"

#include <algorithm>
#include <limits>

namespace binade::hw {
namespace {

constexpr Picoseconds kLongAgo = std::numeric_limits<Picoseconds>::min() / 4;

}  // namespace

DramTiming::DramTiming(const DramPreset& preset, int channels) : preset_(preset), channels_(static_cast<std::size_t>(channels)) {
  for (Channel& channel : channels_) {
    channel.banks.resize(static_cast<std::size_t>(preset.banks));
    channel.group_column.assign(static_cast<std::size_t>(preset.bank_groups), kLongAgo);
    channel.last_column = channel.write_end = kLongAgo;
    channel.activates.fill(kLongAgo);
    channel.next_refresh = preset.refi_ps;
  }
}

Picoseconds DramTiming::access(Picoseconds arrival, std::uint64_t address, std::uint64_t bytes, bool write) {
  const auto device_burst = static_cast<std::uint64_t>(preset_.burst_bytes());
  const std::uint64_t first = address / device_burst, last = (address + bytes - 1) / device_burst;
  Picoseconds end = arrival;
  for (std::uint64_t line = first; line <= last; ++line) {
    const std::uint64_t block = line * device_burst / kChannelInterleaveBytes;
    const std::uint64_t offset = line * device_burst % kChannelInterleaveBytes;
    Channel& channel = channels_[block % channels_.size()];
    end = std::max(end, burst(channel, arrival, block / channels_.size() * kChannelInterleaveBytes + offset, write));
  }
  (write ? activity_.write_bursts : activity_.read_bursts) += last - first + 1;
  return end;
}

void DramTiming::settle(Picoseconds time) {
  for (Channel& channel : channels_) {
    refresh(channel, time);
    if (channel.active) book_active(channel, time);
  }
}

void DramTiming::book_active(Channel& channel, Picoseconds until) {
  if (until <= channel.active_since) return;  // a row whose activate is yet to come
  activity_.active += until - channel.active_since;
  channel.active_since = until;
}

void DramTiming::refresh(Channel& channel, Picoseconds time) {
  if (time < channel.next_refresh) return;
  const Picoseconds due = (time - channel.next_refresh) / preset_.refi_ps + 1;
  const Picoseconds last = channel.next_refresh + (due - 1) * preset_.refi_ps;
  // All banks precharge first. Of several refreshes that fell due without a request only the first finds rows open.
  if (channel.active) book_active(channel, channel.next_refresh);
  channel.active = false;
  Picoseconds start = last;
  for (const Bank& bank : channel.banks) {
    start = std::max(start, bank.open_row == kClosed ? bank.activate_ready : bank.precharge_ready + preset_.rp_ps);
  }
  for (Bank& bank : channel.banks) {
    bank.open_row = kClosed;
    bank.activate_ready = start + preset_.rfc_ps;
  }
  channel.next_refresh = last + preset_.refi_ps;
  activity_.refreshes += static_cast<std::uint64_t>(due);
}

Picoseconds DramTiming::activate(Channel& channel, Bank& bank, Picoseconds earliest) {
  const std::size_t newest = (channel.oldest + channel.activates.size() - 1) % channel.activates.size();
  const Picoseconds at = std::max({earliest, bank.activate_ready, channel.activates[newest] + preset_.rrd_ps,
                                   channel.activates[channel.oldest] + preset_.faw_ps});
  channel.activates[channel.oldest] = at;
  channel.oldest = (channel.oldest + 1) % channel.activates.size();
  bank.precharge_ready = at + preset_.ras_ps;
  bank.column_ready = at + preset_.rcd_ps;
  ++activity_.activates;
  if (!channel.active) {
    channel.active = true;
    channel.active_since = at;
  }
  return at;
}

Picoseconds DramTiming::burst(Channel& channel, Picoseconds arrival, std::uint64_t local, bool write) {
  refresh(channel, arrival);
  std::uint64_t bits = local / static_cast<std::uint64_t>(preset_.burst_bytes());
  const auto groups = static_cast<std::uint64_t>(preset_.bank_groups);
  const auto columns = static_cast<std::uint64_t>(preset_.row_bytes / preset_.burst_bytes());
  const auto banks_in_group = static_cast<std::uint64_t>(preset_.banks) / groups;
  const std::uint64_t group = bits % groups;
  bits /= groups * columns;
  Bank& bank = channel.banks[group * banks_in_group + bits % banks_in_group];
  const auto row = static_cast<std::int64_t>(bits / banks_in_group);

  if (bank.open_row == row) {
    ++activity_.row_hits;
  } else {
    Picoseconds earliest = arrival;
    if (bank.open_row != kClosed) earliest = std::max(arrival, bank.precharge_ready) + preset_.rp_ps;
    activate(channel, bank, earliest);
    bank.open_row = row;
  }
  Picoseconds column = std::max(
      {arrival, bank.column_ready, channel.last_column + preset_.ccd_short_ps, channel.group_column[group] + preset_.ccd_long_ps});
  if (!write) column = std::max(column, channel.write_end + preset_.wtr_ps);
  const Picoseconds latency = write ? preset_.cwl_ps : preset_.cl_ps;
  column = std::max(column, channel.data_free - latency);
  const Picoseconds end = column + latency + preset_.burst_ps;
  channel.last_column = channel.group_column[group] = column;
  channel.data_free = end;
  if (write) channel.write_end = end;
  bank.precharge_ready = std::max(bank.precharge_ready, write ? end + preset_.wr_ps : column + preset_.rtp_ps);
  return end;
}

}  // namespace binade::hw
