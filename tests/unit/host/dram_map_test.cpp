// SPDX-License-Identifier: Apache-2.0
#include "sim/host/dram_map.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "models/numerics/error.h"

namespace binade::sim {
namespace {

TEST(DramMap, BlocksNeverOverlapAndAllComesBack) {
  constexpr std::int64_t kCapacity = 64 * DramMap::kAlignment;
  DramMap map(kCapacity);
  std::mt19937 random(1);
  std::vector<std::pair<std::int64_t, std::int64_t>> live;
  for (int round = 0; round < 2000; ++round) {
    const auto bytes = static_cast<std::int64_t>(random() % (3 * DramMap::kAlignment) + 1);
    try {
      const std::int64_t address = map.allocate(bytes);
      EXPECT_EQ(address % DramMap::kAlignment, 0);
      EXPECT_LE(address + bytes, kCapacity);
      for (const auto& [other, size] : live) EXPECT_TRUE(address + bytes <= other || other + size <= address);
      live.emplace_back(address, bytes);
    } catch (const InputError&) {
      ASSERT_FALSE(live.empty());
    }
    while (live.size() > 10 + random() % 20) {
      std::swap(live[random() % live.size()], live.back());
      map.release(live.back().first);
      live.pop_back();
    }
  }
  for (const auto& [address, bytes] : live) map.release(address);
  EXPECT_EQ(map.allocate(kCapacity), 0);
}

TEST(DramMap, RefusesWhatDoesNotFitAndWhatIsNotThere) {
  DramMap map(2 * DramMap::kAlignment);
  EXPECT_THROW(map.allocate(3 * DramMap::kAlignment), InputError);
  EXPECT_THROW(map.release(0), InvariantError);
}

}  // namespace
}  // namespace binade::sim
