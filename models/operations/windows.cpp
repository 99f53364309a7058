// SPDX-License-Identifier: Apache-2.0
// The geometry of windows over images: extents, reads and addresses.
#include <set>

#include "models/operations/operation_rows.h"
#include "models/spec/ranges.h"

namespace binade::operations {

namespace {

struct Side {
  std::int64_t size;
  int kernel, stride, before, after, dilation;
};

// PyTorch's Conv2d and MaxPool2d: floor((size + pads - dilation (kernel - 1) - 1) / stride) + 1; ceil_mode rounds up unless the
// last window would start in the padding beyond the image.
std::int64_t count_of(const Layer& layer, const Side& side, bool ceil_mode) {
  if (side.kernel < 1 || side.stride < 1 || side.dilation < 1 || side.before < 0 || side.after < 0)
    refuse(layer, "kernel, stride and dilation must be at least 1 and padding at least 0");
  if (side.stride > spec::kLargestGeometry || side.dilation > spec::kLargestGeometry)
    refuse(layer, "stride and dilation must be at most 65535");
  if (side.before >= spec::kLargestGeometry) refuse(layer, "padding must be below 65535");
  const std::int64_t span = side.size + side.before + side.after - std::int64_t{side.dilation} * (side.kernel - 1) - 1;
  if (span < 0) refuse(layer, "the window is larger than the padded input");
  std::int64_t count = (ceil_mode ? span + side.stride - 1 : span) / side.stride + 1;
  if (ceil_mode && (count - 1) * side.stride >= side.size + side.before) --count;
  return count;
}

std::int64_t positions_touched(std::int64_t size, std::int64_t out, int kernel, int stride, int pad, int dilation) {
  std::set<std::int64_t> positions;
  for (std::int64_t o = 0; o < out; ++o)
    for (int k = 0; k < kernel; ++k) {
      const std::int64_t at = o * stride + std::int64_t{k} * dilation - pad;
      if (at >= 0 && at < size) positions.insert(at);
    }
  return static_cast<std::int64_t>(positions.size());
}

}  // namespace

Window window_on(const Layer& layer, const Shape& in) {
  Window window = layer.window;
  if (!window.whole) return window;
  window.kernel_h = window.stride_h = static_cast<int>(in.height);
  window.kernel_w = window.stride_w = static_cast<int>(in.width);
  return window;
}

Shape windowed(const Layer& layer, const Shape& in, const Window& w, std::int64_t channels) {
  return {channels, count_of(layer, {in.height, w.kernel_h, w.stride_h, w.pad_h, w.below(), w.dilation_h}, w.ceil_mode),
          count_of(layer, {in.width, w.kernel_w, w.stride_w, w.pad_w, w.right(), w.dilation_w}, w.ceil_mode)};
}

Walk image_walk(const Shape& in, const Shape& out, const Window& w) {
  return {.x0 = {.plane = in.elements()},
          .x1 = {.size = out.height, .h = w.stride_h},
          .x2 = {.size = out.width, .w = w.stride_w},
          .k0 = {.plane = in.height * in.width},
          .k1 = {.size = w.kernel_h, .h = w.dilation_h},
          .k2 = {.size = w.kernel_w, .w = w.dilation_w},
          .height = {.size = in.height, .offset = -w.pad_h},
          .width = {.size = in.width, .offset = -w.pad_w}};
}

void read_windows(const Call& call, const Window& window, VectorForm& form) {
  form.windows = true;
  form.x.walk = image_walk(call.in(0), call.out(), window);
  form.x.walk.x0.plane = form.x.walk.k0.plane;
  form.x.walk.k0.plane = 0;
}

ImageGeometry image_geometry(const Call& call) {
  const Shape &in = call.in(0), &out = call.out();
  const Window w = window_on(call.layer, in);
  return {.samples = call.samples,
          .in_channels = in.channels,
          .in_height = in.height,
          .in_width = in.width,
          .out_channels = out.channels,
          .out_height = out.height,
          .out_width = out.width,
          .kernel_h = w.kernel_h,
          .kernel_w = w.kernel_w,
          .stride_h = w.stride_h,
          .stride_w = w.stride_w,
          .pad_h = w.pad_h,
          .pad_w = w.pad_w,
          .dilation_h = w.dilation_h,
          .dilation_w = w.dilation_w,
          .groups = call.layer.groups,
          .pad_h_end = w.below(),
          .pad_w_end = w.right(),
          .count_include_pad = w.count_include_pad};
}

std::int64_t operation_rows::ReadsWindows::touched(const Call& call, std::size_t) {
  const Shape &in = call.in(0), &out = call.out();
  const Window w = window_on(call.layer, in);
  return call.samples * in.channels * positions_touched(in.height, out.height, w.kernel_h, w.stride_h, w.pad_h, w.dilation_h) *
         positions_touched(in.width, out.width, w.kernel_w, w.stride_w, w.pad_w, w.dilation_w);
}

}  // namespace binade::operations
