// SPDX-License-Identifier: Apache-2.0
// Rows of a matrix within a tensor in memory: the load engine's address rule (isa.def, Load) without an engine.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/operations/forms.h"

namespace binade::programs {

/// How a tensor that is decoded once for all rows is kept, so that rows are read fast: images with zeros around them, so that no
/// window reaches beyond them, and samples next to one another where rows step through samples.
struct DecodedLayout {
  std::int64_t height = 1, width = 1;  ///< of an image; elements are images, one after another
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;
  /// An element's, of every sample, lie side by side; 1: they do not.
  std::int64_t samples = 1;

  std::int64_t padded_width() const { return left + width + right; }
  std::int64_t padded_area() const { return (top + height + bottom) * padded_width(); }
  bool has_border() const { return padded_area() != height * width; }
  /// What `elements` become: any number without a border, otherwise whole images.
  std::int64_t padded(std::int64_t elements) const { return has_border() ? elements / (height * width) * padded_area() : elements; }
  bool in_order() const { return samples == 1 && !has_border(); }
};
/// The layout for rows of k elements of `source`, in a tensor of `elements`.
DecodedLayout decoded_layout(const operations::Source& source, std::int64_t k, std::int64_t elements);

/// What of a row lies where in the tensor does not depend on what the elements are: codes as stored, numerics::Code, or decoded.
class RowGather {
 public:
  /// Elements that may follow a tensor: row() then copies short lines in whole words, reading up to so many of them.
  static constexpr std::int64_t kSlack = 8;

  /// Rows of k elements, a multiple of k1 and k2's sizes. `layout`: of the tensor, decoded_layout() or as it is stored.
  RowGather(const operations::Source& source, std::int64_t k, const DecodedLayout& layout = {});

  /// Whether every row is evenly spaced elements, or padding as a whole: see line().
  bool lines() const { return lines_; }
  /// Whether elements are better decoded once for all rows than row by row: rows are no lines, or share them as windows do.
  bool shares_elements() const { return !lines_ || (walk_.k1.size * walk_.k2.size > 1 && walk_.x1.size * walk_.x2.size > 1); }

  /// to[j] = element (row, j) of the matrix, `fill` where it is padding; `tensor` is the whole tensor's first element. `slack`:
  /// kSlack elements follow its last.
  template <class From, class To>
  void row(const From* tensor, From fill, std::int64_t row, To* to, bool slack = false) const;

  /// The rows first, first + 1, ... if k is 1, at to[0], to[1], ...
  template <class T>
  void single(const T* tensor, T fill, std::int64_t first, std::int64_t count, T* to) const;

  /// Where a row lies, if all are lines: elements at first, first + step, ... or all of it padding.
  struct Line {
    bool inside = true;
    std::int64_t first = 0, step = 1;
  };
  Line line(std::int64_t row) const;

 private:
  /// Where indices have led to, before the division.
  struct Position {
    std::int64_t plane = 0, h = 0, w = 0;
    Position after(const operations::Axis& axis, std::int64_t steps) const {
      return {plane + steps * axis.plane, h + steps * axis.h, w + steps * axis.w};
    }
  };
  /// Equally spaced elements in a row of three loops, the outermost first; loops that continue one another are one.
  struct Loop {
    std::int64_t count = 1, step = 0;
  };
  struct Reach {
    std::int64_t least = 0, most = 0;
  };

  Position start(std::int64_t row) const;
  std::int64_t element(const Position& at) const;
  /// Whether all elements of a row that begins there lie in the image. False where positions are divided.
  bool inside(const Position& at) const;
  template <class From, class To>
  void inside_row(const From* from, To* to, bool slack) const;
  template <class From, class To>
  void small_windows(const From* tensor, To nothing, const Position& at, To* to) const;
  /// Elements at begin, one step along the axis from it, ...: `size` of them.
  template <class From, class To>
  void copy_along(const From* tensor, To nothing, const Position& begin, const operations::Axis& along, std::int64_t size,
                  To* to) const;
  template <class From, class To>
  void long_lines(const From* tensor, To nothing, const Position& at, To* to) const;

  operations::Walk walk_;
  std::int64_t first_, k_, outer_, pixel_;  ///< pixel_: from one to the next in a row of the image
  bool undivided_ = true, lines_ = false;
  Reach h_, w_;  ///< of k's steps from a row's beginning
  std::array<Loop, 3> loops_;
  std::vector<std::int32_t> offsets_;  ///< of a row's elements from its beginning: of short loops, unless they exceed this type
};

}  // namespace binade::programs
