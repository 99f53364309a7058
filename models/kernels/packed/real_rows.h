// SPDX-License-Identifier: Apache-2.0
// One side of an exact GEMM of values that have an exponent each: rows of K values in binary32 or binary64 (columns, for B). Those
// that run in vectors are ordered by how many bits they span, so that the groups that share a tile are alike. Rows that fall back
// are in no group: one of them would widen its neighbours' digits without bound.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/kernels/packed/aligned.h"
#include "models/kernels/packed/fixed_sum.h"
#include "models/kernels/packed/int16_rows.h"
#include "models/kernels/simd/real.h"

namespace binade::kernels {

/// Rows of at most this span can be cut into digits: slice_count() of a group of such rows is at most kMostSlices.
inline constexpr int kMostSlices = 9;
inline constexpr int kWidestSpan = kMostSlices * kDigitBits - 1;
/// Rows of at most this span are int16 multiples of their lsb.
inline constexpr int kNarrowSpan = 15;

template <class T>
class RealRows {
 public:
  /// `lanes`: rows of a group.
  void begin(int lanes, std::int64_t rows, std::int64_t k);
  /// Where the caller writes the k values of a row before finish_row(). Threads may write rows of their own.
  T* row(std::int64_t row) { return values_.data() + row * stride_; }
  /// Of a finished row; a negative one is zeros. A row with a NaN or an infinity is zeros.
  const T* values(std::int64_t row) const { return values_.data() + (row < 0 ? rows_ : row) * stride_; }
  /// What follows can be asked of the row then.
  void finish_row(std::int64_t row);
  /// The same where the caller has a list of `count` values that are all of the row's but zeros, with simd::kScanStep zeros behind.
  void finish_row(std::int64_t row, const T* nonzero, std::int64_t count);

  /// Whether groups may hold the row.
  bool cuttable(std::int64_t row) const { return !is_infinite(row) && row_span(row) <= kWidestSpan; }
  bool is_nan(std::int64_t row) const { return scan(row).nan; }
  bool is_infinite(std::int64_t row) const { return scan(row).infinite; }
  /// Weight of the row's least bit.
  double lsb(std::int64_t row) const { return scan(row).lsb; }
  /// Not below the row's norm.
  double norm(std::int64_t row) const { return scan(row).norm; }
  /// Bits that the row spans.
  int row_span(std::int64_t row) const { return scan(row).span; }

  /// Orders the rows that are not `left_out` (of begin()'s size) and groups them. All of them must be cuttable.
  void order(const std::vector<bool>& left_out);
  std::int64_t groups() const { return static_cast<std::int64_t>(groups_.size()); }
  int lanes() const { return lanes_; }
  std::int64_t k() const { return k_; }
  /// Rows in groups.
  std::int64_t ordered() const { return static_cast<std::int64_t>(order_.size()); }
  /// The row at a place of the order, -1 beyond the last.
  std::int64_t row_at(std::int64_t place) const { return place < ordered() ? order_[static_cast<std::size_t>(place)] : -1; }
  /// Largest norm of the group's rows, in units of each row's lsb.
  double group_norm(std::int64_t group) const { return groups_[static_cast<std::size_t>(group)].norm; }
  /// Whether the group's rows are int16 multiples of their lsb.
  bool narrow(std::int64_t group) const { return groups_[static_cast<std::size_t>(group)].span <= kNarrowSpan; }
  /// The fewest digits that have a bit more than the group's widest row; at most kWidestSpan / 14 + 1 = kMostSlices.
  int slice_count(std::int64_t group) const { return groups_[static_cast<std::size_t>(group)].span / kDigitBits + 1; }
  /// A narrow row in units of its lsb.
  void scale(std::int64_t row, std::int16_t* to) const;
  /// Cuts a group into slice_count() slices of `lanes` rows: a value is the sum over s of digit s * lsb * 2^(14 s), and no digit's
  /// magnitude exceeds 2^13.
  void cut(std::int64_t group, std::span<Int16Rows> slices) const;

 private:
  struct Scan {
    double lsb = 1, norm = 0;
    int span = 0;
    bool nan = false, infinite = false;
  };
  struct Group {
    double norm = 0;
    int span = 0;
  };
  void note(std::int64_t row, const simd::Range& range);
  const Scan& scan(std::int64_t row) const { return scans_[static_cast<std::size_t>(row)]; }

  int lanes_ = 0;
  std::int64_t rows_ = 0, k_ = 0, stride_ = 0;
  AlignedVector<T> values_;
  std::vector<Scan> scans_;
  std::vector<std::int64_t> order_;  ///< of the rows in groups
  std::vector<Group> groups_;
};

extern template class RealRows<float>;
extern template class RealRows<double>;

}  // namespace binade::kernels
