// SPDX-License-Identifier: Apache-2.0
// The store engine's address generator against isa.def read literally, and the cutting of spans into bursts.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "hw/engines/store_plan.h"

namespace binade::hw {
namespace {

std::int64_t pick(std::mt19937_64& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
}

TEST(StorePlan, PutsEveryElementWhereTheDescriptorSays) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 400; ++round) {
    SCOPED_TRACE(round);
    spec::Store d;
    d.element_bytes = std::int64_t{1} << pick(random, 0, 3);
    d.rows = pick(random, 1, 40);
    d.cols = pick(random, 1, 20);
    d.row_first = pick(random, 0, 50);
    d.plane = pick(random, 1, 30);
    d.dram_base = pick(random, 0, 1000);
    const bool images = pick(random, 0, 1) == 1;  // NCHW planes, or row-major matrices
    d.inner_step = images ? 1 : d.cols + pick(random, 0, 3);
    d.col_step = images ? d.plane + pick(random, 0, 2) : 1;
    d.outer_step = images ? d.col_step * d.cols : d.inner_step * d.plane;
    std::vector<std::byte> tile(static_cast<std::size_t>(d.rows * d.cols * d.element_bytes));
    for (auto& byte : tile) byte = static_cast<std::byte>(random());

    std::map<std::int64_t, std::byte> expected, written;
    for (std::int64_t i = 0; i < d.rows; ++i) {
      for (std::int64_t j = 0; j < d.cols; ++j) {
        const std::int64_t r = d.row_first + i;
        const std::int64_t offset = r / d.plane * d.outer_step + r % d.plane * d.inner_step + j * d.col_step;
        for (std::int64_t byte = 0; byte < d.element_bytes; ++byte) {
          expected[d.dram_base + offset * d.element_bytes + byte] =
              tile[static_cast<std::size_t>((i * d.cols + j) * d.element_bytes + byte)];
        }
      }
    }
    auto plan = StorePlan::make(d);
    ASSERT_TRUE(plan);
    plan->gather(tile);
    ASSERT_EQ(plan->data.size(), tile.size());
    for (const DramSpan& span : plan->spans) {
      for (std::uint64_t byte = 0; byte < span.bytes; ++byte) {
        written[static_cast<std::int64_t>(span.address + byte)] = plan->data[span.buffer + byte];
      }
    }
    ASSERT_EQ(written, expected);
    const std::int64_t runs = images ? d.cols * ((d.row_first + d.rows - 1) / d.plane - d.row_first / d.plane + 1) : d.rows;
    EXPECT_LE(plan->spans.size(), static_cast<std::size_t>(runs)) << "spans are maximal along the contiguous direction";
  }
}

TEST(StorePlan, BurstsTileTheSpansWithoutCrossingTheirBoundary) {
  std::mt19937_64 random(13);
  for (int round = 0; round < 200; ++round) {
    const std::uint64_t burst = std::uint64_t{8} << pick(random, 0, 5);
    std::vector<DramSpan> spans;
    std::uint64_t buffer = 0;
    for (std::int64_t i = pick(random, 0, 5); i >= 0; --i) {
      const auto address = static_cast<std::uint64_t>(pick(random, 0, 10000));
      spans.push_back({address, static_cast<std::uint64_t>(pick(random, 1, 2000)), buffer});
      buffer += spans.back().bytes;
    }
    const auto bytes_of = [](const std::vector<DramSpan>& parts) {
      std::vector<std::uint64_t> bytes;
      for (const DramSpan& part : parts) {
        for (std::uint64_t i = 0; i < part.bytes; ++i) bytes.push_back((part.address + i) << 20 | (part.buffer + i));
      }
      return bytes;
    };
    const auto bursts = split_bursts(spans, burst);
    for (const DramSpan& part : bursts) {
      EXPECT_LE(part.bytes, burst);
      EXPECT_EQ(part.address / burst, (part.address + part.bytes - 1) / burst);
    }
    EXPECT_EQ(bytes_of(bursts), bytes_of(spans));
  }
}

}  // namespace
}  // namespace binade::hw
