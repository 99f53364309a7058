// SPDX-License-Identifier: Apache-2.0
// Columns of B in panels as the int16 tiles want them: [pair of k][lane][2].
#pragma once

#include "models/kernels/packed/int16_rows.h"

namespace binade::kernels {

class Int16Panels {
 public:
  /// `lanes`: columns of a panel.
  void begin(int lanes, std::int64_t columns, const Int16Layout& layout);
  /// Packs rows from[lane] of `rows`, negative ones as zeros. Threads may pack panels of their own.
  void pack(std::int64_t panel, const Int16Rows& rows, const std::int64_t* from);
  /// Packs the panel's columns of an operand, the first of which is its row `offset`.
  void pack_mantissas(std::int64_t panel, const OperandRows& columns, std::int64_t offset, bool norms, Int16Rows& scratch);

  std::int64_t panels() const { return static_cast<std::int64_t>(norms_.size()); }
  const Int16Layout& layout() const { return layout_; }
  const std::int16_t* panel(std::int64_t panel) const { return values_.data() + panel * panel_size(); }
  /// Over all columns of the panel.
  const StretchNorms& norms(std::int64_t panel) const { return norms_[static_cast<std::size_t>(panel)]; }

 private:
  std::int64_t panel_size() const { return 2 * layout_.pairs() * lanes_; }

  int lanes_ = 0;
  std::int64_t columns_ = 0;
  Int16Layout layout_;
  AlignedVector<std::int16_t> values_;
  std::vector<StretchNorms> norms_;
};

}  // namespace binade::kernels
