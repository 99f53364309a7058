// SPDX-License-Identifier: Apache-2.0
// A layer: one operation with its attributes, and the extents of tensors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace binade::operations {

enum class Op : std::uint8_t {
#define OPERATION(name, word) name,
#include "models/operations/operations.def"
};
/// Its word in operations.def.
std::string_view to_string(Op op);

/// Extent of one sample: images are (channels, height, width); sequences (channels = tokens, height = 1, width = features).
/// Which of the two it is is said, never guessed from extents: a sequence of one feature is one.
struct Shape {
  std::int64_t channels = 1, height = 1, width = 1;
  bool sequence = false;
  static Shape tokens(std::int64_t count, std::int64_t features) { return {count, 1, features, true}; }
  std::int64_t elements() const { return channels * height * width; }
  bool operator==(const Shape&) const = default;
};
std::string text(const Shape& shape);  ///< "channels x height x width", without blanks

/// The windows of convolution and pooling, and the border of Pad.
struct Window {
  int kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1;
  int pad_h = 0, pad_w = 0;  ///< above and left of the image; below and right as well unless the next two say otherwise
  int dilation_h = 1, dilation_w = 1;
  bool ceil_mode = false;                             ///< pooling: PyTorch's ceil_mode
  std::optional<int> pad_h_end = {}, pad_w_end = {};  ///< below, right
  bool whole = false;                                 ///< pooling: the window is the image, whatever its extents
  bool count_include_pad = true;                      ///< AvgPool: padding counts as zeros of the average; false: it does not count
  int output_pad_h = 0, output_pad_w = 0;             ///< ConvTranspose2d: rows below, columns right of what the windows make
  int below() const { return pad_h_end.value_or(pad_h); }
  int right() const { return pad_w_end.value_or(pad_w); }
};

struct Layer {
  std::string name;  ///< unique; also the key prefix of its parameters (`conv1.weight`)
  Op op = Op::Input;
  std::vector<int> inputs;  ///< indices of earlier layers
  Window window;            ///< Conv2d, ConvTranspose2d, MaxPool, AvgPool; Subsample: the strides; Pad: the padding
  int groups = 1;           ///< Conv2d, ConvTranspose2d
  /// Conv2d, ConvTranspose2d: output channels; Linear: output features (on `width` for sequences, else on all elements); Subsample
  /// (the parameter-free shortcut A of He et al. 2016): output channels, the added ones zero, half of them before the input's;
  /// Slice: channels kept.
  std::int64_t out_features = 0;
  std::int64_t first_channel = 0;  ///< Slice
  bool bias = false;               ///< Conv2d, ConvTranspose2d, Linear
  bool transpose_b = false;        ///< MatMul: A (t x f) times B^T (t' x f); otherwise A (t x t') times B (t' x f)
  int heads =
      1;  ///< MatMul: independent products over slices of the feature axis (attention); Softmax, LogSoftmax: rows are such slices
  double scale = 1.0;     ///< MatMul: result times scale, a power of two (1/sqrt of the head width)
  double epsilon = 1e-5;  ///< BatchNorm, LayerNorm
  double momentum = 0.1;  ///< BatchNorm: the share of a batch in the running statistics, in training
  double alpha = 0;       ///< LeakyRelu: the slope of negative values; Clip: the least value
  double beta = 0;        ///< Clip: the largest value
  double rate = 0.5;      ///< Dropout: the probability that training sets an element to zero; the others are divided by 1 - rate
  /// Add, Sub, Mul with one input: the extents of the constant second operand, the parameter `weight`. Reshape: of the result.
  Shape shape;
  Shape out;  ///< filled by shape inference
};

/// Of a tensor whose rows a Softmax, LogSoftmax or LayerNorm works on: length of one row.
std::int64_t row_length(const Shape& shape, int heads);

}  // namespace binade::operations
