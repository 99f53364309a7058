// SPDX-License-Identifier: Apache-2.0
// Blocks of matrices in DRAM, as walks give them, into scratchpads; runs of elements in and out.
#pragma once

#include <cstdint>
#include <span>

#include "models/operations/forms.h"
#include "sim/host/schedule.h"

namespace binade::sim {

/// A matrix in DRAM as the load engine's address generator walks it (isa.def).
struct GemmSource : operations::Walk {
  std::int64_t base = 0;  ///< byte address
};
GemmSource matrix_source(std::int64_t base, std::int64_t row_step, std::int64_t column_step);

/// Rows x and columns k of a source.
struct SourceBlock {
  int element_bytes = 1;
  std::int64_t x_first = 0, x_count = 1, k_first = 0, k_count = 1;
};
/// Offsets in elements from the start of the block's place.
struct BlockLayout {
  std::int64_t x_block = 1, x_outer = 0, x_inner = 1, k_block = 1, k_outer = 0, k_inner = 1;
};
struct BlockPlace {
  std::int64_t scratchpad = 0;  ///< 0 A, 1 B
  std::int64_t base = 0;        ///< byte address
  std::int64_t fill = 0;        ///< code of padding
};
/// One load: a Load where its words can say the walk, else a LoadWalk, twice as long.
Schedule::Id load_block(Schedule& schedule, const GemmSource& source, const SourceBlock& block, const BlockLayout& layout,
                        const BlockPlace& place, std::span<const Schedule::Id> after);

/// Consecutive elements in DRAM.
struct ElementRun {
  std::int64_t address = 0, count = 1;
  int bytes = 1;  ///< of an element
};
Schedule::Id load_run(Schedule& schedule, const ElementRun& run, const BlockPlace& place, Schedule::Id after);
/// From byte address `base` of scratchpad O on.
Schedule::Id store_run(Schedule& schedule, const ElementRun& run, std::int64_t base, Schedule::Id after);

}  // namespace binade::sim
