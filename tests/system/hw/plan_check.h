// SPDX-License-Identifier: Apache-2.0
// A load's plan against its address rule, element by element.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <vector>

#include "hw/engines/tile_plan.h"

namespace binade::tests {

inline std::int64_t pick(std::mt19937_64& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
}

/// Where an element comes from.
struct ElementSource {
  bool padding;
  std::int64_t address;
};

/// isa.def: the scratchpad offset of an element, x and k from 0 in the tile. Of a Load or a LoadWalk.
template <class Record>
std::int64_t destination_of(const Record& d, std::int64_t x, std::int64_t k) {
  return x / d.x_block * d.x_outer + x % d.x_block * d.x_inner + k / d.k_block * d.k_outer + k % d.k_block * d.k_inner;
}

/// Either operand layout of isa.def, so that no two elements collide.
template <class Record>
void lay_out(std::mt19937_64& random, Record& d) {
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
}

/// The plan's spans, filled with random bytes, become what source_of(d, x, k) says of every element.
template <class Record, class SourceOf>
void expect_scattered(const hw::TilePlan& plan, const Record& d, SourceOf source_of, std::mt19937_64& random) {
  using Bytes = std::vector<std::byte>;
  std::uint64_t memory_end = 0;
  for (const hw::DramSpan& span : plan.spans()) memory_end = std::max(memory_end, span.address + span.bytes);
  Bytes memory(memory_end);
  for (auto& byte : memory) byte = static_cast<std::byte>(random());
  Bytes buffer(plan.buffer_bytes());
  std::uint64_t fetched = 0;
  for (const hw::DramSpan& span : plan.spans()) {
    std::copy_n(memory.begin() + static_cast<std::ptrdiff_t>(span.address), span.bytes,
                buffer.begin() + static_cast<std::ptrdiff_t>(span.buffer));
    fetched += span.bytes;
  }
  ASSERT_EQ(fetched, plan.buffer_bytes());

  const auto extent = static_cast<std::size_t>(plan.extent_bytes());
  const auto size = static_cast<std::size_t>(d.element_bytes);
  Bytes scratchpad(extent, std::byte{0xa5}), expected = scratchpad;
  plan.scatter(buffer, scratchpad);
  std::set<std::int64_t> needed;
  for (std::int64_t x = 0; x < d.x_count; ++x) {
    for (std::int64_t k = 0; k < d.k_count; ++k) {
      const ElementSource source = source_of(d, d.x_first + x, d.k_first + k);
      const auto to = static_cast<std::size_t>(destination_of(d, x, k)) * size;
      ASSERT_LE(to + size, extent);
      for (std::size_t byte = 0; byte < size; ++byte) {
        expected[to + byte] =
            source.padding ? static_cast<std::byte>(d.fill >> (8 * byte)) : memory[static_cast<std::size_t>(source.address) + byte];
      }
      if (!source.padding) needed.insert(source.address);
    }
  }
  ASSERT_EQ(scratchpad, expected);
  ASSERT_GE(fetched, needed.size() * size) << "fewer bytes fetched than distinct ones needed";
}

}  // namespace binade::tests
