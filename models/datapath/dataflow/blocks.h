// SPDX-License-Identifier: Apache-2.0
// A tile cut into blocks of the array's size: the counts that closed forms are made of.
#pragma once

#include <cstdint>

#include "models/datapath/core.h"

namespace binade::datapath {

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
/// Elements of the last block when `extent` is cut into blocks of `block`.
constexpr std::int64_t last_block(std::int64_t extent, std::int64_t block) { return (extent - 1) % block + 1; }
inline std::int64_t column_blocks(const CoreConfig& config, const CoreCommand& command) { return ceil_div(command.n, config.cols); }

/// The folds of a tile as timing charges them: all rows and columns with edge = full.
struct Charged {
  using Count = std::uint64_t;
  Count row_folds, col_folds, folds;
  Count first_r, last_r, last_c;
  Count sum_r, sum_c;  ///< over the folds of one column block, and of one row block

  /// `along_rows`: the extent that is cut into blocks of R.
  Charged(const CoreConfig& config, const CoreCommand& command, std::int64_t along_rows) {
    const bool full = config.edge == Edge::Full;
    const auto rows = static_cast<Count>(config.rows), cols = static_cast<Count>(config.cols);
    row_folds = static_cast<Count>(ceil_div(along_rows, config.rows));
    col_folds = static_cast<Count>(column_blocks(config, command));
    folds = row_folds * col_folds;
    last_r = full ? rows : static_cast<Count>(last_block(along_rows, config.rows));
    last_c = full ? cols : static_cast<Count>(last_block(command.n, config.cols));
    first_r = row_folds > 1 ? rows : last_r;
    sum_r = full ? row_folds * rows : static_cast<Count>(along_rows);
    sum_c = full ? col_folds * cols : static_cast<Count>(command.n);
  }
};

}  // namespace binade::datapath
