// SPDX-License-Identifier: Apache-2.0
// DRAM timing against the data sheet's arithmetic, for every preset.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "hw/memory/dram_timing.h"
#include "tests/support/instance_name.h"

namespace binade::hw {
namespace {

class DramTimingOf : public testing::TestWithParam<DramPreset> {
 protected:
  const DramPreset preset = GetParam();
  std::uint64_t burst() const { return static_cast<std::uint64_t>(preset.burst_bytes()); }
  /// Address distance between rows of one bank on one channel.
  std::uint64_t row_stride() const {
    return static_cast<std::uint64_t>(preset.row_bytes) * static_cast<std::uint64_t>(preset.banks);
  }
  /// Between bursts of the same bank and row.
  std::uint64_t same_bank() const { return burst() * static_cast<std::uint64_t>(preset.bank_groups); }
  Picoseconds read_data() const { return preset.cl_ps + preset.burst_ps; }
  static constexpr Picoseconds kLater = 1000000;
};

TEST_P(DramTimingOf, FirstReadOpensARow) {
  DramTiming dram(preset, 1);
  EXPECT_EQ(dram.access(1000, 0, burst(), false), 1000 + preset.rcd_ps + read_data());
  EXPECT_EQ(dram.activity().activates, 1u);
  EXPECT_EQ(dram.activity().row_hits, 0u);
}

TEST_P(DramTimingOf, OpenRowCostsTheColumnLatency) {
  DramTiming dram(preset, 1);
  dram.access(0, 0, burst(), false);
  EXPECT_EQ(dram.access(kLater, same_bank(), burst(), false), kLater + read_data());
  EXPECT_EQ(dram.access(2 * kLater, 0, burst(), true), 2 * kLater + preset.cwl_ps + preset.burst_ps);
  EXPECT_EQ(dram.activity().row_hits, 2u);
}

TEST_P(DramTimingOf, OtherRowPaysForPrecharge) {
  DramTiming dram(preset, 1);
  dram.access(0, 0, burst(), false);
  EXPECT_EQ(dram.access(kLater, row_stride(), burst(), false), kLater + preset.rp_ps + preset.rcd_ps + read_data());
  EXPECT_EQ(dram.activity().activates, 2u);
}

TEST_P(DramTimingOf, RowStaysOpenForItsMinimumTime) {
  DramTiming dram(preset, 1);
  dram.access(0, 0, burst(), false);
  ASSERT_GE(preset.ras_ps, preset.rcd_ps + preset.rtp_ps);  // so tRAS is what holds the row open
  EXPECT_EQ(dram.access(1, row_stride(), burst(), false), preset.ras_ps + preset.rp_ps + preset.rcd_ps + read_data());
}

TEST_P(DramTimingOf, WriteRecoversBeforePrecharge) {
  DramTiming dram(preset, 1);
  const Picoseconds end = dram.access(0, 0, burst(), true);
  ASSERT_EQ(end, preset.rcd_ps + preset.cwl_ps + preset.burst_ps);
  const Picoseconds closed = std::max<Picoseconds>(end + preset.wr_ps, preset.ras_ps);
  EXPECT_EQ(dram.access(1, row_stride(), burst(), false), closed + preset.rp_ps + preset.rcd_ps + read_data());
}

TEST_P(DramTimingOf, ReadAfterWriteTurnsTheBusAround) {
  DramTiming dram(preset, 1);
  dram.access(0, 0, burst(), true);
  const Picoseconds written = dram.access(kLater, 0, burst(), true);
  EXPECT_EQ(dram.access(kLater, same_bank(), burst(), false), written + preset.wtr_ps + read_data());
}

TEST_P(DramTimingOf, RefreshClosesEveryRow) {
  DramTiming dram(preset, 1);
  dram.access(0, 0, burst(), false);
  const Picoseconds refresh = preset.refi_ps;
  // The open row closes first.
  EXPECT_EQ(dram.access(refresh, 0, burst(), false), refresh + preset.rfc_ps + preset.rcd_ps + read_data());
  EXPECT_EQ(dram.activity().refreshes, 1u);
  EXPECT_EQ(dram.activity().activates, 2u);
  dram.settle(refresh * 10 + 1);
  EXPECT_EQ(dram.activity().refreshes, 10u);
}

// Active standby: from the first activate to the refresh that closes the rows, whatever happens between, on each channel.
TEST_P(DramTimingOf, RowsAreOpenFromTheFirstActivateToTheRefresh) {
  DramTiming dram(preset, 2);
  dram.settle(kLater);
  EXPECT_EQ(dram.activity().active, 0);
  dram.access(kLater, 0, burst(), false);
  dram.settle(kLater + 1000);
  EXPECT_EQ(dram.activity().active, 1000);
  dram.access(kLater + 2000, row_stride(), burst(), false);
  dram.settle(preset.refi_ps - 1);
  EXPECT_EQ(dram.activity().active, preset.refi_ps - 1 - kLater);
  dram.settle(4 * preset.refi_ps);
  EXPECT_EQ(dram.activity().active, preset.refi_ps - kLater);
  const Picoseconds again = 4 * preset.refi_ps + preset.refi_ps / 2;
  dram.access(again, 0, burst(), false);
  dram.access(again, kChannelInterleaveBytes, burst(), false);
  dram.settle(again + 500);
  EXPECT_EQ(dram.activity().active, preset.refi_ps - kLater + 2 * 500);
}

TEST_P(DramTimingOf, StreamIsBoundByTheDataBus) {
  for (const int channels : {1, 2, 8}) {
    DramTiming dram(preset, channels);
    const std::uint64_t bytes = std::uint64_t{1} << 20;
    Picoseconds end = 0;
    for (std::uint64_t address = 0; address < bytes; address += 256) end = std::max(end, dram.access(0, address, 256, false));
    const std::uint64_t bursts = bytes / burst() / static_cast<std::uint64_t>(channels);
    const Picoseconds bound = static_cast<Picoseconds>(bursts) * preset.burst_ps;
    EXPECT_GE(end, bound + preset.rcd_ps + preset.cl_ps);
    // All requests are there at once, so activates hide behind data: within an eighth of the peak.
    EXPECT_LE(end, bound + bound / 8 + preset.rcd_ps + preset.cl_ps) << channels;
    EXPECT_EQ(dram.activity().read_bursts, bytes / burst());
  }
}

TEST_P(DramTimingOf, SameBankGroupIsSlower) {
  DramTiming dram(preset, 1);
  dram.access(0, 0, burst(), false);
  const Picoseconds first = dram.access(kLater, 0, burst(), false);
  EXPECT_EQ(dram.access(kLater, same_bank(), burst(), false) - first, std::max(preset.ccd_long_ps, preset.burst_ps));
}

TEST_P(DramTimingOf, ActivatesKeepTheirDistance) {
  DramTiming dram(preset, 1);
  const auto groups = static_cast<std::uint64_t>(preset.bank_groups), banks = static_cast<std::uint64_t>(preset.banks);
  const std::uint64_t columns = static_cast<std::uint64_t>(preset.row_bytes) / burst();
  std::vector<Picoseconds> activates;
  for (std::uint64_t bank = 0; bank < banks; ++bank) {
    const std::uint64_t group = bank % groups, in_group = bank / groups;
    const Picoseconds end = dram.access(0, (in_group * columns * groups + group) * burst(), burst(), false);
    activates.push_back(end - preset.rcd_ps - read_data());
  }
  for (std::size_t i = 1; i < activates.size(); ++i) EXPECT_GE(activates[i] - activates[i - 1], preset.rrd_ps);
  for (std::size_t i = 4; i < activates.size(); ++i) EXPECT_GE(activates[i] - activates[i - 4], preset.faw_ps);
  EXPECT_EQ(dram.activity().activates, banks);
}

TEST_P(DramTimingOf, ChannelsAreIndependent) {
  DramTiming dram(preset, 2);
  const Picoseconds one = dram.access(0, 0, burst(), false);
  EXPECT_EQ(dram.access(0, kChannelInterleaveBytes, burst(), false), one);
}

INSTANTIATE_TEST_SUITE_P(Presets, DramTimingOf, testing::ValuesIn(dram_presets().begin(), dram_presets().end()),
                         [](const auto& tested) { return tests::instance_name(tested.param.name); });

}  // namespace
}  // namespace binade::hw
