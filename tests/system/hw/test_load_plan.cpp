// SPDX-License-Identifier: Apache-2.0
// The load engine's address generator against isa.def read literally, element by element, over random descriptors.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "hw/engines/load_plan.h"
#include "tests/system/hw/plan_check.h"

namespace binade::hw {
namespace {

using tests::pick;
using Source = tests::ElementSource;

/// isa.def: where element (x, k) comes from.
Source source_of(const spec::Load& d, std::int64_t x, std::int64_t k) {
  const std::int64_t x2 = x % d.x2_size, x1 = x / d.x2_size % d.x1_size, x0 = x / (d.x2_size * d.x1_size);
  const std::int64_t k2 = k % d.k2_size, k1 = k / d.k2_size % d.k1_size, k0 = k / (d.k2_size * d.k1_size);
  const auto part = [](std::int64_t word, int at) { return word >> at & 0xffff; };
  const std::int64_t h = x1 * part(d.h_geometry, 0) + k1 * part(d.h_geometry, 16) - part(d.h_geometry, 32);
  const std::int64_t w = x2 * part(d.w_geometry, 0) + k2 * part(d.w_geometry, 16) - part(d.w_geometry, 32);
  if (h < 0 || h >= d.height || w < 0 || w >= d.width) return {true, 0};
  return {false, d.dram_base + (x0 * d.x0_step + k0 * d.k0_step + h * d.width + w) * d.element_bytes};
}

spec::Load random_load(std::mt19937_64& random) {
  const auto geometry = [&] {
    const int stride = static_cast<int>(pick(random, 1, 3)), dilation = static_cast<int>(pick(random, 1, 3));
    return spec::pack_geometry(stride, dilation, static_cast<int>(pick(random, 0, 3)));
  };
  spec::Load d;
  d.element_bytes = std::int64_t{1} << pick(random, 0, 3);
  d.dram_base = pick(random, 0, 5000);
  d.fill = static_cast<std::int64_t>(random() >> 1);
  if (pick(random, 0, 2) == 0) {
    d.x1_size = d.x2_size = d.k1_size = d.k2_size = d.height = d.width = 1;
    d.h_geometry = d.w_geometry = spec::pack_geometry(1, 1, 0);
    const bool k_contiguous = pick(random, 0, 1) == 1;
    d.x0_step = k_contiguous ? pick(random, 0, 60) : 1;
    d.k0_step = k_contiguous ? 1 : pick(random, 0, 60);
  } else {
    d.height = pick(random, 1, 9);
    d.width = pick(random, 1, 9);
    d.k1_size = pick(random, 1, 4);
    d.k2_size = pick(random, 1, 4);
    d.x1_size = pick(random, 1, 7);
    d.x2_size = pick(random, 1, 7);
    d.h_geometry = geometry();
    d.w_geometry = geometry();
    d.k0_step = d.height * d.width + pick(random, 0, 1) * pick(random, 0, 9);
    d.x0_step = d.k0_step * pick(random, 1, 5);
  }
  d.x_first = pick(random, 0, 40);
  d.x_count = pick(random, 1, 60);
  d.k_first = pick(random, 0, 20);
  d.k_count = pick(random, 1, 40);
  tests::lay_out(random, d);
  return d;
}

TEST(LoadPlan, ScattersWhatTheDescriptorSays) {
  std::mt19937_64 random(20261122);
  for (int round = 0; round < 400; ++round) {
    SCOPED_TRACE(round);
    const spec::Load d = random_load(random);
    const auto plan = LoadPlan::make(d);
    ASSERT_TRUE(plan);
    tests::expect_scattered(*plan, d, source_of, random);
    if (HasFatalFailure()) return;
  }
}

TEST(LoadPlan, PlaneIsFetchedOnceFromFirstToLastNeededPixel) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    SCOPED_TRACE(round);
    spec::Load d = random_load(random);
    d.k0_step = 100000;  // planes far apart: one span each
    d.x0_step = 100000000;
    std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> planes;  // plane: first and last needed byte
    for (std::int64_t x = d.x_first; x < d.x_first + d.x_count; ++x) {
      for (std::int64_t k = d.k_first; k < d.k_first + d.k_count; ++k) {
        const Source source = source_of(d, x, k);
        if (source.padding) continue;
        const std::int64_t plane = (source.address - d.dram_base) / d.element_bytes / 100000;
        const std::int64_t end = source.address + d.element_bytes;
        const auto [at, fresh] = planes.try_emplace(plane, source.address, end);
        if (fresh) continue;
        at->second.first = std::min(at->second.first, source.address);
        at->second.second = std::max(at->second.second, end);
      }
    }
    const auto plan = LoadPlan::make(d);
    ASSERT_TRUE(plan);
    ASSERT_EQ(plan->spans().size(), planes.size());
    auto plane = planes.begin();
    for (const DramSpan& span : plan->spans()) {
      EXPECT_EQ(static_cast<std::int64_t>(span.address), plane->second.first);
      EXPECT_EQ(static_cast<std::int64_t>(span.address + span.bytes), plane->second.second);
      ++plane;
    }
  }
}

spec::Load matrix(std::int64_t x_count, std::int64_t k_count) {
  spec::Load d;
  d.element_bytes = 2;
  d.x_count = x_count;
  d.k_count = k_count;
  d.x1_size = d.x2_size = d.k1_size = d.k2_size = d.height = d.width = 1;
  d.h_geometry = d.w_geometry = spec::pack_geometry(1, 1, 0);
  d.x_block = x_count;
  d.x_inner = 1;
  d.k_block = k_count;
  d.k_inner = x_count;
  return d;
}

TEST(LoadPlan, MatrixIsFetchedAlongItsContiguousIndex) {
  for (const bool along_k : {true, false}) {
    spec::Load d = matrix(12, 20);
    d.x0_step = along_k ? 64 : 1;
    d.k0_step = along_k ? 1 : 64;
    const auto plan = LoadPlan::make(d);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->spans().size(), static_cast<std::size_t>(along_k ? d.x_count : d.k_count));
    for (const DramSpan& span : plan->spans()) {
      EXPECT_EQ(span.bytes, static_cast<std::uint64_t>(along_k ? d.k_count : d.x_count) * 2);
    }
    // Without a gap between rows the whole matrix is one span.
    (along_k ? d.x0_step : d.k0_step) = along_k ? d.k_count : d.x_count;
    EXPECT_EQ(LoadPlan::make(d)->spans().size(), 1u);
  }
}

TEST(LoadPlan, RefusesAddressesBelowZero) {
  spec::Load d = matrix(3, 1);
  d.x0_step = -1;
  d.dram_base = 3;
  EXPECT_FALSE(LoadPlan::make(d));
  d.dram_base = 4;
  EXPECT_TRUE(LoadPlan::make(d));
}

}  // namespace
}  // namespace binade::hw
