// SPDX-License-Identifier: Apache-2.0
#include "models/operations/conv_sides.h"

#include <algorithm>

#include "models/operations/operation_rows.h"

namespace binade::operations {
namespace {

/// Samples and pixels of the windows as k, each with what a step of it does.
void walk_samples_and_pixels(const ConvSides& sides, KOrder order, std::int64_t sample_step, int row_step, int column_step,
                             Walk& walk) {
  const Axis samples{.size = sides.samples, .plane = sample_step}, rows{.size = sides.windows.height, .h = row_step},
      columns{.size = sides.windows.width, .w = column_step};
  if (order == KOrder::SamplesOutermost) {
    walk.k0 = samples;
    walk.k1 = rows;
    walk.k2 = columns;
  } else {
    walk.k0 = rows;
    walk.k1 = columns;
    walk.k2 = samples;
  }
}

}  // namespace

ConvSides sides_of_conv(const Call& call) {
  return {.image = call.in(0),
          .windows = call.out(),
          .window = call.layer.window,
          .groups = call.layer.groups,
          .samples = call.samples,
          .first_sample = call.first_sample};
}

GemmForm image_to_windows(const ConvSides& sides, Place image, Place weight) {
  const Window& w = sides.window;
  const Shape &in = sides.image, &out = sides.windows;
  const std::int64_t plane = out.height * out.width, in_plane = in.height * in.width;
  GemmForm form;
  form.shape = {.m = sides.samples * plane, .n = sides.windows_group(), .k = sides.filter(), .count = sides.groups};
  form.logical_cols = out.channels;
  const Walk walk = image_walk(in, out, w);
  for (std::int64_t g = 0; g < sides.groups; ++g) {
    GemmPart part;
    part.a = {image, walk};
    part.a.at.element += g * sides.image_group() * in_plane;
    part.b = {weight, matrix_walk(form.shape.k, 1)};
    part.b.at.element += g * form.shape.n * form.shape.k;
    part.bias = {.role = Role::Bias, .element = g * form.shape.n};
    part.out = {g * form.shape.n * plane, plane, out.elements(), 1, plane};
    part.m_base = sides.first_sample * plane;
    part.n_base = g * form.shape.n;
    form.parts.push_back(part);
  }
  return form;
}

// Image row h has the windows' rows p = (h + pad - r * dilation) / stride where that is whole. With r = kernel - 1 - k1 they ascend
// with k1: p = (h + k1 * dilation - ((kernel - 1) * dilation - pad)) / stride.
GemmForm windows_to_image(const ConvSides& sides, Place windows, Place weight) {
  const Window& w = sides.window;
  const Shape &from = sides.windows, &to = sides.image;
  const std::int64_t plane = to.height * to.width, from_plane = from.height * from.width;
  const std::int64_t reach_h = std::int64_t{w.dilation_h} * (w.kernel_h - 1),
                     reach_w = std::int64_t{w.dilation_w} * (w.kernel_w - 1);
  GemmForm form;
  form.shape = {.m = sides.samples * plane,
                .n = sides.image_group(),
                .k = sides.windows_group() * sides.kernel_area(),
                .count = sides.groups};
  form.logical_cols = to.channels;
  const Walk walk{.x0 = {.plane = from.elements()},
                  .x1 = {.size = to.height, .h = 1},
                  .x2 = {.size = to.width, .w = 1},
                  .k0 = {.plane = from_plane},
                  .k1 = {.size = w.kernel_h, .h = w.dilation_h},
                  .k2 = {.size = w.kernel_w, .w = w.dilation_w},
                  .height = {.size = from.height, .offset = w.pad_h - reach_h, .divisor = w.stride_h},
                  .width = {.size = from.width, .offset = w.pad_w - reach_w, .divisor = w.stride_w}};
  // The kernel from its last row and column on.
  const Walk turned{.x0 = {.plane = sides.kernel_area()},
                    .k0 = {.plane = sides.filter()},
                    .k1 = {.size = w.kernel_h, .h = -1},
                    .k2 = {.size = w.kernel_w, .w = -1},
                    .height = {.size = w.kernel_h, .offset = w.kernel_h - 1},
                    .width = {.size = w.kernel_w, .offset = w.kernel_w - 1}};
  for (std::int64_t g = 0; g < sides.groups; ++g) {
    GemmPart part;
    part.a = {windows, walk};
    part.a.at.element += g * sides.windows_group() * from_plane;
    part.b = {weight, turned};
    part.b.at.element += g * sides.windows_group() * sides.filter();
    part.bias = {.role = Role::Bias, .element = g * form.shape.n};
    part.out = {g * form.shape.n * plane, plane, to.elements(), 1, plane};
    part.m_base = sides.first_sample * plane;
    part.n_base = g * form.shape.n;
    form.parts.push_back(part);
  }
  return form;
}

// Weight (channel of the windows, filter element) sums windows times image over samples and the windows' pixels.
GemmForm sides_to_weight(const ConvSides& sides, Place windows, Place image, bool delta_is_windows, KOrder order) {
  const Window& w = sides.window;
  const Shape &out = sides.windows, &in = sides.image;
  const std::int64_t out_plane = out.height * out.width, in_plane = in.height * in.width;
  Walk of_windows{.x0 = {.plane = out_plane}, .height = {.size = out.height}, .width = {.size = out.width}};
  walk_samples_and_pixels(sides, order, out.elements(), 1, 1, of_windows);
  Walk of_image{.x0 = {.plane = in_plane},
                .x1 = {.size = w.kernel_h, .h = w.dilation_h},
                .x2 = {.size = w.kernel_w, .w = w.dilation_w},
                .height = {.size = in.height, .offset = -w.pad_h},
                .width = {.size = in.width, .offset = -w.pad_w}};
  walk_samples_and_pixels(sides, order, in.elements(), w.stride_h, w.stride_w, of_image);
  const std::int64_t channels = sides.windows_group(), filter = sides.filter();
  GemmForm form;
  form.shape = {.m = delta_is_windows ? channels : filter,
                .n = delta_is_windows ? filter : channels,
                .k = sides.samples * out_plane,
                .count = sides.groups};
  form.logical_cols = delta_is_windows ? filter : out.channels;
  form.block = order == KOrder::SamplesInnermost ? sides.samples : 0;
  for (std::int64_t g = 0; g < sides.groups; ++g) {
    Source windows_part{windows, of_windows}, image_part{image, of_image};
    windows_part.at.element += g * channels * out_plane;
    image_part.at.element += g * sides.image_group() * in_plane;
    GemmPart part;
    part.a = delta_is_windows ? windows_part : image_part;
    part.b = delta_is_windows ? image_part : windows_part;
    part.out.first = g * channels * filter;
    part.out.outer_step = delta_is_windows ? filter : 1;
    part.out.col_step = delta_is_windows ? 1 : filter;
    part.m_base = delta_is_windows ? g * channels : 0;
    part.n_base = delta_is_windows ? 0 : g * channels;
    form.parts.push_back(part);
  }
  return form;
}

}  // namespace binade::operations
