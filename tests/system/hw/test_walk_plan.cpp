// SPDX-License-Identifier: Apache-2.0
// The address generator of general walks against isa.def, LoadWalk, read literally, element by element; and against the plans of
// Loads.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>

#include "hw/engines/load_plan.h"
#include "hw/engines/walk_plan.h"
#include "tests/system/hw/plan_check.h"

namespace binade::hw {
namespace {

using tests::pick;
using Source = tests::ElementSource;

struct Position {
  std::int64_t plane, h, w;
};

/// isa.def: where the indices of element (x, k) lead.
Position position_of(const spec::LoadWalk& d, std::int64_t x, std::int64_t k) {
  const std::int64_t x2 = x % d.x2_size, x1 = x / d.x2_size % d.x1_size, x0 = x / (d.x2_size * d.x1_size);
  const std::int64_t k2 = k % d.k2_size, k1 = k / d.k2_size % d.k1_size, k0 = k / (d.k2_size * d.k1_size);
  return {x0 * d.x0_plane + x1 * d.x1_plane + x2 * d.x2_plane + k0 * d.k0_plane + k1 * d.k1_plane + k2 * d.k2_plane,
          d.h_offset + x0 * d.x0_h + x1 * d.x1_h + x2 * d.x2_h + k0 * d.k0_h + k1 * d.k1_h + k2 * d.k2_h,
          d.w_offset + x0 * d.x0_w + x1 * d.x1_w + x2 * d.x2_w + k0 * d.k0_w + k1 * d.k1_w + k2 * d.k2_w};
}

Source source_of(const spec::LoadWalk& d, std::int64_t x, std::int64_t k) {
  const Position at = position_of(d, x, k);
  if (at.h % d.h_divisor != 0 || at.w % d.w_divisor != 0) return {true, 0};
  const std::int64_t h = at.h / d.h_divisor, w = at.w / d.w_divisor;
  if (h < 0 || h >= d.height || w < 0 || w >= d.width) return {true, 0};
  return {false, d.dram_base + (at.plane + h * d.width + w) * d.element_bytes};
}

spec::LoadWalk random_walk(std::mt19937_64& random) {
  spec::LoadWalk d;
  d.element_bytes = std::int64_t{1} << pick(random, 0, 3);
  d.dram_base = 1 << 16;
  d.fill = static_cast<std::int64_t>(random() >> 1);
  d.height = pick(random, 1, 9);
  d.width = pick(random, 1, 9);
  for (std::int64_t* const size : {&d.x1_size, &d.x2_size, &d.k1_size, &d.k2_size}) *size = pick(random, 1, 5);
  for (std::int64_t* const plane : {&d.x0_plane, &d.x1_plane, &d.x2_plane, &d.k0_plane, &d.k1_plane, &d.k2_plane})
    *plane = pick(random, 0, 1) == 0 ? 0 : pick(random, -30, 90);
  for (std::int64_t* const step :
       {&d.x0_h, &d.x1_h, &d.x2_h, &d.k0_h, &d.k1_h, &d.k2_h, &d.x0_w, &d.x1_w, &d.x2_w, &d.k0_w, &d.k1_w, &d.k2_w})
    *step = pick(random, 0, 1) == 0 ? 0 : pick(random, -3, 3);
  d.h_offset = pick(random, -5, 8);
  d.w_offset = pick(random, -5, 8);
  d.h_divisor = pick(random, 1, 3);
  d.w_divisor = pick(random, 1, 3);
  d.x_first = pick(random, 0, 40);
  d.x_count = pick(random, 1, 60);
  d.k_first = pick(random, 0, 20);
  d.k_count = pick(random, 1, 40);
  tests::lay_out(random, d);
  return d;
}

TEST(WalkPlan, ScattersWhatTheDescriptorSays) {
  std::mt19937_64 random(20261129);
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    const spec::LoadWalk d = random_walk(random);
    const auto plan = WalkPlan::make(d);
    ASSERT_TRUE(plan);
    tests::expect_scattered(*plan, d, source_of, random);
    if (HasFatalFailure()) return;
  }
}

// Planes far apart.
TEST(WalkPlan, PlaneIsFetchedOnceFromFirstToLastNeededPixel) {
  std::mt19937_64 random(8);
  for (int round = 0; round < 200; ++round) {
    SCOPED_TRACE(round);
    spec::LoadWalk d = random_walk(random);
    for (std::int64_t* const plane : {&d.x0_plane, &d.x1_plane, &d.x2_plane, &d.k0_plane, &d.k1_plane, &d.k2_plane})
      *plane = std::abs(*plane) * 1000;
    std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> planes;  // plane: first and last needed byte
    for (std::int64_t x = d.x_first; x < d.x_first + d.x_count; ++x) {
      for (std::int64_t k = d.k_first; k < d.k_first + d.k_count; ++k) {
        const Source source = source_of(d, x, k);
        if (source.padding) continue;
        const std::int64_t end = source.address + d.element_bytes;
        const auto [at, fresh] = planes.try_emplace(position_of(d, x, k).plane, source.address, end);
        if (fresh) continue;
        at->second.first = std::min(at->second.first, source.address);
        at->second.second = std::max(at->second.second, end);
      }
    }
    const auto plan = WalkPlan::make(d);
    ASSERT_TRUE(plan);
    // Sums of x's and k's planes may meet: the same plane again.
    std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> fetched;
    for (const DramSpan& span : plan->spans()) {
      const auto begin = static_cast<std::int64_t>(span.address), end = begin + static_cast<std::int64_t>(span.bytes);
      const std::int64_t plane = (begin - d.dram_base) / d.element_bytes / 1000 * 1000;
      const auto [at, fresh] = fetched.try_emplace(plane, begin, end);
      if (fresh) continue;
      at->second.first = std::min(at->second.first, begin);
      at->second.second = std::max(at->second.second, end);
    }
    EXPECT_EQ(fetched, planes);
  }
}

// A Load said as a walk moves the same bytes.
TEST(WalkPlan, OfAnImageFetchesWhatItsLoadDoes) {
  std::mt19937_64 random(9);
  for (int round = 0; round < 200; ++round) {
    SCOPED_TRACE(round);
    const auto stride = pick(random, 1, 3), dilation = pick(random, 1, 2), pad = pick(random, 0, 2);
    spec::LoadWalk walk;
    walk.element_bytes = 2;
    walk.height = pick(random, 3, 9);
    walk.width = pick(random, 3, 9);
    walk.x1_size = pick(random, 1, 5);
    walk.x2_size = pick(random, 1, 5);
    walk.k1_size = walk.k2_size = pick(random, 1, 3);
    walk.k0_plane = walk.height * walk.width;
    walk.x0_plane = 3 * walk.k0_plane;
    walk.x1_h = walk.x2_w = stride;
    walk.k1_h = walk.k2_w = dilation;
    walk.h_offset = walk.w_offset = -pad;
    walk.h_divisor = walk.w_divisor = 1;
    walk.x_count = pick(random, 1, 40);
    walk.k_count = 3 * walk.k1_size * walk.k2_size;
    tests::lay_out(random, walk);
    spec::Load load;
    load.element_bytes = walk.element_bytes;
    load.x_count = walk.x_count, load.k_count = walk.k_count;
    load.x1_size = walk.x1_size, load.x2_size = walk.x2_size, load.k1_size = walk.k1_size, load.k2_size = walk.k2_size;
    load.x0_step = walk.x0_plane, load.k0_step = walk.k0_plane;
    load.height = walk.height, load.width = walk.width;
    load.h_geometry = load.w_geometry = spec::pack_geometry(stride, dilation, pad);
    load.x_block = walk.x_block, load.x_outer = walk.x_outer, load.x_inner = walk.x_inner;
    load.k_block = walk.k_block, load.k_outer = walk.k_outer, load.k_inner = walk.k_inner;
    const auto planned = WalkPlan::make(walk);
    const auto expected = LoadPlan::make(load);
    ASSERT_TRUE(planned && expected);
    EXPECT_EQ(planned->spans(), expected->spans());
    EXPECT_EQ(planned->extent_bytes(), expected->extent_bytes());
  }
}

TEST(WalkPlan, RefusesAddressesBelowZeroAndMoreThanThereIs) {
  spec::LoadWalk d;
  d.element_bytes = 2;
  d.x1_size = d.x2_size = d.k1_size = d.k2_size = d.height = d.width = d.h_divisor = d.w_divisor = d.x_block = d.k_block = 1;
  d.x_count = 3;
  d.k_count = 1;
  d.x_outer = 1;
  d.x0_plane = -1;
  d.dram_base = 3;
  EXPECT_FALSE(WalkPlan::make(d));
  d.dram_base = 4;
  EXPECT_TRUE(WalkPlan::make(d, 6));
  EXPECT_FALSE(WalkPlan::make(d, 5));
}

}  // namespace
}  // namespace binade::hw
