// SPDX-License-Identifier: Apache-2.0
// What the vectors of a stream hold: a run of vectors, affine in vector and lane.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace binade::datapath {

/// An element of a stream's matrix: A is m x k, B is k x n, Out is m x n. Bias: row 0, column n.
struct Place {
  std::int64_t row = 0, col = 0;
};

/// The rows and columns of a matrix that a run holds: [row, row_end) x [col, col_end).
struct Box {
  std::int64_t row = 0, row_end = 0, col = 0, col_end = 0;
};

/// Consecutive vectors of one stream. Lane l of vector first + v holds the element at origin + v * per_vector + l * per_lane; the
/// steps are unit vectors of either sign, at right angles, per_lane ascending. So it reads both ways without a division.
struct Run {
  std::uint64_t first = 0;  ///< index of the run's first vector in its stream
  std::int64_t vectors = 0;
  int lanes = 0;  ///< that carry elements
  Place origin, per_vector, per_lane;
  bool bias = false;

  bool holds(std::uint64_t vector) const { return vector - first < static_cast<std::uint64_t>(vectors); }
  /// Lane 0 of a vector of the run.
  Place at(std::uint64_t vector) const {
    const auto v = static_cast<std::int64_t>(vector - first);
    return {origin.row + v * per_vector.row, origin.col + v * per_vector.col};
  }
  /// The vector and the lane that hold an element of the run.
  std::uint64_t vector_of(Place p) const {
    return first + static_cast<std::uint64_t>((p.row - origin.row) * per_vector.row + (p.col - origin.col) * per_vector.col);
  }
  std::size_t lane_of(Place p) const {
    return static_cast<std::size_t>((p.row - origin.row) * per_lane.row + (p.col - origin.col) * per_lane.col);
  }
  Box box() const {
    const Place last{origin.row + (vectors - 1) * per_vector.row + (lanes - 1) * per_lane.row,
                     origin.col + (vectors - 1) * per_vector.col + (lanes - 1) * per_lane.col};
    return {std::min(origin.row, last.row), std::max(origin.row, last.row) + 1, std::min(origin.col, last.col),
            std::max(origin.col, last.col) + 1};
  }
};

}  // namespace binade::datapath
