// SPDX-License-Identifier: Apache-2.0
// The gradients of layers from the forward definition: every product of the forward pass, in plain loops, contributes one product
// to an element of each gradient. A contribution names the elements of the delta and of the other operand that it multiplies.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "models/operations/forms.h"
#include "models/operations/gradients.h"

namespace binade::tests {

/// Of the delta, of the other operand; -1: padding, which a sum in blocks counts as a step.
using Products = std::vector<std::pair<std::int64_t, std::int64_t>>;
using Gradient = std::vector<Products>;  ///< by element of the result

/// One product of a convolution: y[at_y] += x[at_x] * w[at_w].
struct ConvProduct {
  std::int64_t sample, y, x, w;  ///< x: -1 in the padding
};

/// Calls `use` for the products of channel pairs and kernel elements at output (sample, channel, row, column).
inline void products_at(const operations::Call& call, std::int64_t sample, std::int64_t channel, std::int64_t p, std::int64_t q,
                        const std::function<void(const ConvProduct&)>& use) {
  const auto& window = call.layer.window;
  const operations::Shape &in = call.in(0), &out = call.out();
  const std::int64_t groups = call.layer.groups, in_group = in.channels / groups, out_group = out.channels / groups;
  for (std::int64_t c = 0; c < in_group; ++c)
    for (int r = 0; r < window.kernel_h; ++r)
      for (int s = 0; s < window.kernel_w; ++s) {
        const std::int64_t h = p * window.stride_h + std::int64_t{r} * window.dilation_h - window.pad_h;
        const std::int64_t w = q * window.stride_w + std::int64_t{s} * window.dilation_w - window.pad_w;
        const bool inside = h >= 0 && h < in.height && w >= 0 && w < in.width;
        const std::int64_t from = channel / out_group * in_group + c;
        use({.sample = sample,
             .y = ((sample * out.channels + channel) * out.height + p) * out.width + q,
             .x = inside ? ((sample * in.channels + from) * in.height + h) * in.width + w : -1,
             .w = ((channel * in_group + c) * window.kernel_h + r) * window.kernel_w + s});
      }
}

/// dx: at each element output channels ascend, then rows, then columns of the delta; padding is skipped.
inline Gradient conv_data_gradient(const operations::Call& call) {
  Gradient dx(static_cast<std::size_t>(call.samples * call.in(0).elements()));
  for (std::int64_t n = 0; n < call.samples; ++n)
    for (std::int64_t channel = 0; channel < call.out().channels; ++channel)
      for (std::int64_t p = 0; p < call.out().height; ++p)
        for (std::int64_t q = 0; q < call.out().width; ++q)
          products_at(call, n, channel, p, q, [&](const ConvProduct& product) {
            if (product.x >= 0) dx[static_cast<std::size_t>(product.x)].emplace_back(product.y, product.w);
          });
  return dx;
}

/// dW in either order, padding included.
inline Gradient conv_weight_gradient(const operations::Call& call, operations::KOrder order) {
  const operations::Shape& out = call.out();
  const bool innermost = order == operations::KOrder::SamplesInnermost;
  const auto filter = call.in(0).channels / call.layer.groups * call.layer.window.kernel_h * call.layer.window.kernel_w;
  Gradient dw(static_cast<std::size_t>(out.channels * filter));
  for (std::int64_t channel = 0; channel < out.channels; ++channel)
    for (std::int64_t n0 = 0; n0 < (innermost ? 1 : call.samples); ++n0)
      for (std::int64_t p = 0; p < out.height; ++p)
        for (std::int64_t q = 0; q < out.width; ++q)
          for (std::int64_t n1 = 0; n1 < (innermost ? call.samples : 1); ++n1)
            products_at(call, n0 + n1, channel, p, q, [&](const ConvProduct& product) {
              dw[static_cast<std::size_t>(product.w)].emplace_back(product.x >= 0 ? product.y : -1, product.x);
            });
  return dw;
}

/// Of a transposed convolution, y[at_y] += x[at_x] * w[at_w]: products by element of y, of x and of the weight. y's meet x and the
/// weight by channel, row and column of x; x's meet y and the weight by channel of y, row and column of the kernel.
struct TransposedProducts {
  Gradient forward, data, weight;
};
inline TransposedProducts transposed_products(const operations::Call& call, operations::KOrder order) {
  const auto& window = call.layer.window;
  const operations::Shape &in = call.in(0), &out = call.out();
  const std::int64_t groups = call.layer.groups, in_group = in.channels / groups, out_group = out.channels / groups;
  const std::int64_t filter = out_group * window.kernel_h * window.kernel_w, pixels = in.height * in.width;
  const bool innermost = order == operations::KOrder::SamplesInnermost;
  TransposedProducts all{Gradient(static_cast<std::size_t>(call.samples * out.elements())),
                         Gradient(static_cast<std::size_t>(call.samples * in.elements())),
                         Gradient(static_cast<std::size_t>(in.channels * filter))};
  for (std::int64_t c = 0; c < in.channels; ++c)
    for (std::int64_t step = 0; step < call.samples * pixels; ++step) {
      const std::int64_t n = innermost ? step % call.samples : step / pixels;
      const std::int64_t p = (innermost ? step / call.samples : step % pixels) / in.width,
                         q = (innermost ? step / call.samples : step) % in.width;
      const std::int64_t at_x = ((n * in.channels + c) * in.height + p) * in.width + q;
      for (std::int64_t o = 0; o < out_group; ++o)
        for (int r = 0; r < window.kernel_h; ++r)
          for (int s = 0; s < window.kernel_w; ++s) {
            const std::int64_t h = p * window.stride_h + std::int64_t{r} * window.dilation_h - window.pad_h;
            const std::int64_t w = q * window.stride_w + std::int64_t{s} * window.dilation_w - window.pad_w;
            const bool inside = h >= 0 && h < out.height && w >= 0 && w < out.width;
            const std::int64_t channel = c / in_group * out_group + o;
            const std::int64_t at_y = inside ? ((n * out.channels + channel) * out.height + h) * out.width + w : -1;
            const std::int64_t at_w = ((c * out_group + o) * window.kernel_h + r) * window.kernel_w + s;
            if (inside) all.forward[static_cast<std::size_t>(at_y)].emplace_back(at_x, at_w);
            all.data[static_cast<std::size_t>(at_x)].emplace_back(at_y, at_w);
            all.weight[static_cast<std::size_t>(at_w)].emplace_back(at_y, inside ? at_x : -1);
          }
    }
  return all;
}

struct LinearGradients {
  Gradient data, weight;
};
/// y[row][o] += x[row][i] * w[o][i]; rows are the tokens of samples.
inline LinearGradients linear_gradients(const operations::Call& call, operations::KOrder order) {
  const std::int64_t features = operations::row_length(call.in(0), 1), outputs = call.layer.out_features;
  const std::int64_t tokens = call.in(0).elements() / features;
  LinearGradients g{Gradient(static_cast<std::size_t>(call.samples * tokens * features)),
                    Gradient(static_cast<std::size_t>(outputs * features))};
  const bool innermost = order == operations::KOrder::SamplesInnermost;
  for (std::int64_t step = 0; step < call.samples * tokens; ++step) {
    const std::int64_t row = innermost ? step % call.samples * tokens + step / call.samples : step;
    for (std::int64_t o = 0; o < outputs; ++o)
      for (std::int64_t i = 0; i < features; ++i) {
        g.data[static_cast<std::size_t>(row * features + i)].emplace_back(row * outputs + o, o * features + i);
        g.weight[static_cast<std::size_t>(o * features + i)].emplace_back(row * outputs + o, row * features + i);
      }
  }
  return g;
}

/// y[i][j] += a[i][t] * b[t][j] (transposed: b[j][t]) of each sample and head.
inline Gradient matmul_gradient(const operations::Call& call, int operand) {
  const operations::Shape &a = call.in(0), &b = call.in(1), &y = call.out();
  const std::int64_t heads = call.layer.heads, depth = a.width / heads, columns = y.width / heads;
  Gradient g(static_cast<std::size_t>(call.samples * (operand == 0 ? a : b).elements()));
  for (std::int64_t n = 0; n < call.samples; ++n)
    for (std::int64_t head = 0; head < heads; ++head)
      for (std::int64_t i = 0; i < a.channels; ++i)
        for (std::int64_t j = 0; j < columns; ++j)
          for (std::int64_t t = 0; t < depth; ++t) {
            const std::int64_t at_y = (n * y.channels + i) * y.width + head * columns + j;
            const std::int64_t at_a = (n * a.channels + i) * a.width + head * depth + t;
            const std::int64_t at_b = call.layer.transpose_b ? (n * b.channels + j) * b.width + head * depth + t
                                                             : (n * b.channels + t) * b.width + head * columns + j;
            g[static_cast<std::size_t>(operand == 0 ? at_a : at_b)].emplace_back(at_y, operand == 0 ? at_b : at_a);
          }
  return g;
}

/// Every element of a tensor of samples x channels x pixels times element 0 of the other.
inline Gradient sums(std::int64_t samples, std::int64_t channels, std::int64_t pixels, operations::SummedAxes over,
                     operations::KOrder order) {
  Gradient g(static_cast<std::size_t>((over.samples ? 1 : samples) * (over.channels ? 1 : channels) * (over.pixels ? 1 : pixels)));
  const auto add = [&](std::int64_t n, std::int64_t c, std::int64_t p) {
    std::int64_t to = 0;
    if (!over.samples) to = n;
    if (!over.channels) to = to * channels + c;
    if (!over.pixels) to = to * pixels + p;
    g[static_cast<std::size_t>(to)].emplace_back((n * channels + c) * pixels + p, 0);
  };
  if (order == operations::KOrder::SamplesOutermost) {
    for (std::int64_t n = 0; n < samples; ++n)
      for (std::int64_t c = 0; c < channels; ++c)
        for (std::int64_t p = 0; p < pixels; ++p) add(n, c, p);
  } else {
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t p = 0; p < pixels; ++p)
        for (std::int64_t n = 0; n < samples; ++n) add(n, c, p);
  }
  return g;
}

}  // namespace binade::tests
