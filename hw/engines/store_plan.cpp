// SPDX-License-Identifier: Apache-2.0
#include "hw/engines/store_plan.h"

#include <algorithm>
#include <cstring>

#include "models/numerics/error.h"

namespace binade::hw {
namespace {

/// Elements of kBytes from the scratchpad into the plan, in the order of their addresses in DRAM.
template <std::size_t kBytes>
bool gather(const spec::Store& store, std::span<const std::byte> scratchpad, StorePlan& plan) {
  std::vector<std::int64_t> row_offset(static_cast<std::size_t>(store.rows));
  for (std::int64_t i = 0; i < store.rows; ++i) {
    const std::int64_t row = store.row_first + i;
    row_offset[static_cast<std::size_t>(i)] = row / store.plane * store.outer_step + row % store.plane * store.inner_step;
  }
  plan.data.resize(static_cast<std::size_t>(store.rows * store.cols) * kBytes);
  std::byte* to = plan.data.data();
  const auto element = [&](std::int64_t i, std::int64_t j) {
    const std::int64_t offset = row_offset[static_cast<std::size_t>(i)] + j * store.col_step;
    const std::int64_t address = store.dram_base + offset * static_cast<std::int64_t>(kBytes);
    if (address < 0) return false;
    const auto at = static_cast<std::uint64_t>(address);
    if (plan.spans.empty() || plan.spans.back().address + plan.spans.back().bytes != at)
      plan.spans.push_back({at, 0, static_cast<std::uint64_t>(to - plan.data.data())});
    plan.spans.back().bytes += kBytes;
    std::memcpy(to, scratchpad.data() + static_cast<std::size_t>(i * store.cols + j) * kBytes, kBytes);
    to += kBytes;
    return true;
  };
  // The innermost loop follows the direction that is contiguous in DRAM.
  const bool columns_inside = store.col_step == 1 || store.inner_step != 1;
  const std::int64_t outer = columns_inside ? store.rows : store.cols, inner = columns_inside ? store.cols : store.rows;
  for (std::int64_t a = 0; a < outer; ++a) {
    for (std::int64_t b = 0; b < inner; ++b) {
      if (!(columns_inside ? element(a, b) : element(b, a))) return false;
    }
  }
  return true;
}

bool gather(const spec::Store& store, std::span<const std::byte> scratchpad, StorePlan& plan) {
  switch (store.element_bytes) {
    case 1:
      return gather<1>(store, scratchpad, plan);
    case 2:
      return gather<2>(store, scratchpad, plan);
    case 4:
      return gather<4>(store, scratchpad, plan);
    case 8:
      return gather<8>(store, scratchpad, plan);
    default:
      throw InvariantError("store plan: element size escaped decoding");
  }
}

}  // namespace

std::optional<StorePlan> StorePlan::make(const spec::Store& store, std::span<const std::byte> scratchpad) {
  StorePlan plan;
  if (!gather(store, scratchpad, plan)) return std::nullopt;
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
