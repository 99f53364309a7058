// SPDX-License-Identifier: Apache-2.0
// What training asks of pools beyond their forward result: which element a maximum is, and the gradient of the image from that of
// the windows. Forms beside GemmForm and VectorForm (forms.h), in element coordinates like them.
#pragma once

#include <cstdint>

#include "models/operations/forms.h"
#include "models/operations/window_axis.h"

namespace binade::operations {

/// The maximum of every window, result 0, and its index in the window, result 1: an unsigned integer. The first in row-major order
/// wins, a NaN before all else; padding never does.
struct MaximumForm {
  Source x;                 ///< rows: windows in the results' order; columns: their elements
  std::int64_t window = 1;  ///< elements of one
  std::int64_t outputs = 0;
  std::int64_t first = 0;  ///< logical index of output 0 in the run's whole output tensor
};
/// Bytes of an index: 1, 2 or 4, and their largest number is none.
int index_bytes(std::int64_t window);

/// Every element of an image is the sum of what the windows that hold it give it; windows ascend. A window gives its delta to the
/// element that an index says, or its delta over its divisor to every one it holds. What a single window gives is the element,
/// rounded once. Several gifts add up exactly with one rounding; under the policies `serial` and `fp32`, where the result has no
/// shared exponent, each of them and each sum is rounded to the result's format or to binary32. An element of no window is +0.
struct WindowGradientForm {
  Walk windows;             ///< over the result: rows are windows in the delta's order, columns their elements
  std::int64_t window = 1;  ///< elements of one
  std::int64_t count = 0;   ///< windows: elements of the delta, input 0
  bool chosen = false;      ///< input 1 holds an index for every window
  /// A window's divisor is how many of its elements lie in these rows and columns; where windows are chosen it is 1.
  Stretch count_rows, count_columns;
  std::int64_t outputs = 0;
  std::int64_t first = 0;  ///< logical index of output 0 in the run's whole output tensor
  /// Of window (x0, x1, x2).
  std::int64_t divisor(std::int64_t x1, std::int64_t x2) const;
};

/// The sides of a walk over windows of planes.
WindowAxis row_axis(const Walk& windows);
WindowAxis column_axis(const Walk& windows);

/// From the forward use of a pool. Input 0: x.
MaximumForm max_pool_choice(const Call& call);
/// Input 0: the delta. Input 1, of a max pool: the indices.
WindowGradientForm max_pool_gradient(const Call& call);
WindowGradientForm avg_pool_gradient(const Call& call);

}  // namespace binade::operations
