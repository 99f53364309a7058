// SPDX-License-Identifier: Apache-2.0
// Matrix products.
#include <fmt/format.h>

#include "sim/import/limits.h"
#include "sim/import/onnx/operators.h"

namespace binade::sim::onnx_import {
namespace {

using networks::Layer;
using networks::Op;

/// Weights as Linear has them, (features out, features in), of a stored matrix.
std::vector<double> weight_rows(const Constant& matrix, bool transposed, double factor) {
  const auto rows = static_cast<std::size_t>(matrix.dims[0]), cols = static_cast<std::size_t>(matrix.dims[1]);
  std::vector<double> result(rows * cols);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < cols; ++c) result[transposed ? r * cols + c : c * rows + r] = factor * matrix.reals[r * cols + c];
  return result;
}

/// Weights for features in the order channels, height, width, of weights for height, width, channels.
void reorder(std::vector<double>& weight, const Dims& last) {
  const auto h = static_cast<std::size_t>(last[0]), w = static_cast<std::size_t>(last[1]), c = static_cast<std::size_t>(last[2]);
  const std::size_t features = h * w * c;
  std::vector<double> row(features);
  for (std::size_t first = 0; first < weight.size(); first += features) {
    for (std::size_t pixel = 0; pixel < h * w; ++pixel)
      for (std::size_t channel = 0; channel < c; ++channel) row[channel * h * w + pixel] = weight[first + pixel * c + channel];
    std::copy(row.begin(), row.end(), weight.begin() + static_cast<std::ptrdiff_t>(first));
  }
}

Value linear(const Node& node, Builder& builder, Value value, const Constant& matrix, bool transposed, double factor) {
  const bool fits = matrix.dims.size() == 2 && !matrix.integer && (value.dims.size() == 2 || value.dims.size() == 3) &&
                    matrix.dims[transposed ? 1 : 0] == value.dims.back();
  if (!fits || matrix.size() == 0 || matrix.dims[transposed ? 0 : 1] > kLargestExtent)
    node.refuse(
        fmt::format("cannot multiply {} with the constant {}; allowed: [batch, features] or [batch, tokens, features] with a "
                    "matrix of as many rows",
                    text(value.dims), text(matrix.dims)));
  auto weight = weight_rows(matrix, transposed, factor);
  if (value.channels_last) {
    if (value.dims.size() != 2) node.refuse("reads a tensor whose channels are its last axis; allowed: channels first");
    reorder(weight, *value.channels_last);
    value.channels_last.reset();
  }
  Layer layer;
  layer.op = Op::Linear;
  layer.name = builder.name_for(node, 1);
  layer.out_features = matrix.dims[transposed ? 0 : 1];
  const Dims shape{layer.out_features, value.dims.back()};
  const Value result = builder.append(node, std::move(layer), {value});
  builder.parameter(result.layer, "weight", shape, std::move(weight));
  return result;
}

}  // namespace

Values map_gemm(const Node& node, Builder& builder) {
  const Value& value = node.activation(0);
  if (value.dims.size() != 2 || node.integer("transA", 0) != 0)
    node.refuse(fmt::format("operand 1 is {}; allowed: [batch, features], not transposed", text(value.dims)));
  const Value result = linear(node, builder, value, node.constant(1), node.integer("transB", 0) != 0, node.real("alpha", 1));
  if (!node.has(2)) return {result};
  const Constant& added = node.constant(2);
  const auto features = static_cast<std::size_t>(builder.layer(result.layer).out_features);
  if (added.integer || (added.size() != 1 && (added.size() != features || added.dims.empty() ||
                                              added.dims.back() != static_cast<std::int64_t>(features))))
    node.refuse(fmt::format("a bias {} for {} features", text(added.dims), features));
  std::vector<double> bias(features);
  for (std::size_t i = 0; i < features; ++i) bias[i] = node.real("beta", 1) * added.reals[added.size() == 1 ? 0 : i];
  builder.layer(result.layer).bias = true;
  builder.parameter(result.layer, "bias", {static_cast<std::int64_t>(features)}, std::move(bias));
  return {result};
}

Values map_matmul(const Node& node, Builder& builder) {
  const Value &a = node.activation(0), &b = node.operand(1);
  if (b.constant) return {linear(node, builder, a, *b.constant, false, 1)};
  if (a.dims.size() != 3 || b.dims.size() != 3)
    node.refuse(fmt::format("multiplies {} and {}; allowed: [batch, tokens, features] both, or a constant matrix", text(a.dims),
                            text(b.dims)));
  Layer layer;
  layer.op = Op::MatMul;
  return {builder.append(node, std::move(layer), {a, b})};
}

}  // namespace binade::sim::onnx_import
