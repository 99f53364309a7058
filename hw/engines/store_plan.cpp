// SPDX-License-Identifier: Apache-2.0
#include "hw/engines/store_plan.h"

#include <algorithm>
#include <cstring>

#include "models/numerics/error.h"

namespace binade::hw {
namespace {

template <std::size_t kBytes>
void gather_elements(std::span<const StorePlan::Run> runs, std::span<const std::byte> scratchpad, std::byte* to) {
  for (const StorePlan::Run& run : runs) {
    const std::byte* from = scratchpad.data() + static_cast<std::size_t>(run.first) * kBytes;
    const std::size_t step = static_cast<std::size_t>(run.step) * kBytes;
    for (std::int64_t i = 0; i < run.count; ++i, from += step, to += kBytes) std::memcpy(to, from, kBytes);
  }
}

}  // namespace

std::optional<StorePlan> StorePlan::make(const spec::Store& store) {
  StorePlan plan;
  plan.store = store;
  std::uint64_t bytes = 0;
  const auto row_offset = [&](std::int64_t i) {
    const std::int64_t row = store.row_first + i;
    return row / store.plane * store.outer_step + row % store.plane * store.inner_step;
  };
  const auto add = [&](std::int64_t i, std::int64_t j, std::int64_t count, std::int64_t step) {
    const std::int64_t address = store.dram_base + (row_offset(i) + j * store.col_step) * store.element_bytes;
    if (address < 0) return false;
    const auto at = static_cast<std::uint64_t>(address);
    const auto length = static_cast<std::uint64_t>(count * store.element_bytes);
    if (plan.spans.empty() || plan.spans.back().address + plan.spans.back().bytes != at) plan.spans.push_back({at, 0, bytes});
    plan.spans.back().bytes += length;
    plan.runs.push_back({i * store.cols + j, count, step});
    bytes += length;
    return true;
  };
  // Runs follow the direction that is contiguous in DRAM: rows, or where rows are contiguous within a plane, columns.
  const bool rows = store.col_step == 1, columns = !rows && store.inner_step == 1;
  for (std::int64_t a = 0; a < (columns ? store.cols : store.rows); ++a) {
    if (rows) {
      if (!add(a, 0, store.cols, 1)) return std::nullopt;
    } else if (columns) {
      for (std::int64_t i = 0, count = 0; i < store.rows; i += count) {
        count = std::min(store.rows - i, store.plane - (store.row_first + i) % store.plane);
        if (!add(i, a, count, store.cols)) return std::nullopt;
      }
    } else {
      for (std::int64_t j = 0; j < store.cols; ++j)
        if (!add(a, j, 1, 1)) return std::nullopt;
    }
  }
  return plan;
}

void StorePlan::gather(std::span<const std::byte> scratchpad) {
  data.resize(static_cast<std::size_t>(store.rows * store.cols * store.element_bytes));
  switch (store.element_bytes) {
    case 1:
      return gather_elements<1>(runs, scratchpad, data.data());
    case 2:
      return gather_elements<2>(runs, scratchpad, data.data());
    case 4:
      return gather_elements<4>(runs, scratchpad, data.data());
    case 8:
      return gather_elements<8>(runs, scratchpad, data.data());
    default:
      throw InvariantError("store plan: element size escaped decoding");
  }
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
