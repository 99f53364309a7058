// SPDX-License-Identifier: Apache-2.0
// Rows of a matrix within a tensor in memory: the load engine's address rule (isa.def, Load) without an engine.
#pragma once

#include <cstdint>
#include <vector>

#include "models/operations/forms.h"

namespace binade::programs {

/// What of a row lies where in the tensor does not depend on what the elements are: codes as stored, numerics::Code, or decoded.
class RowGather {
 public:
  /// Rows of k elements.
  RowGather(const operations::Source& source, std::int64_t k);

  /// Whether rows share elements, as windows of an image do.
  bool overlaps() const { return area_ > 1; }

  /// to[j] = element (row, j) of the matrix, `fill` where it is padding; `tensor` is the whole tensor's first element.
  template <class From, class To>
  void row(const From* tensor, From fill, std::int64_t row, To* to) const;

  /// Where a row of a matrix whose rows do not overlap lies: elements at first, first + step, ... or all of it padding.
  struct Line {
    bool inside = true;
    std::int64_t first = 0, step = 1;
  };
  Line line(std::int64_t row) const;

 private:
  struct Corner {
    std::int64_t plane, top, left;  ///< first element of the plane k0 = 0; of the window, in the image
  };
  Corner corner(std::int64_t row) const;
  /// Whether no element of the window is padding.
  bool inside(const Corner& corner) const {
    return corner.top >= 0 && corner.left >= 0 && corner.top + reach_h_ <= walk_.height && corner.left + reach_w_ <= walk_.width;
  }
  template <class From, class To>
  void row_at_the_edge(const From* tensor, From fill, const Corner& corner, To* to) const;

  operations::Walk walk_;
  spec::Geometry vertical_, horizontal_;
  std::int64_t first_, k_, area_, reach_h_, reach_w_;
  std::vector<std::int32_t> offsets_;  ///< of a window's elements from its corner, unless they exceed this type
};

}  // namespace binade::programs
