// SPDX-License-Identifier: Apache-2.0
// Sources:
//   ddr4-2400     Micron 8 Gb DDR4 data sheet, MT40A1G8 (x8) speed grade -083E (2400, 16-16-16), eight devices on a 64-bit
//                 channel, 1 KiB page each; tRRD_S and tWTR_S are the figures between bank groups. tRFC1 of 8 Gb, tREFI below 85 C.
//   lpddr4-3200   JEDEC JESD209-4, 8 Gb dual-channel die (4 Gb a channel, x16, 2 KiB page), RL 28, WL 14 (set A).
//   hbm2          JEDEC JESD235 pseudo-channel mode (64 bit, BL4, 1 KiB page, 16 banks) at 2 Gb/s a pin; the standard leaves
//                 core timings to the vendor: those published with the DRAMsim3 simulator for an 8 Gb HBM2 stack.
#include "hw/memory/dram_preset.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "models/numerics/error.h"

namespace binade::hw {
namespace {

constexpr std::array kPresets{
    DramPreset{.name = "ddr4-2400",
               .device = "a 64-bit DIMM rank of eight 8 Gb x8 DDR4-2400 devices",
               .channels = 1,
               .bus_bytes = 8,
               .burst_beats = 8,
               .burst_ps = 3333,
               .bank_groups = 4,
               .banks = 16,
               .row_bytes = 8192,
               .cl_ps = 13320,
               .cwl_ps = 10000,
               .rcd_ps = 13320,
               .rp_ps = 13320,
               .ras_ps = 32000,
               .ccd_short_ps = 3333,
               .ccd_long_ps = 5000,
               .rrd_ps = 3333,
               .faw_ps = 21000,
               .rtp_ps = 7500,
               .wr_ps = 15000,
               .wtr_ps = 2500,
               .rfc_ps = 350000,
               .refi_ps = 7800000},
    DramPreset{.name = "lpddr4-3200",
               .device = "an 8 Gb LPDDR4-3200 die of two x16 channels",
               .channels = 2,
               .bus_bytes = 2,
               .burst_beats = 16,
               .burst_ps = 5000,
               .bank_groups = 1,
               .banks = 8,
               .row_bytes = 2048,
               .cl_ps = 17500,
               .cwl_ps = 8750,
               .rcd_ps = 18000,
               .rp_ps = 18000,
               .ras_ps = 42000,
               .ccd_short_ps = 5000,
               .ccd_long_ps = 5000,
               .rrd_ps = 10000,
               .faw_ps = 40000,
               .rtp_ps = 7500,
               .wr_ps = 18000,
               .wtr_ps = 10000,
               .rfc_ps = 180000,
               .refi_ps = 3904000},
    DramPreset{.name = "hbm2",
               .device = "an HBM2 stack of 8 channels of 128 bits (16 pseudo channels of 64) at 2 Gb/s a pin",
               .channels = 16,
               .bus_bytes = 8,
               .burst_beats = 4,
               .burst_ps = 2000,
               .bank_groups = 4,
               .banks = 16,
               .row_bytes = 1024,
               .cl_ps = 14000,
               .cwl_ps = 4000,
               .rcd_ps = 14000,
               .rp_ps = 14000,
               .ras_ps = 34000,
               .ccd_short_ps = 2000,
               .ccd_long_ps = 4000,
               .rrd_ps = 4000,
               .faw_ps = 30000,
               .rtp_ps = 4000,
               .wr_ps = 16000,
               .wtr_ps = 6000,
               .rfc_ps = 260000,
               .refi_ps = 3900000},
};

}  // namespace

std::span<const DramPreset> dram_presets() { return kPresets; }

std::string describe(const DramPreset& preset, int configured_channels) {
  const int channels = dram_channels(preset, configured_channels);
  std::ostringstream text;
  text << channels << " x " << preset.channel_gb_per_s() << " = " << channels * preset.channel_gb_per_s()
       << " GB/s: " << (channels == preset.channels ? "" : "channels as of ") << preset.device;
  return text.str();
}

const DramPreset* find_dram_preset(std::string_view name) {
  const auto found = std::find_if(kPresets.begin(), kPresets.end(), [&](const DramPreset& p) { return p.name == name; });
  return found == kPresets.end() ? nullptr : &*found;
}

const DramPreset& dram_preset(std::string_view name) {
  const DramPreset* const preset = find_dram_preset(name);
  if (preset == nullptr) throw InvariantError("dram.preset " + std::string(name) + " was not validated");
  return *preset;
}

}  // namespace binade::hw
