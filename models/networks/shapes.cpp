// SPDX-License-Identifier: Apache-2.0
// Shape inference: every layer's output from its inputs, with the checks that make a table runnable.
#include <cmath>
#include <set>
#include <string>

#include "models/networks/network.h"
#include "models/numerics/error.h"

namespace binade::networks {

namespace {

[[noreturn]] void fail(const Layer& layer, const std::string& what) {
  throw InputError("network: layer '" + layer.name + "': " + what);
}

std::string text(const Shape& s) {
  return std::to_string(s.channels) + "x" + std::to_string(s.height) + "x" + std::to_string(s.width);
}

struct Axis {
  std::int64_t size;
  int kernel, stride, pad, dilation;
};

// PyTorch's Conv2d and MaxPool2d: floor((size + 2 pad - dilation (kernel - 1) - 1) / stride) + 1; ceil_mode rounds up unless the
// last window would start in the padding beyond the image.
std::int64_t windows(const Layer& layer, const Axis& axis, bool ceil_mode) {
  if (axis.kernel < 1 || axis.stride < 1 || axis.dilation < 1 || axis.pad < 0)
    fail(layer, "kernel, stride and dilation must be at least 1 and padding at least 0");
  if (axis.stride > 65535 || axis.dilation > 65535) fail(layer, "stride and dilation must be at most 65535");
  const std::int64_t span = axis.size + 2 * axis.pad - std::int64_t{axis.dilation} * (axis.kernel - 1) - 1;
  if (span < 0) fail(layer, "the window is larger than the padded input");
  std::int64_t count = (ceil_mode ? span + axis.stride - 1 : span) / axis.stride + 1;
  if (ceil_mode && (count - 1) * axis.stride >= axis.size + axis.pad) --count;
  return count;
}

Shape windowed(const Layer& layer, const Shape& in, std::int64_t channels) {
  const Window& w = layer.window;
  return {channels, windows(layer, {in.height, w.kernel_h, w.stride_h, w.pad_h, w.dilation_h}, w.ceil_mode),
          windows(layer, {in.width, w.kernel_w, w.stride_w, w.pad_w, w.dilation_w}, w.ceil_mode)};
}

Shape conv_shape(const Layer& layer, const Shape& in) {
  if (layer.groups < 1 || in.channels % layer.groups != 0 || layer.out_features % layer.groups != 0)
    fail(layer, "groups must divide the " + std::to_string(in.channels) + " input and " + std::to_string(layer.out_features) +
                    " output channels");
  if (layer.window.ceil_mode) fail(layer, "ceil_mode belongs to pooling");
  return windowed(layer, in, layer.out_features);
}

Shape pool_shape(const Layer& layer, const Shape& in) {
  const Window& w = layer.window;
  if (2 * w.pad_h > w.kernel_h || 2 * w.pad_w > w.kernel_w) fail(layer, "pooling pads by at most half a window");
  if (layer.op == Op::AvgPool && w.ceil_mode) fail(layer, "average pooling has no ceil_mode");
  return windowed(layer, in, in.channels);
}

Shape matmul_shape(const Layer& layer, const Shape& a, const Shape& b) {
  if (a.height != 1 || b.height != 1) fail(layer, "operands must be sequences, not " + text(a) + " and " + text(b));
  if (layer.heads < 1 || a.width % layer.heads != 0 || b.width % layer.heads != 0)
    fail(layer, "heads must divide the widths of " + text(a) + " and " + text(b));
  int exponent = 0;
  if (!(layer.scale > 0) || std::frexp(layer.scale, &exponent) != 0.5) fail(layer, "scale must be a power of two");
  if (layer.transpose_b) {
    if (a.width != b.width) fail(layer, "A (" + text(a) + ") and B transposed (" + text(b) + ") differ in features");
    return {a.channels, 1, layer.heads * b.channels};
  }
  if (a.width / layer.heads != b.channels) fail(layer, "A (" + text(a) + ") has not one column per token of B (" + text(b) + ")");
  return {a.channels, 1, b.width};
}

Shape shape_of(const Network& network, const Layer& layer) {
  const auto in = [&](std::size_t i) -> const Shape& { return network.layers[static_cast<std::size_t>(layer.inputs[i])].out; };
  switch (layer.op) {
    case Op::Conv2d:
      return conv_shape(layer, in(0));
    case Op::Linear:
      return in(0).sequence() ? Shape{in(0).channels, 1, layer.out_features} : Shape{layer.out_features, 1, 1};
    case Op::MatMul:
      return matmul_shape(layer, in(0), in(1));
    case Op::MaxPool:
    case Op::AvgPool:
      return pool_shape(layer, in(0));
    case Op::Add:
      if (in(0) != in(1)) fail(layer, "cannot add " + text(in(0)) + " and " + text(in(1)));
      return in(0);
    case Op::Softmax:
      if (layer.heads < 1 || in(0).width % layer.heads != 0) fail(layer, "heads must divide the width of " + text(in(0)));
      return in(0);
    case Op::Concat: {
      Shape out = in(0);
      for (std::size_t i = 1; i < layer.inputs.size(); ++i) {
        if (in(i).height != out.height || in(i).width != out.width) fail(layer, "cannot join " + text(out) + " and " + text(in(i)));
        out.channels += in(i).channels;
      }
      return out;
    }
    case Op::Flatten:
      return {in(0).elements(), 1, 1};
    case Op::Subsample: {
      if (layer.out_features < in(0).channels) fail(layer, "has fewer output than input channels");
      const Window& w = layer.window;
      return {layer.out_features, windows(layer, {in(0).height, 1, w.stride_h, 0, 1}, false),
              windows(layer, {in(0).width, 1, w.stride_w, 0, 1}, false)};
    }
    default:
      return in(0);
  }
}

std::size_t operands(Op op) { return op == Op::Input ? 0 : op == Op::MatMul || op == Op::Add ? 2 : 1; }

}  // namespace

void infer_shapes(Network& network) {
  if (network.layers.empty() || network.layers[0].op != Op::Input) throw InputError("network: the first layer must be an input");
  std::set<std::string> names;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    Layer& layer = network.layers[i];
    if (!names.insert(layer.name).second) fail(layer, "the name is used twice");
    if (layer.op == Op::Concat ? layer.inputs.empty() : layer.inputs.size() != operands(layer.op))
      fail(layer, "has " + std::to_string(layer.inputs.size()) + " inputs");
    for (const int input : layer.inputs)
      if (input < 0 || static_cast<std::size_t>(input) >= i) fail(layer, "its inputs must be earlier layers");
    if (layer.op != Op::Input) layer.out = shape_of(network, layer);
    constexpr std::int64_t kMaxExtent = std::int64_t{1} << 24, kMaxElements = std::int64_t{1} << 32;
    const Shape& out = layer.out;
    for (const std::int64_t extent : {out.channels, out.height, out.width})
      if (extent < 1 || extent > kMaxExtent) fail(layer, "extents must be 1 to 2^24, not " + text(out));
    if (out.channels * out.height > kMaxElements / out.width) fail(layer, "has more than 2^32 elements: " + text(out));
  }
}

}  // namespace binade::networks
