// SPDX-License-Identifier: Apache-2.0
// The checker is itself checked: counters that balance pass, and every single count added or lost is found.
#include <gtest/gtest.h>

#include "hw/conservation.h"
#include "models/numerics/error.h"

namespace binade::hw {
namespace {

using spec::Counter;

spec::Counters balanced() {
  spec::Counters c;
  using enum Counter;
  c[TotalCycles] = 1000;
  c[LoadBusy] = 100, c[LoadStallToken] = 200, c[LoadStallMemory] = 300, c[LoadIdle] = 400;
  c[ComputeBusy] = 550, c[ComputeStallLoad] = 150, c[ComputeStallStore] = 50, c[ComputeIdle] = 250;
  c[CoreBeats] = 400, c[CoreStallA] = 20, c[CoreStallB] = 30, c[CoreStallOut] = 10, c[CoreOverhead] = 40, c[VectorBusy] = 50;
  c[StoreBusy] = 10, c[StoreStallToken] = 20, c[StoreStallMemory] = 30, c[StoreIdle] = 940;
  c[FetchDescriptors] = 2, c[FetchBytes] = 512;
  c[LoadBytes] = 4096, c[StoreBytes] = 1024, c[SpadOReadBytes] = 1024;
  c[BusBytes] = 5632, c[BusBusy] = 88;
  c[DramReadBytes] = 4608, c[DramWriteBytes] = 1024;
  c[DramReadBursts] = 72, c[DramWriteBursts] = 16, c[DramRowHits] = 80, c[DramActivates] = 8;
  // 16 x 16 in two-byte elements beside the vector unit's.
  c[CoreMacs] = 16 * 100;
  c[CoreAVectors] = 10, c[CoreAElements] = 100, c[SpadAReadBytes] = 200 + 64;
  c[CoreBVectors] = 20, c[CoreBElements] = 320, c[SpadBReadBytes] = 640 + 64;
  c[CoreOutVectors] = 5, c[CoreOutputs] = 5, c[SpadOWriteBytes] = 10 + 64;
  c[VectorOperations] = 32;
  return c;
}

/// The same without a vector unit at work.
spec::Counters balanced_core() {
  spec::Counters c = balanced();
  using enum Counter;
  c[VectorOperations] = 0;
  for (const Counter bytes : {SpadAReadBytes, SpadBReadBytes, SpadOWriteBytes}) c[bytes] -= 64;
  return c;
}

PlatformConfig two_bytes() {
  PlatformConfig config;
  config.core.format = numerics::parse_format("posit16");
  return config;
}

TEST(Conservation, AcceptsWhatBalances) {
  EXPECT_NO_THROW(check_conservation(two_bytes(), balanced(), 1000));
  EXPECT_NO_THROW(check_conservation(two_bytes(), balanced_core(), 1000));
}

// In a core of several modes an element has one of their widths.
TEST(Conservation, ElementsOfSeveralModesHaveOneOfTheirWidths) {
  using enum Counter;
  PlatformConfig config = two_bytes();
  config.core.further_modes.push_back({numerics::parse_format("posit8"), {}});
  for (const auto& [bytes, elements] : {std::pair{SpadAReadBytes, CoreAElements}, std::pair{SpadBReadBytes, CoreBElements},
                                        std::pair{SpadOWriteBytes, CoreOutputs}}) {
    const auto accepted = [&, bytes = bytes](std::uint64_t count) {
      spec::Counters counters = balanced_core();
      counters[bytes] = count;
      try {
        check_conservation(config, counters, 1000);
      } catch (const InvariantError&) {
        return false;
      }
      return true;
    };
    const std::uint64_t carried = balanced_core()[elements];
    EXPECT_TRUE(accepted(2 * carried) && accepted(carried) && accepted(carried + 1));
    EXPECT_FALSE(accepted(2 * carried + 1) || accepted(carried - 1));
  }
}

// A byte read or written that no element carried, an element that no byte paid for, and vectors that carry nothing or too much.
TEST(Conservation, PortsPayForWhatTheyCarry) {
  using enum Counter;
  for (const Counter counter : {SpadAReadBytes, SpadBReadBytes, SpadOWriteBytes, CoreAElements, CoreBElements, CoreOutputs}) {
    for (const int change : {1, -1}) {
      spec::Counters broken = balanced_core();
      broken[counter] += static_cast<std::uint64_t>(change);
      EXPECT_THROW(check_conservation(two_bytes(), broken, 1000), InvariantError)
          << spec::kCounters[static_cast<std::size_t>(counter)].name << ' ' << change;
    }
  }
  const auto rejects = [](Counter counter, std::uint64_t value) {
    spec::Counters broken = balanced_core();
    broken[counter] = value;
    EXPECT_THROW(check_conservation(two_bytes(), broken, 1000), InvariantError)
        << spec::kCounters[static_cast<std::size_t>(counter)].name << ' ' << value;
  };
  rejects(CoreAVectors, 6), rejects(CoreAVectors, 101);
  rejects(CoreBVectors, 19), rejects(CoreBVectors, 321);
  rejects(CoreOutVectors, 0), rejects(CoreOutVectors, 6);
  rejects(CoreMacs, 1601);
  for (const Counter bytes : {SpadAReadBytes, SpadBReadBytes, SpadOWriteBytes}) {
    spec::Counters broken = balanced();
    broken[bytes] -= 65;
    EXPECT_THROW(check_conservation(two_bytes(), broken, 1000), InvariantError)
        << spec::kCounters[static_cast<std::size_t>(bytes)].name;
  }
}

TEST(Conservation, FindsEveryPlantedFault) {
  using enum Counter;
  for (const Counter counter :
       {TotalCycles,       LoadBusy,    LoadStallToken,  LoadStallMemory,  LoadIdle,      ComputeBusy,      ComputeStallLoad,
        ComputeStallStore, ComputeIdle, CoreBeats,       CoreStallA,       CoreStallB,    CoreStallOut,     CoreOverhead,
        VectorBusy,        StoreBusy,   StoreStallToken, StoreStallMemory, StoreIdle,     FetchDescriptors, FetchBytes,
        LoadBytes,         StoreBytes,  SpadOReadBytes,  BusBytes,         DramReadBytes, DramWriteBytes,   DramReadBursts,
        DramWriteBursts,   DramRowHits, DramActivates}) {
    for (const int change : {1, -1}) {
      spec::Counters broken = balanced();
      broken[counter] += static_cast<std::uint64_t>(change);
      EXPECT_THROW(check_conservation(two_bytes(), broken, 1000), InvariantError)
          << spec::kCounters[static_cast<std::size_t>(counter)].name << ' ' << change;
    }
  }
  spec::Counters bus = balanced();
  --bus[BusBusy];
  EXPECT_THROW(check_conservation(two_bytes(), bus, 1000), InvariantError) << "more bytes than beats carry";
  bus[BusBusy] = 1001;
  EXPECT_THROW(check_conservation(two_bytes(), bus, 1000), InvariantError) << "busier than the run is long";
}

TEST(Conservation, MessageNamesModuleClockAndValues) {
  spec::Counters broken = balanced();
  broken[Counter::StoreIdle] = 941;
  try {
    check_conservation(two_bytes(), broken, 4711);
    FAIL();
  } catch (const InvariantError& error) {
    const std::string message = error.what();
    for (const char* part : {"store.idle", "941", "total.cycles", "1000", "4711"}) {
      EXPECT_NE(message.find(part), std::string::npos) << part;
    }
  }
}

}  // namespace
}  // namespace binade::hw
