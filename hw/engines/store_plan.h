// SPDX-License-Identifier: Apache-2.0
// The store engine's address generator (isa.def, Store): elements gathered from scratchpad O into ranges contiguous in DRAM.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "hw/engines/load_plan.h"

namespace binade::hw {

struct StorePlan {
  std::vector<DramSpan> spans;
  std::vector<std::byte> data;  ///< the spans' bytes, one after the other

  /// Precondition: a record that decode accepts; `scratchpad` begins at scratchpad_base. Absent where an address lies below zero.
  static std::optional<StorePlan> make(const spec::Store& store, std::span<const std::byte> scratchpad);
};

/// Cuts spans into transactions of at most `burst_bytes` (a power of two) that do not cross a multiple of it.
std::vector<DramSpan> split_bursts(const std::vector<DramSpan>& spans, std::uint64_t burst_bytes);

}  // namespace binade::hw
