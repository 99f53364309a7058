// SPDX-License-Identifier: Apache-2.0
// Networks as layer tables: a topologically ordered list of layers, each producing one tensor.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace binade::networks {

enum class Op : std::uint8_t {
  Input,
  Conv2d,
  Linear,
  MatMul,
  Relu,
  MaxPool,
  AvgPool,
  Add,
  BatchNorm,
  Softmax,
  LayerNorm,
  Gelu,
  Concat,
  Flatten,
  Subsample
};
/// input conv linear matmul relu maxpool avgpool add batchnorm softmax layernorm gelu concat flatten subsample
std::string_view to_string(Op op);

/// Extent of one sample: images are (channels, height, width); sequences (channels = tokens, height = 1, width = features).
struct Shape {
  std::int64_t channels = 1, height = 1, width = 1;
  std::int64_t elements() const { return channels * height * width; }
  bool sequence() const { return height == 1 && width > 1; }
  bool operator==(const Shape&) const = default;
};

struct Window {
  int kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, pad_h = 0, pad_w = 0, dilation_h = 1, dilation_w = 1;
  bool ceil_mode = false;  ///< pooling: PyTorch's ceil_mode
};

struct Layer {
  std::string name;  ///< unique; also the key prefix of its parameters (`conv1.weight`)
  Op op = Op::Input;
  std::vector<int> inputs;  ///< indices of earlier layers
  Window window;            ///< Conv2d, MaxPool, AvgPool; Subsample: the strides
  int groups = 1;           ///< Conv2d
  /// Conv2d: output channels; Linear: output features (on `width` for sequences, else on all elements); Subsample (the
  /// parameter-free shortcut A of He et al. 2016): output channels, the added ones zero, half of them before the input's.
  std::int64_t out_features = 0;
  bool bias = false;         ///< Conv2d, Linear
  bool transpose_b = false;  ///< MatMul: A (t x f) times B^T (t' x f); otherwise A (t x t') times B (t' x f)
  int heads = 1;       ///< MatMul: independent products over slices of the feature axis (attention); Softmax: rows are such slices
  double scale = 1.0;  ///< MatMul: result times scale, a power of two (1/sqrt of the head width)
  double epsilon = 1e-5;  ///< BatchNorm, LayerNorm
  Shape out;              ///< filled by infer_shapes
};

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
/// Of a tensor whose rows a Softmax or LayerNorm works on: length of one row.
std::int64_t row_length(const Shape& shape, int heads);

}  // namespace binade::networks
