// SPDX-License-Identifier: Apache-2.0
// One side of an int16 GEMM: rows of K values (columns, for B) in packed panels, with the norms that bound their dot products.
//
// K is cut into segments of `segment` values, each padded with zeros to whole pairs. By Cauchy and Schwarz no partial sum of
// products over a stretch of K exceeds the product of the two norms there.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <mutex>
#include <vector>

#include "models/kernels/operand_rows.h"
#include "models/kernels/packed/aligned.h"
#include "models/numerics/bound.h"

namespace binade::kernels {

class Int16Operand {
  struct Panel;

 public:
  /// Stretches of 1, 2, 4 ... segments, aligned to their length; the last one is all of K.
  static constexpr int kStretches = 6;
  static std::int64_t stretch_segments(int stretch) {
    BINADE_BOUND(stretch >= 0 && stretch < kStretches);
    return stretch + 1 == kStretches ? std::int64_t{1} << 40 : std::int64_t{1} << stretch;
  }

  /// `lanes`: rows of a panel. `norms`: whether they are wanted; without them every bound is zero.
  void begin(int lanes, std::int64_t rows, std::int64_t k, std::int64_t segment, bool norms);
  /// Fills rows, in any order, each once. Threads that fill different panels have a writer each.
  class Writer {
   public:
    explicit Writer(Int16Operand& operand);
    /// Where the caller writes the k values of a row, in order, before finish_row().
    std::int16_t* row() { return row_.data(); }
    void finish_row(std::int64_t row);

   private:
    void note_norms(Panel& panel);
    Int16Operand& operand_;
    AlignedVector<std::int16_t> row_;
    std::vector<double> squares_;
  };

  /// Fills rows first .. first+count-1 with the mantissas of the operand's: its row `offset` is row 0 here.
  void write_mantissas(const OperandRows& rows, std::int64_t offset, std::int64_t first, std::int64_t count);

  std::int64_t rows() const { return rows_; }
  std::int64_t panels() const { return static_cast<std::int64_t>(panels_.size()); }
  std::int64_t segments() const { return segments_; }
  std::int64_t segment_pairs() const { return segment_pairs_; }
  std::int64_t pairs() const { return segments_ * segment_pairs_; }

  const std::int16_t* panel(std::int64_t panel) const { return values_.data() + panel * panel_size(); }
  /// Largest norm of a row of the panel over an aligned stretch.
  double norm(std::int64_t panel, int stretch) const {
    BINADE_BOUND(stretch >= 0 && stretch < kStretches);
    // The sums are whole and below 2^53; the root is rounded, so it is raised by more than its error.
    return std::sqrt(panels_[static_cast<std::size_t>(panel)].squares[static_cast<std::size_t>(stretch)]) * (1 + 0x1p-40);
  }
  /// The panel's bytes: value = high * 2^8 + low. Made when first asked for, by whichever thread.
  const std::int16_t* high(std::int64_t panel);
  const std::int16_t* low(std::int64_t panel);

 private:
  struct Panel {
    std::array<double, kStretches> squares{};  ///< of the largest norms
    std::once_flag split;
    AlignedVector<std::int16_t> high, low;
  };
  std::int64_t panel_size() const { return 2 * pairs() * lanes_; }
  void split(std::int64_t panel);

  int lanes_ = 0;
  std::int64_t rows_ = 0, k_ = 0, segment_ = 0, segments_ = 0, segment_pairs_ = 0;
  bool norms_ = false;
  std::vector<Panel> panels_;
  AlignedVector<std::int16_t> values_;
};

}  // namespace binade::kernels
