// SPDX-License-Identifier: Apache-2.0
#include "hw/engines/store_plan.h"

#include <algorithm>
#include <cstring>

namespace binade::hw {
namespace {

/// Element (i, j) from the scratchpad to the end of the plan.
bool append(StorePlan& plan, std::int64_t address, const std::byte* element, std::size_t element_bytes) {
  if (address < 0) return false;
  const auto at = static_cast<std::uint64_t>(address);
  if (plan.spans.empty() || plan.spans.back().address + plan.spans.back().bytes != at) {
    plan.spans.push_back({at, 0, plan.data.size()});
  }
  plan.spans.back().bytes += element_bytes;
  plan.data.insert(plan.data.end(), element, element + element_bytes);
  return true;
}

}  // namespace

std::optional<StorePlan> StorePlan::make(const spec::Store& store, std::span<const std::byte> scratchpad) {
  StorePlan plan;
  const auto element_bytes = static_cast<std::size_t>(store.element_bytes);
  plan.data.reserve(static_cast<std::size_t>(store.rows * store.cols) * element_bytes);
  std::vector<std::int64_t> row_offset(static_cast<std::size_t>(store.rows));
  for (std::int64_t i = 0; i < store.rows; ++i) {
    const std::int64_t row = store.row_first + i;
    row_offset[static_cast<std::size_t>(i)] = row / store.plane * store.outer_step + row % store.plane * store.inner_step;
  }
  const auto element = [&](std::int64_t i, std::int64_t j) {
    const std::int64_t offset = row_offset[static_cast<std::size_t>(i)] + j * store.col_step;
    return append(plan, store.dram_base + offset * store.element_bytes,
                  scratchpad.data() + static_cast<std::size_t>(i * store.cols + j) * element_bytes, element_bytes);
  };
  // The innermost loop follows the direction that is contiguous in DRAM.
  const bool columns_inside = store.col_step == 1 || store.inner_step != 1;
  const std::int64_t outer = columns_inside ? store.rows : store.cols, inner = columns_inside ? store.cols : store.rows;
  for (std::int64_t a = 0; a < outer; ++a) {
    for (std::int64_t b = 0; b < inner; ++b) {
      if (!(columns_inside ? element(a, b) : element(b, a))) return std::nullopt;
    }
  }
  return plan;
}

std::vector<DramSpan> split_bursts(const std::vector<DramSpan>& spans, std::uint64_t burst_bytes) {
  std::vector<DramSpan> bursts;
  for (DramSpan span : spans) {
    while (span.bytes > 0) {
      const std::uint64_t bytes = std::min(span.bytes, burst_bytes - span.address % burst_bytes);
      bursts.push_back({span.address, bytes, span.buffer});
      span.address += bytes;
      span.buffer += bytes;
      span.bytes -= bytes;
    }
  }
  return bursts;
}

}  // namespace binade::hw
