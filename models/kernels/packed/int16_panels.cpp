// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/packed/int16_panels.h"

#include <algorithm>

#include "models/kernels/simd/lanes.h"

namespace binade::kernels {

void Int16Panels::begin(int lanes, std::int64_t columns, const Int16Layout& layout) {
  lanes_ = lanes;
  columns_ = columns;
  layout_ = layout;
  norms_.assign(static_cast<std::size_t>((columns + lanes - 1) / lanes), {});
  values_.resize(norms_.size() * static_cast<std::size_t>(panel_size()));
}

void Int16Panels::pack(std::int64_t panel, const Int16Rows& rows, const std::int64_t* from) {
  const std::int16_t* lanes[simd::kMostTileCols];
  StretchNorms& norms = norms_[static_cast<std::size_t>(panel)];
  BINADE_BOUND(lanes_ <= simd::kMostTileCols);
  for (int lane = 0; lane < lanes_; ++lane) {
    lanes[lane] = rows.values(from[lane]);
    if (from[lane] >= 0) norms.include(rows.norms(from[lane]));
  }
  simd::lay_pairs(lanes, lanes_, layout_.pairs(), values_.data() + panel * panel_size());
}

void Int16Panels::pack_mantissas(std::int64_t panel, const OperandRows& columns, std::int64_t offset, bool norms,
                                 Int16Rows& scratch) {
  const std::int64_t first = panel * lanes_, count = std::min<std::int64_t>(lanes_, columns_ - first);
  scratch.begin(count, layout_, norms);
  scratch.write_mantissas(columns, offset + first, count);
  std::int64_t from[simd::kMostTileCols];
  for (int lane = 0; lane < lanes_; ++lane) from[lane] = lane < count ? lane : -1;
  pack(panel, scratch, from);
}

}  // namespace binade::kernels
