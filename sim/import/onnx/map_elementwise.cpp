// SPDX-License-Identifier: Apache-2.0
// Functions of one element, sums and products of two tensors, normalisations.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>

#include "sim/import/onnx/operators.h"

namespace binade::sim::onnx_import {
namespace {

using networks::Layer;
using networks::Op;
using networks::Shape;

Layer make(Op op) {
  Layer layer;
  layer.op = op;
  return layer;
}

/// `value` op a constant, aligned with its last axes as ONNX broadcasts. `inverse`: its reciprocal. `part`: what of the node it is,
/// where it is not all.
Value with_constant(const Node& node, Builder& builder, Op op, const Value& value, const Constant& constant, bool inverse = false,
                    const char* part = "") {
  Dims dims = constant.dims;
  while (dims.size() > value.dims.size() && dims.front() == 1) dims.erase(dims.begin());
  if (dims.size() > value.dims.size() || constant.integer || constant.size() == 0)
    node.refuse(fmt::format("cannot apply the constant {} to {}", text(constant.dims), text(value.dims)));
  dims.insert(dims.begin(), value.dims.size() - dims.size(), 1);
  if (dims[0] != 1) node.refuse(fmt::format("the constant {} differs by sample", text(constant.dims)));
  Layer layer = make(op);
  layer.name = node.name() + part;
  Value first = value;
  const bool scalar = constant.size() == 1;
  if (scalar) {
    layer.shape = {};
  } else if (value.channels_last && value.dims.size() == 4 && dims[1] == 1 && dims[2] == 1) {
    layer.shape = {dims[3], 1, 1};
  } else if (value.channels_last) {
    node.refuse("reads a tensor whose channels are its last axis; allowed: channels first");
  } else {
    dims[0] = builder.batch();
    layer.shape = builder.sample(node, dims);
  }
  const Dims shape{layer.shape.channels, layer.shape.height, layer.shape.width};
  std::vector<double> values = constant.reals;
  if (inverse)
    for (double& v : values) v = 1 / v;
  // Only where the constant's extents matter must the layer before have the model's.
  const Value result = scalar || value.channels_last ? builder.append_alike(node, std::move(layer), first)
                                                     : builder.append(node, std::move(layer), {first});
  builder.parameter(result.layer, "weight", shape, std::move(values));
  Value out = result;
  out.dims = value.dims;
  return out;
}

Value with_number(const Node& node, Builder& builder, Op op, const Value& value, double number, const char* part) {
  return with_constant(node, builder, op, value, {.dims = {}, .integer = false, .ints = {}, .reals = {number}}, false, part);
}

/// Whether the constant is what the layer before can add as its bias: a value for each of its outputs, of which nothing else reads.
bool becomes_bias(const Node& node, Builder& builder, std::size_t operand, const Constant& constant) {
  const Value& value = node.operand(operand);
  const Layer& layer = builder.layer(value.layer);
  if ((layer.op != Op::Linear && layer.op != Op::Conv2d) || layer.bias || value.channels_last || constant.integer) return false;
  if (!builder.read_once(node.operand_name(operand)) || constant.size() != static_cast<std::size_t>(layer.out_features))
    return false;
  const std::size_t axis_from_end = layer.op == Op::Linear ? 1 : 3;
  const bool straight = layer.op == Op::Conv2d
                            ? value.dims.size() == 4 && layer.out.height == value.dims[2] && layer.out.width == value.dims[3]
                            : value.dims.size() == (layer.out.sequence ? 3U : 2U);
  return straight && constant.dims.size() >= axis_from_end && constant.dims.size() <= value.dims.size() &&
         constant.dims[constant.dims.size() - axis_from_end] == layer.out_features;
}

/// An operand of a binary operator, which broadcasts as an Expand to the other's extents does.
Value unexpanded(const Node& node, std::size_t i) {
  const Value& other = node.operand(1 - i);
  Value value = node.operand(i);
  if (!value.before_expand) return value;
  if (value.dims != other.dims || other.before_expand || other.constant) return node.activation(i);  // refuses
  value.dims = *value.before_expand;
  value.before_expand.reset();
  return value;
}

}  // namespace

Values map_binary(const Node& node, Builder& builder) {
  if (node.operands() != 2) node.refuse("needs two operands");
  const Value a = unexpanded(node, 0), b = unexpanded(node, 1);
  const auto& word = node.op();
  const Op op = word == "Add" ? Op::Add : word == "Sub" ? Op::Sub : Op::Mul;
  if (a.constant || b.constant) {
    const std::size_t computed = a.constant ? 1 : 0;
    const Value& value = node.activation(computed);
    const Constant& constant = node.constant(1 - computed);
    if (word == "Add" && becomes_bias(node, builder, computed, constant)) {
      builder.layer(value.layer).bias = true;
      builder.parameter(value.layer, "bias", {builder.layer(value.layer).out_features}, constant.reals);
      return {value};
    }
    if (computed == 1 && word == "Div") node.refuse("divides a constant by a tensor; allowed: a tensor by a constant");
    if (computed == 1 && word == "Sub")
      return {with_constant(node, builder, Op::Add, with_number(node, builder, Op::Mul, value, -1, ".negative"), constant)};
    return {with_constant(node, builder, op, value, constant, word == "Div")};
  }
  if (word == "Div") node.refuse("divides by a tensor; allowed: by a constant");
  if (a.channels_last && b.channels_last && a.dims == b.dims && a.channels_last == b.channels_last &&
      builder.layer(a.layer).out == builder.layer(b.layer).out) {
    Value first = a, second = b;
    first.channels_last.reset();
    second.channels_last.reset();
    const auto& out = builder.layer(a.layer).out;
    first.dims = second.dims = {builder.batch(), out.channels, out.height, out.width};
    Value result = builder.append(node, make(op), {first, second});
    result.dims = a.dims;
    result.channels_last = a.channels_last;
    return {result};
  }
  const auto of_a = elements_of(a.dims, node.where()), of_b = elements_of(b.dims, node.where());
  if (a.dims.size() != b.dims.size()) node.refuse(fmt::format("{} and {} differ in rank", text(a.dims), text(b.dims)));
  if (of_a < of_b && word == "Sub")  // a - b = -b + a
    return {builder.append(node, make(Op::Add), {with_number(node, builder, Op::Mul, b, -1, ".negative"), a})};
  return {of_a < of_b ? builder.append(node, make(op), {b, a}) : builder.append(node, make(op), {a, b})};
}

Values map_activation(const Node& node, Builder& builder) {
  static const std::map<std::string_view, Op> kOps{{"Gelu", Op::Gelu}, {"LeakyRelu", Op::LeakyRelu}, {"PRelu", Op::LeakyRelu},
                                                   {"Relu", Op::Relu}, {"Sigmoid", Op::Sigmoid},     {"Tanh", Op::Tanh}};
  Layer layer = make(kOps.at(node.op()));
  if (node.op() == "LeakyRelu") layer.alpha = node.real("alpha", 0.01F);
  if (node.op() == "PRelu") {
    if (node.constant(1).size() != 1) node.refuse(fmt::format("slopes {}; allowed: one for all", text(node.constant(1).dims)));
    layer.alpha = node.constant(1).real(0);
  }
  if (node.word("approximate", "none") != "none") node.refuse("approximate; allowed: none");
  return {builder.append_alike(node, std::move(layer), node.activation(0))};
}

Values map_clip(const Node& node, Builder& builder) {
  constexpr double kMost = std::numeric_limits<float>::max();
  const auto bound = [&](std::size_t operand, const char* key, double otherwise) {
    if (node.opset() < 11) return node.real(key, otherwise);
    if (!node.has(operand)) return otherwise;
    if (node.constant(operand).size() != 1) node.refuse(fmt::format("{} is not one number", key));
    return node.constant(operand).real(0);
  };
  const double least = bound(1, "min", -kMost), most = bound(2, "max", kMost);
  if (least == 0 && most >= kMost) return {builder.append_alike(node, make(Op::Relu), node.activation(0))};
  Layer layer = make(Op::Clip);
  layer.alpha = std::max(least, -kMost);
  layer.beta = std::min(most, kMost);
  return {builder.append_alike(node, std::move(layer), node.activation(0))};
}

// ONNX: HardSigmoid max(0, min(1, alpha x + beta)); HardSwish x HardSigmoid(x) of alpha 1/6 and beta 1/2.
Values map_hard(const Node& node, Builder& builder) {
  const Value& value = node.activation(0);
  const bool swish = node.op() == "HardSwish";
  const double alpha = swish ? 1.0 / 6 : node.real("alpha", 0.2F), beta = swish ? 0.5 : node.real("beta", 0.5);
  const Value scaled = with_number(node, builder, Op::Mul, value, alpha, ".scale");
  const Value line = with_number(node, builder, Op::Add, scaled, beta, ".shift");
  Layer clip = make(Op::Clip);
  if (swish) clip.name = node.name() + ".gate";
  clip.beta = 1;
  const Value gate = builder.append_alike(node, std::move(clip), line);
  if (!swish) return {gate};
  return {builder.append(node, make(Op::Mul), {value, gate})};
}

Values map_softmax(const Node& node, Builder& builder) {
  const Value& value = node.activation(0);
  const bool rows_of_last = node.opset() >= 13;
  const auto axis = node.axis(node.integer("axis", rows_of_last ? -1 : 1), value.dims.size());
  const Shape shape = builder.sample(node, value.dims);
  // Before opset 13 all axes from `axis` on are one row.
  const bool features = shape.sequence ? axis == 2 : axis == 1 && (!rows_of_last || shape.elements() == shape.channels);
  if (!features || value.channels_last)
    node.refuse(fmt::format("over axis {} of {}; allowed: over the features", axis, text(value.dims)));
  return {builder.append(node, make(node.op() == "Softmax" ? Op::Softmax : Op::LogSoftmax), {value})};
}

Values map_batch_norm(const Node& node, Builder& builder) {
  const Value& value = node.activation(0);
  if (value.dims.size() == 3) node.refuse(fmt::format("normalises {}; allowed: images and features", text(value.dims)));
  // Before opset 14 it trains where it gives statistics too.
  if (node.integer("training_mode", 0) != 0 || node.has_output(1)) node.refuse("is in training mode; allowed: inference");
  Layer layer = make(Op::BatchNorm);
  layer.name = builder.name_for(node, 1);
  layer.epsilon = node.real("epsilon", 1e-5F);
  const Value result = builder.append(node, std::move(layer), {value});
  const auto channels = builder.layer(result.layer).out.channels;
  const char* suffixes[] = {"weight", "bias", "running_mean", "running_var"};
  for (std::size_t i = 0; i < 4; ++i) {
    const Constant& constant = node.constant(i + 1);
    if (constant.integer || constant.size() != static_cast<std::size_t>(channels))
      node.refuse(fmt::format("{} {} for {} channels", suffixes[i], text(constant.dims), channels));
    builder.parameter(result.layer, suffixes[i], {channels}, constant.reals);
  }
  return {result};
}

Values map_layer_norm(const Node& node, Builder& builder) {
  const Value& value = node.activation(0);
  if (node.axis(node.integer("axis", -1), value.dims.size()) + 1 != value.dims.size() || value.dims.size() == 4 ||
      node.has_output(1))
    node.refuse("allowed: over the last axis of features or tokens, one output");
  Layer layer = make(Op::LayerNorm);
  layer.name = node.has(1) ? builder.name_for(node, 1) : node.name();
  layer.epsilon = node.real("epsilon", 1e-5F);
  const Value result = builder.append(node, std::move(layer), {value});
  const auto features = value.dims.back();
  const auto store = [&](std::size_t operand, const char* suffix, double otherwise) {
    std::vector<double> values(static_cast<std::size_t>(features), otherwise);
    if (node.has(operand)) {
      const Constant& constant = node.constant(operand);
      if (constant.integer || constant.size() != values.size())
        node.refuse(fmt::format("{} {} for {} features", suffix, text(constant.dims), features));
      values = constant.reals;
    }
    builder.parameter(result.layer, suffix, {features}, std::move(values));
  };
  store(1, "weight", 1);
  store(2, "bias", 0);
  return {result};
}

}  // namespace binade::sim::onnx_import
