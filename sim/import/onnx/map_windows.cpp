// SPDX-License-Identifier: Apache-2.0
// Operators with windows: convolutions, pools and borders.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/import/limits.h"
#include "sim/import/onnx/operators.h"

namespace binade::sim::onnx_import {
namespace {

using networks::Layer;
using networks::Op;
using networks::Window;

/// A list of `count` extents from `least` to 65535.
std::vector<std::int64_t> extents(const Node& node, const char* key, std::vector<std::int64_t> otherwise, std::int64_t least) {
  const std::size_t count = otherwise.size();
  auto values = node.list(key).value_or(std::move(otherwise));
  if (values.size() != count ||
      std::any_of(values.begin(), values.end(), [&](std::int64_t v) { return v < least || v > kLargestWindow; }))
    node.refuse(fmt::format("{} {}; allowed: {} extents from {} to {}", key, text(values), count, least, kLargestWindow));
  return values;
}

const Value& image(const Node& node) {
  const Value& value = node.activation(0);
  if (value.dims.size() != 4)
    node.refuse(fmt::format("reads a tensor {}; allowed: [batch, channels, height, width]", text(value.dims)));
  return value;
}

/// Padding before and after, of one axis.
struct Sides {
  std::int64_t before = 0, after = 0;
};
/// ONNX, Conv: out = ceil(in / stride); what is missing of the windows is padding, the odd one after (SAME_UPPER) or before.
Sides same(std::int64_t in, std::int64_t reach, std::int64_t stride, bool upper) {
  const auto total = std::max<std::int64_t>(((in + stride - 1) / stride - 1) * stride + reach - in, 0);
  return upper ? Sides{total / 2, total - total / 2} : Sides{total - total / 2, total / 2};
}

Window window_of(const Node& node, const Dims& dims, std::int64_t kernel_h, std::int64_t kernel_w) {
  const auto stride = extents(node, "strides", {1, 1}, 1), dilation = extents(node, "dilations", {1, 1}, 1);
  const auto pads = extents(node, "pads", {0, 0, 0, 0}, 0);
  Sides h{pads[0], pads[2]}, w{pads[1], pads[3]};
  const auto automatic = node.word("auto_pad", "NOTSET");
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    const bool upper = automatic == "SAME_UPPER";
    h = same(dims[2], dilation[0] * (kernel_h - 1) + 1, stride[0], upper);
    w = same(dims[3], dilation[1] * (kernel_w - 1) + 1, stride[1], upper);
  } else if (automatic == "VALID") {
    h = w = {};
  } else if (automatic != "NOTSET" && !automatic.empty()) {
    node.refuse("auto_pad; allowed: NOTSET SAME_UPPER SAME_LOWER VALID");
  }
  if (std::max({h.before, h.after, w.before, w.after}) > kLargestWindow)
    node.refuse(fmt::format("pads by more than {}", kLargestWindow));
  Window window{.kernel_h = static_cast<int>(kernel_h),
                .kernel_w = static_cast<int>(kernel_w),
                .stride_h = static_cast<int>(stride[0]),
                .stride_w = static_cast<int>(stride[1]),
                .pad_h = static_cast<int>(h.before),
                .pad_w = static_cast<int>(w.before),
                .dilation_h = static_cast<int>(dilation[0]),
                .dilation_w = static_cast<int>(dilation[1])};
  if (h.after != h.before) window.pad_h_end = static_cast<int>(h.after);
  if (w.after != w.before) window.pad_w_end = static_cast<int>(w.after);
  return window;
}

}  // namespace

namespace {

/// The weight of a convolution: of rank 4, its kernel the node's kernel_shape.
const Constant& kernels(const Node& node) {
  const Constant& weight = node.constant(1);
  if (weight.dims.size() != 4 || weight.integer)
    node.refuse(fmt::format("weights {}; allowed: of rank 4, not integers", text(weight.dims)));
  for (std::size_t i = 0; i < 4; ++i)
    if (weight.dims[i] < 1 || weight.dims[i] > (i < 2 ? kLargestExtent : kLargestWindow))
      node.refuse(fmt::format("weights {}: an extent is out of range", text(weight.dims)));
  const auto kernel = extents(node, "kernel_shape", {weight.dims[2], weight.dims[3]}, 1);
  if (kernel[0] != weight.dims[2] || kernel[1] != weight.dims[3])
    node.refuse(fmt::format("kernel_shape differs from the weights {}", text(weight.dims)));
  return weight;
}

/// The layer with its weight and bias, as they are.
Values append_convolution(const Node& node, Builder& builder, Layer layer, const Value& value, const Constant& weight) {
  layer.name = builder.name_for(node, 1);
  layer.bias = node.has(2);
  if (layer.bias && node.constant(2).size() != static_cast<std::size_t>(layer.out_features))
    node.refuse(fmt::format("a bias {} for {} channels", text(node.constant(2).dims), layer.out_features));
  const Value result = builder.append(node, layer, {value});
  builder.parameter(result.layer, "weight", weight.dims, weight.reals);
  if (layer.bias) builder.parameter(result.layer, "bias", {layer.out_features}, node.constant(2).reals);
  return {result};
}

}  // namespace

Values map_conv(const Node& node, Builder& builder) {
  const Value& value = image(node);
  const Constant& weight = kernels(node);
  const auto groups = node.integer("group", 1);
  if (groups < 1 || groups > value.dims[1] || weight.dims[1] > value.dims[1] || weight.dims[1] * groups != value.dims[1])
    node.refuse(fmt::format("weights {} and group {} do not fit {} channels", text(weight.dims), groups, value.dims[1]));
  Layer layer;
  layer.op = Op::Conv2d;
  layer.window = window_of(node, value.dims, weight.dims[2], weight.dims[3]);
  layer.groups = static_cast<int>(groups);
  layer.out_features = weight.dims[0];
  return append_convolution(node, builder, std::move(layer), value, weight);
}

Values map_conv_transpose(const Node& node, Builder& builder) {
  const Value& value = image(node);
  const Constant& weight = kernels(node);
  const auto groups = node.integer("group", 1);
  if (groups < 1 || groups > value.dims[1] || weight.dims[0] != value.dims[1] || value.dims[1] % groups != 0)
    node.refuse(fmt::format("weights {} and group {} do not fit {} channels", text(weight.dims), groups, value.dims[1]));
  if (node.list("output_shape")) node.refuse("output_shape is not read; allowed: pads and output_padding");
  const auto automatic = node.word("auto_pad", "NOTSET");
  if (automatic != "NOTSET" && automatic != "VALID" && !automatic.empty()) node.refuse("auto_pad; allowed: NOTSET VALID");
  const auto added = extents(node, "output_padding", {0, 0}, 0);
  Layer layer;
  layer.op = Op::ConvTranspose2d;
  layer.window = window_of(node, value.dims, weight.dims[2], weight.dims[3]);
  layer.window.output_pad_h = static_cast<int>(added[0]);
  layer.window.output_pad_w = static_cast<int>(added[1]);
  layer.groups = static_cast<int>(groups);
  layer.out_features = weight.dims[1] * groups;
  return append_convolution(node, builder, std::move(layer), value, weight);
}

Values map_pool(const Node& node, Builder& builder) {
  const Value& value = image(node);
  const bool average = node.op() == "AveragePool";
  if (node.has_output(1)) node.refuse("its second output, the indices, is not computed");
  if (!node.list("kernel_shape")) node.refuse("kernel_shape is missing");
  const auto kernel = extents(node, "kernel_shape", {1, 1}, 1);
  Layer layer;
  layer.op = average ? Op::AvgPool : Op::MaxPool;
  layer.window = window_of(node, value.dims, kernel[0], kernel[1]);
  Window& w = layer.window;
  w.count_include_pad = node.integer("count_include_pad", 0) != 0;
  w.ceil_mode = node.integer("ceil_mode", 0) != 0;
  return {builder.append(node, std::move(layer), {value})};
}

Values map_global_pool(const Node& node, Builder& builder) {
  Value value = node.activation(0);
  bool keep = true;
  if (node.op() == "ReduceMean" || node.op() == "ReduceMax") {
    keep = node.integer("keepdims", 1) != 0;
    auto axes = node.list(1, "axes").value_or(std::vector<std::int64_t>{});
    for (auto& axis : axes) axis = static_cast<std::int64_t>(node.axis(axis, value.dims.size()));
    std::sort(axes.begin(), axes.end());
    const std::vector<std::int64_t> spatial =
        value.channels_last ? std::vector<std::int64_t>{1, 2} : std::vector<std::int64_t>{2, 3};
    if (value.dims.size() != 4 || axes != spatial)
      node.refuse(fmt::format("reduces axes {} of {}; allowed: over the pixels of images", text(axes), text(value.dims)));
  } else if (value.dims.size() != 4) {
    node.refuse(fmt::format("reads a tensor {}; allowed: [batch, channels, height, width]", text(value.dims)));
  } else if (value.channels_last) {
    node.refuse("reads a tensor whose channels are its last axis; allowed: channels first");
  }
  const bool last = value.channels_last.has_value();
  if (last) {
    value.dims = {value.dims[0], value.dims[3], value.dims[1], value.dims[2]};
    value.channels_last.reset();
  }
  Layer layer;
  layer.op = node.op() == "GlobalMaxPool" || node.op() == "ReduceMax" ? Op::MaxPool : Op::AvgPool;
  layer.window.whole = true;
  Value result = builder.append(node, std::move(layer), {value});
  const auto channels = value.dims[1];
  if (!keep)
    result.dims = {value.dims[0], channels};
  else if (last)
    result.dims = {value.dims[0], 1, 1, channels};
  return {result};
}

Values map_pad(const Node& node, Builder& builder) {
  const Value& value = node.activation(0);
  const auto pads = node.list(1, "pads");
  if (!pads) node.refuse("pads are missing");
  if (node.word("mode", "constant") != "constant") node.refuse("mode; allowed: constant");
  const double fill = node.has(2) ? (node.constant(2).size() == 1 ? node.constant(2).real(0) : 1) : node.real("value", 0);
  const auto rank = value.dims.size();
  std::vector<std::int64_t> axes;
  for (std::size_t i = 0; i < rank; ++i) axes.push_back(static_cast<std::int64_t>(i));
  if (node.has(3)) axes = *node.list(3, "axes");
  if (pads->size() != 2 * axes.size()) node.refuse(fmt::format("{} pads for {} axes", pads->size(), axes.size()));
  std::vector<Sides> sides(rank);
  bool none = true;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const Sides side{(*pads)[i], (*pads)[axes.size() + i]};
    if (side.before < 0 || side.after < 0 || side.before > kLargestWindow || side.after > kLargestWindow)
      node.refuse(fmt::format("pads {}; allowed: from 0 to {}", text(*pads), kLargestWindow));
    sides[node.axis(axes[i], rank)] = side;
    none = none && side.before == 0 && side.after == 0;
  }
  if (none) return {value};
  Value first = value;
  if (value.channels_last && rank == 4) {
    first.channels_last.reset();
    first.dims = {value.dims[0], value.dims[3], value.dims[1], value.dims[2]};
    sides = {sides[0], sides[3], sides[1], sides[2]};
  }
  if (fill != 0 || rank != 4 || sides[0].before + sides[0].after + sides[1].before + sides[1].after != 0)
    node.refuse(fmt::format("pads {} of {} with {}; allowed: zeros around images", text(*pads), text(value.dims), fill));
  Layer layer;
  layer.op = Op::Pad;
  layer.window.pad_h = static_cast<int>(sides[2].before);
  layer.window.pad_w = static_cast<int>(sides[3].before);
  layer.window.pad_h_end = static_cast<int>(sides[2].after);
  layer.window.pad_w_end = static_cast<int>(sides[3].after);
  Value result = builder.append(node, std::move(layer), {first});
  if (value.channels_last) {
    result.dims = {result.dims[0], result.dims[2], result.dims[3], result.dims[1]};
    result.channels_last = Dims(result.dims.begin() + 1, result.dims.end());
  }
  return {result};
}

}  // namespace binade::sim::onnx_import
