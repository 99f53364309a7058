// SPDX-License-Identifier: Apache-2.0
// The extents that operators give which move no element, and the ranges of slices: of constants and of tensors that the network
// computes alike.
#pragma once

#include "sim/import/onnx/node.h"

namespace binade::sim::onnx_import {

/// Reshape, Flatten, Squeeze, Unsqueeze.
bool reshapes(const Node& node);
Dims reshaped(const Node& node, const Dims& dims);

/// Of Expand: the extents to which both its operand's and those that it gives are broadcast.
Dims expanded(const Node& node, const Dims& dims);

/// Of Transpose.
std::vector<std::size_t> permutation(const Node& node, std::size_t rank);

struct Range {
  std::size_t axis;
  std::int64_t first, step, count;
};
/// Of Slice, one for each axis it names.
std::vector<Range> slice_ranges(const Node& node, const Dims& dims);

}  // namespace binade::sim::onnx_import
