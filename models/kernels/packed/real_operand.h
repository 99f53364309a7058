// SPDX-License-Identifier: Apache-2.0
// One side of an exact GEMM of values that have an exponent each: rows of K binary64 values (columns, for B). Those that run in
// vectors are ordered by how many bits they span, so that panels are alike, and packed for each kind of tile when first asked for.
// Rows that fall back are in no panel: one of them would widen its neighbours' digits without bound.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "models/kernels/packed/fixed_sum.h"
#include "models/kernels/packed/int16_operand.h"
#include "models/kernels/tile_kernel.h"

namespace binade::kernels {

class RealOperand {
 public:
  /// Rows of at most this span can be cut into slices: slice_count() of a panel of such rows is at most kMostSlices.
  static constexpr int kMostSlices = 9;
  static constexpr int kWidestSpan = kMostSlices * kDigitBits - 1;

  /// `lanes`: rows of a panel; `group`: lanes that are adjacent in a packed binary64 panel (divides lanes).
  void begin(int lanes, int group, std::int64_t rows, std::int64_t k);
  /// The k values of a row; threads may write rows of their own.
  double* row(std::int64_t row) { return values_.data() + row * stride_; }
  const double* row(std::int64_t row) const { return values_.data() + row * stride_; }
  /// After all rows are written: what follows can be asked of a row. Rows with a NaN or an infinity become zeros.
  void scan(const TileKernel::Divide& divide);
  /// Whether panels may hold the row.
  bool cuttable(std::int64_t row) const { return !is_infinite(row) && row_span(row) <= kWidestSpan; }
  /// After scan(): orders the rows that are not `left_out` (of begin()'s size) and makes their panels. All of them must be
  /// cuttable.
  void order(const std::vector<bool>& left_out, const TileKernel::Divide& divide);

  std::int64_t panels() const { return static_cast<std::int64_t>(panels_.size()); }
  /// The row at a place of the order, -1 beyond the last.
  std::int64_t row_at(std::int64_t place) const {
    return place < static_cast<std::int64_t>(order_.size()) ? order_[static_cast<std::size_t>(place)] : -1;
  }
  bool is_nan(std::int64_t row) const { return scans_[static_cast<std::size_t>(row)].nan; }
  bool is_infinite(std::int64_t row) const { return scans_[static_cast<std::size_t>(row)].infinite; }
  /// Weight of the row's least bit.
  double lsb(std::int64_t row) const { return scans_[static_cast<std::size_t>(row)].lsb; }
  /// Not below the row's norm.
  double norm(std::int64_t row) const { return scans_[static_cast<std::size_t>(row)].norm; }

  /// Bits that the row spans.
  int row_span(std::int64_t row) const { return scans_[static_cast<std::size_t>(row)].span; }

  /// Largest norm of the panel's rows, in units of each row's lsb.
  double panel_norm(std::int64_t panel) const { return panels_[static_cast<std::size_t>(panel)].norm; }
  /// Whether the panel's rows are int16 multiples of their lsb.
  bool narrow(std::int64_t panel) const { return panels_[static_cast<std::size_t>(panel)].narrow; }
  const Int16Operand& int16() const { return int16_; }

  /// Like slices(): made when first asked for, by whichever thread.
  const double* fp64(std::int64_t panel);

  /// The fewest digits that have a bit more than the panel's widest row; at most kWidestSpan / 14 + 1 = kMostSlices.
  int slice_count(std::int64_t panel) const { return panels_[static_cast<std::size_t>(panel)].span / kDigitBits + 1; }
  /// A panel cut into digits: a value is the sum over s of digit s * lsb * 2^(14 s), and no digit's magnitude exceeds 2^13. Each
  /// slice is an operand of this one panel.
  const std::vector<Int16Operand>& slices(std::int64_t panel);

 private:
  struct Scan {
    double lsb = 1, norm = 0;
    int span = 0;
    bool nan = false, infinite = false;
  };
  struct Panel {
    double norm = 0;
    int span = 0;
    bool narrow = true;
    std::once_flag packed, cut;
    AlignedVector<double> fp64;
    std::vector<Int16Operand> slices;
  };
  void scan_row(std::int64_t row);
  void pack_int16(std::int64_t first_panel, std::int64_t panels);
  std::vector<Int16Operand> cut(std::int64_t panel) const;
  std::int64_t panel_size() const { return k_ * lanes_; }

  int lanes_ = 0, group_ = 0;
  std::int64_t rows_ = 0, k_ = 0, stride_ = 0;
  AlignedVector<double> values_;
  std::vector<Scan> scans_;
  std::vector<std::int64_t> order_;  ///< of the rows in panels
  std::vector<Panel> panels_;
  Int16Operand int16_;
};

}  // namespace binade::kernels
