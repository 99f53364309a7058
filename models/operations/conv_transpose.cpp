// SPDX-License-Identifier: Apache-2.0
// PyTorch's ConvTranspose2d: what the gradient of a convolution's input is, as a layer. Its image is the output, its windows are
// the input's pixels (conv_sides.h).
#include <algorithm>
#include <utility>

#include "models/operations/conv_sides.h"
#include "models/operations/operation_rows.h"
#include "models/spec/ranges.h"

namespace binade::operations {
namespace {

struct Side {
  std::int64_t size;
  int kernel, stride, before, after, dilation, added;
};

// (size - 1) stride - pads + dilation (kernel - 1) + output_padding + 1.
std::int64_t extent_of(const Layer& layer, const Side& side) {
  if (side.kernel < 1 || side.stride < 1 || side.dilation < 1 || side.before < 0 || side.after < 0 || side.added < 0)
    refuse(layer, "kernel, stride and dilation must be at least 1, padding and output padding at least 0");
  if (side.stride > spec::kLargestGeometry || side.dilation > spec::kLargestGeometry)
    refuse(layer, "stride and dilation must be at most 65535");
  if (side.before >= spec::kLargestGeometry) refuse(layer, "padding must be below 65535");
  if (side.added >= std::max(side.stride, side.dilation)) refuse(layer, "output padding must be below the stride or the dilation");
  const std::int64_t extent =
      (side.size - 1) * side.stride - side.before - side.after + std::int64_t{side.dilation} * (side.kernel - 1) + side.added + 1;
  if (extent < 1) refuse(layer, "its padding leaves no output");
  return extent;
}

/// Of the windows, each from where its pixel of the input leads, how many reach the output: padding may crop all of one.
std::int64_t windows_inside(std::int64_t size, std::int64_t out, int kernel, int stride, int before, int dilation) {
  std::int64_t count = 0;
  for (std::int64_t at = 0; at < size; ++at) {
    bool inside = false;
    for (int k = 0; k < kernel && !inside; ++k) {
      const std::int64_t to = at * stride + std::int64_t{k} * dilation - before;
      inside = to >= 0 && to < out;
    }
    count += inside ? 1 : 0;
  }
  return count;
}

}  // namespace

ConvSides sides_of_transposed(const Call& call) {
  ConvSides sides = sides_of_conv(call);
  std::swap(sides.image, sides.windows);
  return sides;
}

namespace operation_rows {

Shape ConvTranspose2d::shape(const Layer& layer, Inputs in) {
  const Window& w = layer.window;
  if (layer.groups < 1 || in[0].channels % layer.groups != 0 || layer.out_features % layer.groups != 0)
    refuse(layer, "groups must divide the " + std::to_string(in[0].channels) + " input and " + std::to_string(layer.out_features) +
                      " output channels");
  if (w.ceil_mode || w.whole) refuse(layer, "ceil_mode and whole windows belong to pooling");
  return {layer.out_features,
          extent_of(layer, {in[0].height, w.kernel_h, w.stride_h, w.pad_h, w.below(), w.dilation_h, w.output_pad_h}),
          extent_of(layer, {in[0].width, w.kernel_w, w.stride_w, w.pad_w, w.right(), w.dilation_w, w.output_pad_w})};
}

std::vector<Learned> ConvTranspose2d::parameters(const Layer& layer, Inputs in) {
  std::vector<Learned> list{
      {"weight", {in[0].channels, layer.out_features / layer.groups, layer.window.kernel_h, layer.window.kernel_w}}};
  if (layer.bias) list.push_back({"bias", {layer.out_features}});
  return list;
}

std::uint64_t ConvTranspose2d::macs(const Layer& layer, Inputs in) {
  return static_cast<std::uint64_t>(layer.out.elements() * (in[0].channels / layer.groups) * layer.window.kernel_h *
                                    layer.window.kernel_w);
}

std::int64_t ConvTranspose2d::touched(const Call& call, std::size_t) {
  const Shape &in = call.in(0), &out = call.out();
  const Window& w = call.layer.window;
  return call.samples * in.channels * windows_inside(in.height, out.height, w.kernel_h, w.stride_h, w.pad_h, w.dilation_h) *
         windows_inside(in.width, out.width, w.kernel_w, w.stride_w, w.pad_w, w.dilation_w);
}

// The image side of the geometry is the output.
void ConvTranspose2d::reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                                std::span<double> out) {
  ImageGeometry geometry = image_geometry(call);
  std::swap(geometry.in_channels, geometry.out_channels);
  std::swap(geometry.in_height, geometry.out_height);
  std::swap(geometry.in_width, geometry.out_width);
  conv_transpose2d(geometry, inputs[0], weight, bias, out);
}

GemmForm ConvTranspose2d::gemm(const Call& call) {
  GemmForm form = windows_to_image(sides_of_transposed(call), {}, {.role = Role::Weight});
  form.shape.bias = call.layer.bias;
  return form;
}

}  // namespace operation_rows
}  // namespace binade::operations
