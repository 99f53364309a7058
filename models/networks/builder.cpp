// SPDX-License-Identifier: Apache-2.0
#include "models/networks/builder.h"

#include <utility>

namespace binade::networks {

Builder::Builder(std::string name, std::string source, Shape input) {
  network_.name = std::move(name);
  network_.source = std::move(source);
  Layer& first = network_.layers.emplace_back();
  first.name = "input";
  first.out = input;
}

int Builder::append(std::string name, Op op, std::vector<int> inputs) {
  Layer& added = network_.layers.emplace_back();
  added.name = std::move(name);
  added.op = op;
  added.inputs = std::move(inputs);
  return static_cast<int>(network_.layers.size()) - 1;
}

int Builder::input(std::string name, Shape shape) {
  const int index = append(std::move(name), Op::Input, {});
  layer(index).out = shape;
  return index;
}

int Builder::conv(std::string name, int input, std::int64_t channels, int kernel, ConvOptions options) {
  const int index = append(std::move(name), Op::Conv2d, {input});
  Layer& added = layer(index);
  added.window.kernel_h = added.window.kernel_w = kernel;
  added.window.stride_h = added.window.stride_w = options.stride;
  added.window.pad_h = added.window.pad_w = options.pad;
  added.out_features = channels;
  added.bias = options.bias;
  return index;
}

int Builder::linear(std::string name, int input, std::int64_t features) {
  const int index = append(std::move(name), Op::Linear, {input});
  layer(index).out_features = features;
  layer(index).bias = true;
  return index;
}

int Builder::max_pool(std::string name, int input, int kernel, int stride, int pad, bool ceil_mode) {
  const int index = append(std::move(name), Op::MaxPool, {input});
  Window& window = layer(index).window;
  window.kernel_h = window.kernel_w = kernel;
  window.stride_h = window.stride_w = stride;
  window.pad_h = window.pad_w = pad;
  window.ceil_mode = ceil_mode;
  return index;
}

int Builder::global_average(std::string name, int input, int extent) {
  const int index = append(std::move(name), Op::AvgPool, {input});
  Window& window = layer(index).window;
  window.kernel_h = window.kernel_w = window.stride_h = window.stride_w = extent;
  return index;
}

int Builder::dropout(std::string name, int input, double rate) {
  const int index = append(std::move(name), Op::Dropout, {input});
  layer(index).rate = rate;
  return index;
}

int Builder::batch_norm(std::string name, int input, double epsilon) {
  const int index = append(std::move(name), Op::BatchNorm, {input});
  layer(index).epsilon = epsilon;
  return index;
}

Network Builder::finish(int classes) {
  network_.classes = classes;
  infer_shapes(network_);
  return std::move(network_);
}

}  // namespace binade::networks
