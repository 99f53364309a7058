// SPDX-License-Identifier: Apache-2.0
// The two sides of an exact GEMM of values that have an exponent each, in the forms that its tiles read: rows of A as they are,
// columns of B packed. Each form of a group is made when it is first asked for.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "models/kernels/packed/int16_panels.h"
#include "models/kernels/packed/real_rows.h"
#include "models/kernels/tile_kernel.h"

namespace binade::kernels {

/// Rows of A; of one thread.
template <class T>
class RealTiles {
 public:
  /// `lanes`: rows of a tile.
  void begin(int lanes, std::int64_t rows, std::int64_t k);
  /// To write a row of, then finish_row() here.
  T* row(std::int64_t row) { return rows_.row(row); }
  void finish_row(std::int64_t row);
  void order(const std::vector<bool>& left_out);

  const RealRows<T>& rows() const { return rows_; }
  /// The rows of a narrow tile in units of their lsb, and their norms.
  const std::int16_t* const* int16(std::int64_t tile);
  const StretchNorms& int16_norms(std::int64_t tile);
  /// The tile's rows.
  const double* const* fp64(std::int64_t tile);
  /// Those of a tile of few values that are not zero, as lists of them: see simd::dot_fp64_of_lists().
  struct Lists {
    std::int64_t steps = 0;
    AlignedVector<double> elements;
    AlignedVector<std::int32_t> places;
  };
  bool sparse(std::int64_t tile) const { return forms_[static_cast<std::size_t>(tile)].sparse; }
  const Lists& lists(std::int64_t tile);
  const std::vector<Int16Tile>& slices(std::int64_t tile);

 private:
  /// Of one row.
  struct List {
    std::int64_t first = 0, count = -1;  ///< in listed_ and places_; no list: -1
  };
  struct Forms {
    bool has_int16 = false, has_norms = false, has_fp64 = false, has_lists = false, has_slices = false;
    bool sparse = false;
    const std::int16_t* int16[simd::kMostTileRows];
    StretchNorms norms;
    const double* fp64[simd::kMostTileRows];
    AlignedVector<double> widened;  ///< of binary32
    Lists lists;
    std::vector<Int16Rows> digits;
    std::vector<Int16Tile> slices;
  };
  RealRows<T> rows_;
  Int16Rows int16_;  ///< of the narrow rows that were asked for
  std::vector<List> row_lists_;
  AlignedVector<T> listed_;  ///< the lists of all rows that have one, one after another
  AlignedVector<std::int32_t> places_;
  std::int64_t listed_end_ = 0;
  std::vector<Forms> forms_;  ///< of the tiles; what they hold stays for the next rows
};

/// Columns of B. Threads may ask for panels side by side.
template <class T>
class RealPanels {
 public:
  /// `lanes`: columns of a panel; `group`: lanes that are adjacent in a packed binary64 panel (divides lanes).
  void begin(int lanes, int group, std::int64_t columns, std::int64_t k);
  RealRows<T>& columns() { return columns_; }
  const RealRows<T>& columns() const { return columns_; }
  /// After columns().order(). What the panels before them held is room for these.
  void make_panels();

  struct Packed {
    const std::int16_t* values;
    const StretchNorms* norms;
  };
  /// Of a narrow panel.
  Packed int16(std::int64_t panel);
  Int16Layout int16_layout() const;
  const T* fp64(std::int64_t panel);
  const std::vector<Int16Panels>& slices(std::int64_t panel);

 private:
  /// Calls what it is given unless one such call has returned; threads wait for it. Std::call_once would end the process where that
  /// throws because there is no memory: the C library then has none to unwind with.
  class Once {
   public:
    template <class Make>
    void operator()(const Make& make) {
      if (done_.load(std::memory_order_acquire)) return;
      const std::lock_guard lock(mutex_);
      if (done_.load(std::memory_order_relaxed)) return;
      make();
      done_.store(true, std::memory_order_release);
    }

   private:
    std::mutex mutex_;
    std::atomic<bool> done_ = false;
  };
  struct Panel {
    Once packed_int16, packed_fp64, cut;
    Int16Panels int16;  ///< one panel
    AlignedVector<T> fp64;
    std::vector<Int16Panels> slices;  ///< of one panel each
  };
  int group_ = 0;
  RealRows<T> columns_;
  std::vector<Panel> panels_;
};

extern template class RealTiles<float>;
extern template class RealTiles<double>;
extern template class RealPanels<float>;
extern template class RealPanels<double>;

}  // namespace binade::kernels
