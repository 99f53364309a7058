// SPDX-License-Identifier: Apache-2.0
// The windows of a record, plane after plane, and the pixels that each holds.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/operations/window_record.h"

namespace binade::operations {

class WindowGrid {
 public:
  explicit WindowGrid(const spec::Windows& d)
      : rows_(row_axis(d)), columns_(column_axis(d)), planes_(d.planes), plane_pixels_(d.height * d.width) {
    for (std::int64_t i = 0; i < rows_.windows; ++i) row_parts_.push_back(rows_.inside(i));
    for (std::int64_t j = 0; j < columns_.windows; ++j) column_parts_.push_back(columns_.inside(j));
  }

  struct Window {
    std::int64_t index = 0;  ///< among all
    std::int64_t row = 0, column = 0;
    std::int64_t plane_first = 0;  ///< the first pixel of its plane
  };
  /// use(window), ascending.
  template <class Use>
  void each_window(Use use) const {
    Window window;
    for (std::int64_t plane = 0; plane < planes_; ++plane, window.plane_first += plane_pixels_)
      for (window.row = 0; window.row < rows_.windows; ++window.row)
        for (window.column = 0; window.column < columns_.windows; ++window.column, ++window.index) use(window);
  }
  /// The pixels of a window in row-major order: use(position in the window, pixel).
  template <class Use>
  void each_pixel(const Window& window, Use use) const {
    const WindowAxis::Part down = row_parts_[static_cast<std::size_t>(window.row)];
    const WindowAxis::Part across = column_parts_[static_cast<std::size_t>(window.column)];
    const std::int64_t left = columns_.start(window.column);
    for (std::int64_t r = down.begin; r < down.end; ++r) {
      const std::int64_t line = window.plane_first + (rows_.start(window.row) + r * rows_.dilation) * columns_.size + left;
      for (std::int64_t s = across.begin; s < across.end; ++s) use(r * columns_.kernel + s, line + s * columns_.dilation);
    }
  }
  /// Where a position of a window is; -1 in the padding and outside the window.
  std::int64_t pixel(const Window& window, std::int64_t position) const {
    const std::int64_t r = position / columns_.kernel, s = position % columns_.kernel;
    const std::int64_t h = rows_.start(window.row) + r * rows_.dilation, w = columns_.start(window.column) + s * columns_.dilation;
    if (r >= rows_.kernel || h < 0 || h >= rows_.size || w < 0 || w >= columns_.size) return -1;
    return window.plane_first + h * columns_.size + w;
  }
  /// Whether windows may share pixels.
  bool overlap() const {
    const auto shares = [](const WindowAxis& axis) {
      return axis.windows > 1 && axis.kernel * axis.dilation > std::max(axis.stride, axis.dilation);
    };
    return shares(rows_) || shares(columns_);
  }

 private:
  WindowAxis rows_, columns_;
  std::int64_t planes_, plane_pixels_;
  std::vector<WindowAxis::Part> row_parts_, column_parts_;
};

/// How many elements of each window count, row by row and column by column; 1 each of a record without divisors.
class WindowDivisors {
 public:
  explicit WindowDivisors(const spec::Windows& d)
      : rows_(counts(d, row_axis(d), counted_rows(d))), columns_(counts(d, column_axis(d), counted_columns(d))) {}

  std::int64_t of(const WindowGrid::Window& window) const {
    return rows_[static_cast<std::size_t>(window.row)] * columns_[static_cast<std::size_t>(window.column)];
  }
  bool alike() const { return alike(rows_) && alike(columns_); }

 private:
  static std::vector<std::int64_t> counts(const spec::Windows& d, const WindowAxis& axis, Stretch stretch) {
    std::vector<std::int64_t> all(static_cast<std::size_t>(axis.windows), 1);
    if (op_of(d) == spec::WindowOp::ToAll)
      for (std::size_t i = 0; i < all.size(); ++i) all[i] = axis.within(static_cast<std::int64_t>(i), stretch).count();
    return all;
  }
  static bool alike(const std::vector<std::int64_t>& counts) {
    return std::all_of(counts.begin(), counts.end(), [&](std::int64_t count) { return count == counts.front(); });
  }

  std::vector<std::int64_t> rows_, columns_;
};

}  // namespace binade::operations
