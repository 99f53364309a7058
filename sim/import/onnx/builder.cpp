// SPDX-License-Identifier: Apache-2.0
#include "sim/import/onnx/builder.h"

#include <fmt/format.h>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "models/operations/layer_error.h"
#include "models/operations/operation_table.h"
#include "sim/import/limits.h"

namespace binade::sim::onnx_import {

using networks::Layer;
using networks::Op;
using networks::Shape;

std::string Builder::unique(const std::string& name) {
  auto stem = name.substr(0, kLongestName - 8);
  while (stem.starts_with('/')) stem.erase(0, 1);
  stem = printable(stem);
  if (stem.empty()) stem = "layer";
  auto result = stem;
  for (int i = 2; !names_.insert(result).second; ++i) result = fmt::format("{}#{}", stem, i);
  return result;
}

int Builder::push(Layer layer) {
  auto& layers = result_.network.layers;
  if (layers.size() >= kMostLayers) throw InputError(fmt::format("more than {} layers", kMostLayers));
  layer.name = unique(layer.name);
  layers.push_back(std::move(layer));
  return static_cast<int>(layers.size()) - 1;
}

Value Builder::input(const std::string& name, const Dims& dims, bool channels_last) {
  const auto where = fmt::format("input '{}'", printable(name));
  if (dims.size() < 2 || dims.size() > 4)
    throw InputError(
        fmt::format("{}: extents {}; allowed: [batch, features], [batch, tokens, features], [batch, channels, "
                    "height, width]",
                    where, text(dims)));
  for (const auto extent : dims)
    if (extent < 1 || extent > kLargestExtent)
      throw InputError(fmt::format("{}: extents {}; allowed: from 1 to {} each", where, text(dims), kLargestExtent));
  elements_of(dims, where);
  if (batch_ != 0 && dims[0] != batch_) throw InputError(fmt::format("{}: a batch of {}, of {} before", where, dims[0], batch_));
  batch_ = dims[0];
  Layer layer;
  layer.name = name;
  if (dims.size() == 2) layer.out = {dims[1], 1, 1};
  if (dims.size() == 3) layer.out = Shape::tokens(dims[1], dims[2]);
  if (dims.size() == 4) layer.out = channels_last ? Shape{dims[3], dims[1], dims[2]} : Shape{dims[1], dims[2], dims[3]};
  Value value{.constant = {}, .layer = push(std::move(layer)), .dims = dims, .channels_last = {}};
  if (channels_last) {
    value.channels_last = Dims(dims.begin() + 1, dims.end());
    note(fmt::format("{}: taken as channels, height, width", where));
  }
  return value;
}

Shape Builder::sample(const Node& node, const Dims& dims) const {
  if (dims.size() < 2 || dims.size() > 4 || dims[0] != batch_)
    node.refuse(
        fmt::format("a tensor {} of batch {}; allowed: [batch, features], [batch, tokens, features], [batch, channels, "
                    "height, width]",
                    text(dims), batch_));
  if (dims.size() == 2) return {dims[1], 1, 1};
  if (dims.size() == 3) return Shape::tokens(dims[1], dims[2]);
  return {dims[1], dims[2], dims[3]};
}

int Builder::read(const Node& node, const Value& value) {
  const auto shape = sample(node, value.dims);
  if (layer(value.layer).out == shape) return value.layer;
  const auto known = views_.find({value.layer, value.dims});
  if (known != views_.end()) return known->second;
  Layer view;
  view.op = value.dims.size() == 2 ? Op::Flatten : Op::Reshape;
  view.name = layer(value.layer).name + (view.op == Op::Flatten ? ".flatten" : ".reshape");
  view.inputs = {value.layer};
  view.shape = view.out = shape;
  return views_[{value.layer, value.dims}] = push(std::move(view));
}

Value Builder::append(const Node& node, Layer layer, const std::vector<Value>& values) {
  std::vector<Shape> shapes;
  for (const auto& value : values) {
    if (value.channels_last) node.refuse("reads a tensor whose channels are its last axis; allowed: channels first");
    layer.inputs.push_back(read(node, value));
    shapes.push_back(this->layer(layer.inputs.back()).out);
  }
  if (layer.name.empty()) layer.name = node.name();
  try {
    layer.out = operations::row(layer).shape(layer, shapes);
  } catch (const operations::LayerError& error) {
    node.refuse(error.why());
  }
  const Shape out = layer.out;
  Dims dims{batch_, out.channels};
  if (out.sequence) dims.push_back(out.width);
  if (!out.sequence && (values.empty() || values[0].dims.size() == 4)) dims.insert(dims.end(), {out.height, out.width});
  elements_of(dims, node.where());
  return {.constant = {}, .layer = push(std::move(layer)), .dims = std::move(dims), .channels_last = {}};
}

Value Builder::append_alike(const Node& node, Layer layer, const Value& value) {
  layer.inputs = {value.layer};
  layer.out = this->layer(value.layer).out;
  if (layer.name.empty()) layer.name = node.name();
  try {
    layer.out = operations::row(layer).shape(layer, std::vector<Shape>{layer.out});
  } catch (const operations::LayerError& error) {
    node.refuse(error.why());
  }
  Value result = value;
  result.layer = push(std::move(layer));
  return result;
}

void Builder::parameter(int index, const char* suffix, Dims shape, std::vector<double> values) {
  result_.parameters[layer(index).name + "." + suffix] = {std::move(shape), std::move(values)};
}

std::string Builder::name_for(const Node& node, std::size_t weight) const {
  const auto& tensor = node.operand_name(weight);
  constexpr std::string_view kSuffix = ".weight";
  return tensor.size() > kSuffix.size() && tensor.ends_with(kSuffix) ? tensor.substr(0, tensor.size() - kSuffix.size())
                                                                     : node.name();
}

ImportedModel Builder::finish(std::string name, std::string source) {
  auto& network = result_.network;
  network.name = std::move(name);
  network.source = std::move(source);
  const auto& out = network.layers.back().out;
  if (!out.sequence && out.height == 1 && out.width == 1 && out.channels > 1) network.classes = static_cast<int>(out.channels);
  return std::move(result_);
}

}  // namespace binade::sim::onnx_import
