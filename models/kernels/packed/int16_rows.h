// SPDX-License-Identifier: Apache-2.0
// One side of an int16 GEMM: rows of K values (columns, for B), one after another, with the norms that bound their dot products.
//
// K is cut into segments of `segment` values, each padded with zeros to whole pairs. By Cauchy and Schwarz no partial sum of
// products over a stretch of K exceeds the product of the two norms there.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "models/kernels/operand_rows.h"
#include "models/kernels/packed/aligned.h"
#include "models/kernels/simd/dot.h"
#include "models/numerics/bound.h"

namespace binade::kernels {

/// How K lies in segments.
struct Int16Layout {
  Int16Layout() = default;
  Int16Layout(std::int64_t of_k, std::int64_t of_segment)
      : k(of_k), segment(std::min(of_segment, of_k)), segments((of_k + segment - 1) / segment) {}

  std::int64_t segment_pairs() const { return (segment + 1) / 2; }
  std::int64_t pairs() const { return segments * segment_pairs(); }
  /// Of a stretch (StretchNorms).
  std::int64_t pairs_of(int stretch) const;

  std::int64_t k = 0, segment = 1, segments = 0;
};

/// The largest norms of some rows over stretches of 1, 2, 4 ... segments, aligned to their length; the last stretch is all of K.
class StretchNorms {
 public:
  static constexpr int kStretches = 6;
  static constexpr int kAll = kStretches - 1;
  static std::int64_t segments(int stretch) {
    BINADE_BOUND(stretch >= 0 && stretch < kStretches);
    return stretch == kAll ? std::int64_t{1} << 40 : std::int64_t{1} << stretch;
  }

  StretchNorms() = default;
  /// Of one row of layout.k values.
  StretchNorms(const std::int16_t* values, const Int16Layout& layout);
  /// The norm of all of K for every stretch: never too small, and sooner there.
  static StretchNorms of_all(const std::int16_t* values, const Int16Layout& layout);
  void include(const StretchNorms& other);
  double operator[](int stretch) const {
    BINADE_BOUND(stretch >= 0 && stretch < kStretches);
    // The sums are whole and below 2^53; the root is rounded, so it is raised by more than its error.
    return std::sqrt(squares_[static_cast<std::size_t>(stretch)]) * (1 + 0x1p-40);
  }

 private:
  std::array<double, kStretches> squares_{};
};

inline std::int64_t Int16Layout::pairs_of(int stretch) const {
  return std::min(StretchNorms::segments(stretch), segments) * segment_pairs();
}

/// The longest stretch over which int32 holds every sum of products, -1 if there is none.
int longest_stretch(const StretchNorms& a, const StretchNorms& b);

/// Rows that meet a panel of B together; beyond the last one zeros.
struct Int16Tile {
  const std::int16_t* rows[simd::kMostTileRows];
  StretchNorms norms;
};

class Int16Rows {
 public:
  /// `norms`: whether they are wanted; without them every bound is zero. `of_all`: those of stretches only when they are asked for,
  /// in tiles those of all of K in their place.
  void begin(std::int64_t rows, const Int16Layout& layout, bool norms, bool of_all = false);
  /// Where the caller writes the k values of a row, in order, before finish_row(). Threads may write rows of their own.
  std::int16_t* row(std::int64_t row) { return values_.data() + row * stride_; }
  void finish_row(std::int64_t row);
  /// Fills rows 0 .. count-1 with the mantissas of the operand's rows first .. first+count-1.
  void write_mantissas(const OperandRows& from, std::int64_t first, std::int64_t count);

  const Int16Layout& layout() const { return layout_; }
  /// Of a finished row; a negative one is zeros.
  const std::int16_t* values(std::int64_t row) const { return values_.data() + (row < 0 ? rows_ : row) * stride_; }
  const StretchNorms& norms(std::int64_t row) const { return norms_[static_cast<std::size_t>(row)]; }

  /// Rows first .. first+lanes-1, zeros beyond the last one.
  Int16Tile tile(std::int64_t first, int lanes) const;
  /// The norms of those rows' stretches.
  StretchNorms norms_of_stretches(std::int64_t first, int lanes) const;

  /// The bytes of a tile: value = high * 2^8 + low. Cut when first asked for.
  struct Bytes {
    const std::int16_t *high[simd::kMostTileRows], *low[simd::kMostTileRows];
  };
  Bytes bytes(std::int64_t first, int lanes);

 private:
  Int16Layout layout_;
  std::int64_t rows_ = 0, stride_ = 0;
  bool wants_norms_ = false, of_all_ = false;
  AlignedVector<std::int16_t> values_, high_, low_;  ///< the bytes: once some were asked for
  std::vector<bool> cut_;                            ///< rows whose bytes are there
  std::vector<StretchNorms> norms_;
};

}  // namespace binade::kernels
