// SPDX-License-Identifier: Apache-2.0
// DRAM devices as data: one row per preset; dram_timing.cpp follows from the row.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace binade::hw {

/// One channel, and how many of them the device has. Times in picoseconds; geometry in powers of two.
struct DramPreset {
  std::string_view name;
  std::string_view device;  ///< the device or module that the channels belong to, in words
  int channels;             ///< of that device: what dram.channels = 0 means
  int bus_bytes;            ///< data bus of one channel
  int burst_beats;          ///< BL
  int burst_ps;             ///< BL / transfer rate
  int bank_groups;
  int banks;         ///< per channel, all groups
  int row_bytes;     ///< open page of one bank across the channel
  int cl_ps;         ///< read command to data
  int cwl_ps;        ///< write command to data
  int rcd_ps;        ///< activate to read or write
  int rp_ps;         ///< precharge to activate
  int ras_ps;        ///< activate to precharge
  int ccd_short_ps;  ///< command to command, other bank group
  int ccd_long_ps;   ///< same bank group
  int rrd_ps;        ///< activate to activate, other bank
  int faw_ps;        ///< window of at most four activates
  int rtp_ps;        ///< read to precharge
  int wr_ps;         ///< end of write data to precharge
  int wtr_ps;        ///< end of write data to read command
  int rfc_ps;        ///< all-bank refresh
  int refi_ps;       ///< mean refresh interval

  int burst_bytes() const { return bus_bytes * burst_beats; }
  /// Peak of one channel's data bus.
  double channel_bytes_per_ns() const { return 1000.0 * burst_bytes() / burst_ps; }
  /// The same in decimal gigabytes, to a tenth.
  double channel_gb_per_s() const { return std::round(10 * channel_bytes_per_ns()) / 10; }
};

std::span<const DramPreset> dram_presets();
/// Null when there is none of that name.
const DramPreset* find_dram_preset(std::string_view name);
/// Of a configuration that was validated: InvariantError where there is none of the name.
const DramPreset& dram_preset(std::string_view name);

/// `configured`, or the preset's own where that is 0.
inline int dram_channels(const DramPreset& preset, int configured) { return configured != 0 ? configured : preset.channels; }
/// "2 x 6.4 = 12.8 GB/s: <device>": channels, their peak, whose they are.
std::string describe(const DramPreset& preset, int configured_channels = 0);

}  // namespace binade::hw
