// SPDX-License-Identifier: Apache-2.0
// The load engine's address generator against isa.def read literally, element by element, over random descriptors.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "hw/engines/load_plan.h"

namespace binade::hw {
namespace {

using Bytes = std::vector<std::byte>;

std::int64_t pick(std::mt19937_64& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
}

struct Source {
  bool padding;
  std::int64_t address;
};

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

std::int64_t destination_of(const spec::Load& d, std::int64_t x, std::int64_t k) {
  return x / d.x_block * d.x_outer + x % d.x_block * d.x_inner + k / d.k_block * d.k_outer + k % d.k_block * d.k_inner;
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
  // Either operand layout of isa.def, so that no two elements collide.
  const std::int64_t block = pick(random, 1, 9);
  if (pick(random, 0, 1) == 0) {
    d.x_block = block;
    d.x_outer = d.k_count * block;
    d.x_inner = 1;
    d.k_block = d.k_count;
    d.k_inner = block;
  } else {
    d.k_block = block;
    d.k_outer = d.x_count * block;
    d.k_inner = 1;
    d.x_block = d.x_count;
    d.x_inner = block;
  }
  return d;
}

TEST(LoadPlan, ScattersWhatTheDescriptorSays) {
  std::mt19937_64 random(20261122);
  for (int round = 0; round < 400; ++round) {
    SCOPED_TRACE(round);
    const spec::Load d = random_load(random);
    const auto plan = LoadPlan::make(d);
    ASSERT_TRUE(plan);

    std::uint64_t memory_end = 0;
    for (const DramSpan& span : plan->spans()) memory_end = std::max(memory_end, span.address + span.bytes);
    Bytes memory(memory_end);
    for (auto& byte : memory) byte = static_cast<std::byte>(random());
    Bytes buffer(plan->buffer_bytes());
    std::uint64_t fetched = 0;
    for (const DramSpan& span : plan->spans()) {
      std::copy_n(memory.begin() + static_cast<std::ptrdiff_t>(span.address), span.bytes,
                  buffer.begin() + static_cast<std::ptrdiff_t>(span.buffer));
      fetched += span.bytes;
    }
    ASSERT_EQ(fetched, plan->buffer_bytes());

    const auto extent = static_cast<std::size_t>(plan->extent_bytes());
    const auto size = static_cast<std::size_t>(d.element_bytes);
    Bytes scratchpad(extent, std::byte{0xa5}), expected = scratchpad;
    plan->scatter(buffer, scratchpad);
    std::set<std::int64_t> needed;
    for (std::int64_t x = 0; x < d.x_count; ++x) {
      for (std::int64_t k = 0; k < d.k_count; ++k) {
        const Source source = source_of(d, d.x_first + x, d.k_first + k);
        const auto to = static_cast<std::size_t>(destination_of(d, x, k)) * size;
        ASSERT_LE(to + size, extent);
        for (std::size_t byte = 0; byte < size; ++byte) {
          expected[to + byte] = source.padding ? static_cast<std::byte>(d.fill >> (8 * byte))
                                               : memory[static_cast<std::size_t>(source.address) + byte];
        }
        if (!source.padding) needed.insert(source.address);
      }
    }
    ASSERT_EQ(scratchpad, expected);
    ASSERT_GE(fetched, needed.size() * size) << "fewer bytes fetched than distinct ones needed";
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
