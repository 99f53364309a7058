// SPDX-License-Identifier: Apache-2.0
// Networks as layer tables: a topologically ordered list of layers, each producing one tensor.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/operations/forms.h"

namespace binade::networks {

using operations::Layer;
using operations::Op;
using operations::row_length;
using operations::Shape;
using operations::to_string;
using operations::Window;

struct Network {
  std::string name;
  std::string source;         ///< paper or code the table was taken from
  std::vector<Layer> layers;  ///< the first is an Input; there may be more
  int classes = 0;            ///< of the last layer; 0: none
};

/// The built-in names, in listing order.
std::vector<std::string> network_names();
/// Throws InputError that names the nearest name. Shapes are inferred and checked.
Network make_network(std::string_view name);
/// Computes every layer's output shape; throws InputError naming the layer where shapes do not fit.
void infer_shapes(Network& network);
/// Indices of the Input layers, in order.
std::vector<int> input_layers(const Network& network);
/// Multiply-accumulates of one sample.
std::uint64_t macs(const Network& network, int layer);

/// One learned tensor of a layer.
struct ParameterShape {
  std::string name;                 ///< `conv1.weight`
  std::vector<std::int64_t> shape;  ///< PyTorch layout, outermost first
};
/// Every parameter of one layer, in PyTorch's order: weight, bias; BatchNorm: weight, bias, running_mean, running_var.
std::vector<ParameterShape> parameter_shapes(const Network& network, int layer);
/// Output shapes of a layer's inputs.
std::vector<Shape> input_shapes(const Network& network, const Layer& layer);
/// One use of a layer, on `samples` samples from `first_sample` of the run on.
operations::Call call_of(const Network& network, int layer, std::int64_t samples = 1, std::int64_t first_sample = 0,
                         bool relu = false);

}  // namespace binade::networks
