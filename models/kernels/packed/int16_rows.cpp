// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/packed/int16_rows.h"

#include <algorithm>
#include <cstring>

#include "models/kernels/simd/integer.h"

namespace binade::kernels {
namespace {

constexpr double kInt32Limit = 0x1p31 - 1;
constexpr std::int64_t kCacheLine = 64 / sizeof(std::int16_t);
/// Rows this far apart share a set of the first-level cache.
constexpr std::int64_t kCacheAlias = 4096 / sizeof(std::int16_t);

}  // namespace

StretchNorms::StretchNorms(const std::int16_t* values, const Int16Layout& layout) {
  constexpr std::int64_t kSegments = std::int64_t{1} << (kStretches - 2);  // of the longest stretch but all of K
  // With a zero behind an odd number of them.
  double sums[kSegments + 1];
  double all = 0;
  if (layout.segments == 1) {
    simd::sums_of_squares(values, layout.k, layout.segment, sums);
    squares_.fill(sums[0]);
    return;
  }
  for (std::int64_t first = 0; first < layout.segments; first += kSegments) {
    const std::int64_t count = std::min(kSegments, layout.segments - first), at = first * layout.segment;
    simd::sums_of_squares(values + at, std::min(count * layout.segment, layout.k - at), layout.segment, sums);
    std::int64_t stretches = count;
    for (int stretch = 0; stretch < kAll; ++stretch) {
      double& largest = squares_[static_cast<std::size_t>(stretch)];
      for (std::int64_t i = 0; i < stretches; ++i) largest = std::max(largest, sums[i]);
      sums[stretches] = 0;
      stretches = (stretches + 1) / 2;
      for (std::int64_t i = 0; i < stretches; ++i) sums[i] = sums[2 * i] + sums[2 * i + 1];
    }
    all += sums[0];
  }
  squares_[kAll] = all;
}

StretchNorms StretchNorms::of_all(const std::int16_t* values, const Int16Layout& layout) {
  StretchNorms norms;
  double sum = 0;
  simd::sums_of_squares(values, layout.k, layout.k, &sum);
  norms.squares_.fill(sum);
  return norms;
}

void StretchNorms::include(const StretchNorms& other) {
  for (std::size_t i = 0; i < squares_.size(); ++i) squares_[i] = std::max(squares_[i], other.squares_[i]);
}

int longest_stretch(const StretchNorms& a, const StretchNorms& b) {
  int stretch = StretchNorms::kAll;
  while (stretch >= 0 && a[stretch] * b[stretch] >= kInt32Limit) --stretch;
  return stretch;
}

void Int16Rows::begin(std::int64_t rows, const Int16Layout& layout, bool norms, bool of_all) {
  layout_ = layout;
  rows_ = rows;
  wants_norms_ = norms;
  of_all_ = of_all;
  stride_ = (2 * layout.pairs() + kCacheLine - 1) / kCacheLine * kCacheLine;
  if (stride_ % kCacheAlias == 0) stride_ += kCacheLine;
  values_.resize(static_cast<std::size_t>((rows + 1) * stride_));
  std::fill_n(row(rows), stride_, std::int16_t{0});
  norms_.assign(static_cast<std::size_t>(rows), {});
  cut_.clear();
}

void Int16Rows::finish_row(std::int64_t index) {
  std::int16_t* const values = row(index);
  if (wants_norms_)
    norms_[static_cast<std::size_t>(index)] = of_all_ ? StretchNorms::of_all(values, layout_) : StretchNorms(values, layout_);
  const std::int64_t segment = layout_.segment, padded = 2 * layout_.segment_pairs();
  if (padded != segment) {
    // From the last segment on, each to its place, which is not before where it was.
    for (std::int64_t i = layout_.segments - 1; i >= 0; --i) {
      const std::int64_t count = std::min(segment, layout_.k - i * segment);
      std::memmove(values + i * padded, values + i * segment, static_cast<std::size_t>(count) * sizeof(std::int16_t));
      std::fill(values + i * padded + count, values + (i + 1) * padded, std::int16_t{0});
    }
  } else {
    std::fill(values + layout_.k, values + 2 * layout_.pairs(), std::int16_t{0});
  }
}

void Int16Rows::write_mantissas(const OperandRows& from, std::int64_t first, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    from.mantissas(first + i, row(i));
    finish_row(i);
  }
}

Int16Tile Int16Rows::tile(std::int64_t first, int lanes) const {
  BINADE_BOUND(lanes <= simd::kMostTileRows);
  Int16Tile tile;
  for (int lane = 0; lane < lanes; ++lane) {
    const bool is_row = first + lane < rows_;
    tile.rows[lane] = values(is_row ? first + lane : -1);
    if (is_row) tile.norms.include(norms(first + lane));
  }
  return tile;
}

StretchNorms Int16Rows::norms_of_stretches(std::int64_t first, int lanes) const {
  // Finished rows have a zero behind every odd segment.
  Int16Layout padded = layout_;
  padded.segment = 2 * layout_.segment_pairs();
  padded.k = 2 * layout_.pairs();
  StretchNorms norms;
  for (std::int64_t row = first; row < std::min(first + lanes, rows_); ++row) norms.include(StretchNorms(values(row), padded));
  return norms;
}

Int16Rows::Bytes Int16Rows::bytes(std::int64_t first, int lanes) {
  BINADE_BOUND(lanes <= simd::kMostTileRows);
  if (cut_.empty()) {
    cut_.assign(static_cast<std::size_t>(rows_ + 1), false);
    high_.resize(values_.size());
    low_.resize(values_.size());
  }
  Bytes bytes;
  for (int lane = 0; lane < lanes; ++lane) {
    const std::int64_t row = std::min(first + lane, rows_), at = row * stride_;
    if (!cut_[static_cast<std::size_t>(row)])
      simd::split_bytes(values_.data() + at, 2 * layout_.pairs(), high_.data() + at, low_.data() + at);
    cut_[static_cast<std::size_t>(row)] = true;
    bytes.high[lane] = high_.data() + at;
    bytes.low[lane] = low_.data() + at;
  }
  return bytes;
}

}  // namespace binade::kernels
