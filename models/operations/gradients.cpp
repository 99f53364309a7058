// SPDX-License-Identifier: Apache-2.0
#include "models/operations/gradients.h"

#include <array>
#include <cmath>

#include "models/operations/conv_sides.h"

namespace binade::operations {
namespace {

constexpr Place kDelta{.role = Role::Input, .input = 0}, kOther{.role = Role::Input, .input = 1};

/// Linear layers multiply rows of features: one a sample, or one a token of it.
struct LinearRows {
  std::int64_t features, outputs, tokens;
};
LinearRows linear_rows(const Call& call) {
  const std::int64_t features = row_length(call.in(0), 1);
  return {features, call.layer.out_features, call.in(0).elements() / features};
}

/// Tokens of samples as k, rows of `width` elements one after another.
Walk walk_tokens(const Call& call, std::int64_t tokens, std::int64_t width, KOrder order) {
  Walk walk = matrix_walk(1, 0);
  const Axis samples{.size = call.samples, .plane = tokens * width}, rows{.size = tokens, .plane = width};
  walk.k0 = order == KOrder::SamplesOutermost ? samples : rows;
  walk.k2 = order == KOrder::SamplesOutermost ? rows : samples;
  return walk;
}

/// The delta as what a bias was added to: its elements are the axis that a sum over the samples and `shared` keeps.
struct BiasAxes {
  SummedTensor tensor;
  SummedAxes shared;
  std::int64_t elements;
};
BiasAxes bias_axes(const Call& call) {
  const Shape& out = call.out();
  const std::int64_t pixels = out.height * out.width;
  return {{kDelta, call.samples, out.channels, pixels},
          {.channels = out.sequence, .pixels = !out.sequence},
          out.sequence ? pixels : out.channels};
}

}  // namespace

GemmForm conv_backward_data(const Call& call) { return windows_to_image(sides_of_conv(call), kDelta, kOther); }
GemmForm conv_backward_weight(const Call& call, KOrder order) {
  return sides_to_weight(sides_of_conv(call), kDelta, kOther, true, order);
}

GemmForm conv_transpose_backward_data(const Call& call) { return image_to_windows(sides_of_transposed(call), kDelta, kOther); }
GemmForm conv_transpose_backward_weight(const Call& call, KOrder order) {
  return sides_to_weight(sides_of_transposed(call), kOther, kDelta, false, order);
}

GemmForm linear_backward_data(const Call& call) {
  const LinearRows rows = linear_rows(call);
  GemmForm form;
  form.shape = {.m = call.samples * rows.tokens, .n = rows.features, .k = rows.outputs};
  form.logical_cols = rows.features;
  form.parts.push_back({.a = {kDelta, matrix_walk(rows.outputs, 1)},
                        .b = {kOther, matrix_walk(1, rows.features)},
                        .bias = {},
                        .out = {0, 1, rows.features, 0, 1},
                        .m_base = call.first_sample * rows.tokens,
                        .n_base = 0});
  return form;
}

GemmForm linear_backward_weight(const Call& call, KOrder order) {
  const LinearRows rows = linear_rows(call);
  GemmForm form;
  form.shape = {.m = rows.outputs, .n = rows.features, .k = call.samples * rows.tokens};
  form.logical_cols = rows.features;
  form.block = order == KOrder::SamplesInnermost ? call.samples : 0;
  form.parts.push_back({.a = {kDelta, walk_tokens(call, rows.tokens, rows.outputs, order)},
                        .b = {kOther, walk_tokens(call, rows.tokens, rows.features, order)},
                        .bias = {},
                        .out = {0, 1, rows.features, 0, 1},
                        .m_base = 0,
                        .n_base = 0});
  return form;
}

// Y (m x n) = scale A (m x k) B, B as (k x n) or, transposed, as (n x k).
//   dA (m x k): sums over n of dY times B. dB: sums over m of dY times A; its rows are n where B is transposed, else its columns.
GemmForm matmul_backward(const Call& call, int operand) {
  const Shape &a = call.in(0), &b = call.in(1), &y = call.out();
  const std::int64_t heads = call.layer.heads, m = a.channels, n = y.width / heads, k = a.width / heads;
  const bool transposed = call.layer.transpose_b, of_a = operand == 0;
  const Shape &other = of_a ? b : a, &result = of_a ? a : b;
  const std::int64_t result_slice = of_a || transposed ? k : n, other_slice = of_a && !transposed ? n : k;
  GemmForm form;
  form.shape = {.m = of_a ? m : n, .n = k, .k = of_a ? n : m, .count = call.samples * heads};
  form.scale_exponent = std::ilogb(call.layer.scale);
  const bool along_rows = of_a || transposed;  // the result's rows are the product's
  form.logical_cols = along_rows ? result.width : k;
  for (std::int64_t sample = 0; sample < call.samples; ++sample)
    for (std::int64_t head = 0; head < heads; ++head) {
      const std::int64_t first = call.first_sample + sample;
      GemmPart part;
      part.a = {kDelta, of_a ? matrix_walk(y.width, 1) : matrix_walk(1, y.width)};
      part.a.at.element = sample * y.elements() + head * n;
      part.b = {kOther, of_a && !transposed ? matrix_walk(b.width, 1) : matrix_walk(1, other.width)};
      part.b.at.element = sample * other.elements() + head * other_slice;
      part.out = {.first = sample * result.elements() + head * result_slice,
                  .outer_step = along_rows ? result.width : 1,
                  .col_step = along_rows ? 1 : result.width};
      part.m_base = along_rows ? first * form.shape.m : (first * heads + head) * form.shape.m;
      part.n_base = along_rows ? head * result_slice : 0;
      form.parts.push_back(part);
    }
  return form;
}

GemmForm sums_over(const SummedTensor& tensor, SummedAxes axes, KOrder order, Place one) {
  const Axis samples{.size = tensor.samples, .plane = tensor.channels * tensor.pixels},
      channels{.size = tensor.channels, .plane = tensor.pixels}, pixels{.size = tensor.pixels, .plane = 1};
  // Absent axes keep size 1 and step 0.
  const std::array x{axes.samples ? Axis{} : samples, axes.channels ? Axis{} : channels, axes.pixels ? Axis{} : pixels};
  const std::array k{axes.samples ? samples : Axis{}, axes.channels ? channels : Axis{}, axes.pixels ? pixels : Axis{}};
  const bool samples_first = order == KOrder::SamplesOutermost;
  Walk walk;
  walk.x0 = x[0];
  walk.x1 = x[1];
  walk.x2 = x[2];
  walk.k0 = k[samples_first ? 0 : 1];
  walk.k1 = k[samples_first ? 1 : 2];
  walk.k2 = k[samples_first ? 2 : 0];
  GemmForm form;
  form.shape = {.m = x[0].size * x[1].size * x[2].size, .n = 1, .k = k[0].size * k[1].size * k[2].size};
  if (!samples_first && axes.samples) form.block = tensor.samples;
  form.parts.push_back({.a = {tensor.at, walk},
                        .b = {one, matrix_walk(0, 0)},
                        .bias = {},
                        .out = {.first = 0, .plane = 1, .outer_step = 1},
                        .m_base = 0,
                        .n_base = 0});
  return form;
}

GemmForm row_sums(Place matrix, std::int64_t rows, std::int64_t length, Place one) {
  return sums_over({matrix, rows, 1, length}, {.pixels = true}, KOrder::SamplesOutermost, one);
}

GemmForm bias_gradient(const Call& call, KOrder order) {
  const BiasAxes axes = bias_axes(call);
  SummedAxes over = axes.shared;
  over.samples = true;
  return sums_over(axes.tensor, over, order, kOther);
}

GemmForm bias_gradient_of_samples(const Call& call) {
  const BiasAxes axes = bias_axes(call);
  return sums_over(axes.tensor, axes.shared, KOrder::SamplesOutermost, kOther);
}

GemmForm bias_gradient_over_samples(const Call& call) {
  return sums_over({kDelta, call.samples, bias_axes(call).elements, 1}, {.samples = true}, KOrder::SamplesOutermost, kOther);
}

}  // namespace binade::operations
