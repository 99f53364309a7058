// SPDX-License-Identifier: Apache-2.0
// The store engine's address generator (isa.def, Store): elements of scratchpad O and the ranges, contiguous in DRAM, that take
// them.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "hw/engines/load_plan.h"

namespace binade::hw {

struct StorePlan {
  /// Elements (i, j) of the tile that follow one another in DRAM: along a row of the scratchpad, or down a column of it.
  struct Run {
    std::int64_t first = 0;  ///< element of scratchpad O, from scratchpad_base
    std::int64_t count = 0, step = 1;
  };

  spec::Store store;
  std::vector<Run> runs;  ///< in the order of the spans' bytes
  std::vector<DramSpan> spans;
  std::vector<std::byte> data;  ///< the spans' bytes, one after the other; filled by gather()

  /// Precondition: a record that decode accepts. Absent where an address lies below zero.
  static std::optional<StorePlan> make(const spec::Store& store);
  /// `scratchpad` begins at scratchpad_base.
  void gather(std::span<const std::byte> scratchpad);
};

/// Cuts spans into transactions of at most `burst_bytes` (a power of two) that do not cross a multiple of it.
std::vector<DramSpan> split_bursts(const std::vector<DramSpan>& spans, std::uint64_t burst_bytes);

}  // namespace binade::hw
