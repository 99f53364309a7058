// SPDX-License-Identifier: Apache-2.0
// Operators that move elements, or only name them anew.
#include <fmt/format.h>

#include <algorithm>

#include "sim/import/onnx/operators.h"
#include "sim/import/onnx/proto.h"
#include "sim/import/onnx/reshape.h"

namespace binade::sim::onnx_import {
namespace {

using networks::Layer;
using networks::Op;

Value channels(const Node& node, Builder& builder, const Value& value, std::int64_t first, std::int64_t count) {
  if (first == 0 && count == value.dims[1]) return value;
  if (count < 1) node.refuse("a part without channels");
  Layer layer;
  layer.op = Op::Slice;
  layer.first_channel = first;
  layer.out_features = count;
  return builder.append(node, std::move(layer), {value});
}

}  // namespace

Values map_view(const Node& node, Builder&) {
  Value value = node.activation(0);
  value.dims = reshaped(node, value.dims);
  if (value.channels_last) {
    const auto& last = *value.channels_last;
    const Dims flat{value.dims[0], last[0] * last[1] * last[2]}, image{value.dims[0], last[0], last[1], last[2]};
    if (value.dims != flat && value.dims != image)
      node.refuse(fmt::format("views a tensor whose channels are its last axis as {}; allowed: flattened", text(value.dims)));
  }
  return {value};
}

Values map_transpose(const Node& node, Builder& builder) {
  Value value = node.activation(0);
  const auto order = permutation(node, value.dims.size());
  Dims dims;
  std::vector<std::size_t> moved;  // axes of more than one index, in their new order
  for (const auto axis : order) {
    dims.push_back(value.dims[axis]);
    if (value.dims[axis] != 1) moved.push_back(axis);
  }
  using Order = std::vector<std::size_t>;
  if (value.channels_last && value.dims.size() == 4 && order == Order{0, 3, 1, 2}) {
    value.channels_last.reset();
  } else if (!value.channels_last && value.dims.size() == 4 && order == Order{0, 2, 3, 1} &&
             !std::is_sorted(moved.begin(), moved.end())) {
    if (builder.layer(value.layer).out != builder.sample(node, value.dims)) node.refuse("transposes a tensor that was viewed anew");
    value.channels_last = Dims(dims.begin() + 1, dims.end());
  } else if (!std::is_sorted(moved.begin(), moved.end())) {
    node.refuse(
        fmt::format("moves elements of {}; allowed: of constants, between channels first and channels last, and of axes of "
                    "extent 1",
                    text(value.dims)));
  }
  value.dims = std::move(dims);
  return {value};
}

Values map_slice(const Node& node, Builder& builder) {
  const Value& value = node.activation(0);
  Value result = value;
  for (const auto& range : slice_ranges(node, value.dims)) {
    if (range.first == 0 && range.step == 1 && range.count == value.dims[range.axis]) continue;
    if (range.axis != 1 || range.step != 1 || value.channels_last)
      node.refuse(fmt::format("takes a part of axis {} of {} in steps of {}; allowed: channels in a row", range.axis,
                              text(value.dims), range.step));
    result = channels(node, builder, value, range.first, range.count);
  }
  return {result};
}

Values map_gather(const Node& node, Builder& builder) {
  const Value& value = node.activation(0);
  const Constant& at = node.constant(1);
  const auto axis = node.axis(node.integer("axis", 0), value.dims.size());
  bool row = at.integer && at.dims.size() <= 1 && !at.ints.empty() && axis == 1 && !value.channels_last;
  const auto first = row ? static_cast<std::int64_t>(node.axis(at.ints[0], static_cast<std::size_t>(value.dims[1]))) : 0;
  for (std::size_t i = 0; row && i < at.size(); ++i)
    row = node.axis(at.ints[i], static_cast<std::size_t>(value.dims[1])) == static_cast<std::size_t>(first) + i;
  if (!row) node.refuse(fmt::format("gathers along axis {} of {}; allowed: channels in a row", axis, text(value.dims)));
  Value result = channels(node, builder, value, first, static_cast<std::int64_t>(at.size()));
  result.dims = value.dims;
  result.dims[1] = static_cast<std::int64_t>(at.size());
  if (at.dims.empty()) result.dims.erase(result.dims.begin() + 1);
  return {result};
}

// Operators of two tensors broadcast by themselves.
Values map_expand(const Node& node, Builder&) {
  Value value = node.activation(0);
  const auto dims = expanded(node, value.dims);
  if (dims == value.dims) return {value};
  if (dims.size() != value.dims.size() || value.channels_last)
    node.refuse(fmt::format("expands {} to {}; allowed: to extents of as many axes", text(value.dims), text(dims)));
  value.before_expand = value.dims;
  value.dims = dims;
  return {value};
}

Values map_split(const Node& node, Builder& builder) {
  const Value& value = node.activation(0);
  const auto axis = node.axis(node.integer("axis", 0), value.dims.size());
  if (axis != 1 || value.channels_last) node.refuse(fmt::format("splits axis {} of {}; allowed: channels", axis, text(value.dims)));
  const auto parts = static_cast<std::int64_t>(node.outputs()), total = value.dims[1];
  const auto each = (total + parts - 1) / std::max<std::int64_t>(parts, 1);
  auto sizes = node.list(1, "split");
  if (!sizes) {  // as many each; the last may be smaller
    sizes.emplace();
    for (std::int64_t first = 0, i = 0; i < parts; ++i, first += each) sizes->push_back(std::min(each, total - first));
  }
  std::int64_t sum = 0;
  for (const auto size : *sizes) {
    if (size < 1 || size > total - sum) node.refuse(fmt::format("parts {} of {} channels", text(*sizes), total));
    sum += size;
  }
  if (sum != total || sizes->size() != node.outputs())
    node.refuse(fmt::format("parts {} of {} channels for {} outputs", text(*sizes), total, parts));
  Values result;
  std::int64_t first = 0;
  for (const auto size : *sizes) {
    result.push_back(channels(node, builder, value, first, size));
    first += size;
  }
  return result;
}

Values map_concat(const Node& node, Builder& builder) {
  Values parts;
  for (std::size_t i = 0; i < node.operands(); ++i) parts.push_back(node.activation(i));
  const auto axis = node.axis(node.integer("axis", 0), parts.at(0).dims.size());
  if (axis != 1) node.refuse(fmt::format("joins along axis {} of {}; allowed: channels", axis, text(parts[0].dims)));
  for (const auto& part : parts)
    if (part.dims.size() != parts[0].dims.size())
      node.refuse(fmt::format("{} and {} differ in rank", text(parts[0].dims), text(part.dims)));
  if (parts.size() == 1) return {parts[0]};
  Layer layer;
  layer.op = Op::Concat;
  return {builder.append(node, std::move(layer), parts)};
}

// The ratio is an attribute before opset 12, then an operand; 0.5 where absent.
Values map_dropout(const Node& node, Builder& builder) {
  if (node.has_output(1)) node.refuse("its second output, the mask, is not computed");
  if (node.has(2) && (node.constant(2).size() != 1 || node.constant(2).real(0) != 0)) node.refuse("training_mode; allowed: false");
  Layer layer;
  layer.op = Op::Dropout;
  layer.rate = node.real("ratio", layer.rate);
  if (node.has(1)) {
    if (node.constant(1).size() != 1) node.refuse("ratio is no number");
    layer.rate = node.constant(1).real(0);
  }
  if (!(layer.rate >= 0 && layer.rate < 1)) node.refuse(fmt::format("ratio {}; allowed: from 0 to below 1", layer.rate));
  return {builder.append_alike(node, std::move(layer), node.activation(0))};
}

Values map_same(const Node& node, Builder&) {
  if (node.op() == "Cast") {
    const auto to = node.integer("to", 0);
    if (to != onnx::TensorProto::FLOAT && to != onnx::TensorProto::FLOAT16 && to != onnx::TensorProto::DOUBLE &&
        to != onnx::TensorProto::BFLOAT16)
      node.refuse(fmt::format("casts to element type {}; allowed: float, double, float16, bfloat16", to));
  }
  if (node.op() == "CastLike" && node.operand(1).constant && node.constant(1).integer)
    node.refuse("casts to the type of integers; allowed: kinds of floats");
  return {node.activation(0)};
}

}  // namespace binade::sim::onnx_import
