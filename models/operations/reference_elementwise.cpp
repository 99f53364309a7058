// SPDX-License-Identifier: Apache-2.0
// Pooling, normalisation and activation functions of the reference.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "models/operations/reference.h"

namespace binade::operations {

namespace {

// Calls visit(output element, plane, first row, first column) for every output element; the window may start in the padding.
template <class Visit>
void for_each_window(const ImageGeometry& g, Visit visit) {
  std::size_t element = 0;
  for (std::int64_t plane = 0; plane < g.samples * g.in_channels; ++plane)
    for (std::int64_t oh = 0; oh < g.out_height; ++oh)
      for (std::int64_t ow = 0; ow < g.out_width; ++ow)
        visit(element++, plane, oh * g.stride_h - g.pad_h, ow * g.stride_w - g.pad_w);
}

// Folds the pixels of one window that lie inside the image.
template <class Fold>
double fold_window(const ImageGeometry& g, std::span<const double> x, std::int64_t plane, std::int64_t top, std::int64_t left,
                   double start, Fold fold) {
  double value = start;
  for (int kh = 0; kh < g.kernel_h; ++kh)
    for (int kw = 0; kw < g.kernel_w; ++kw) {
      const std::int64_t h = top + std::int64_t{kh} * g.dilation_h, w = left + std::int64_t{kw} * g.dilation_w;
      if (h >= 0 && h < g.in_height && w >= 0 && w < g.in_width)
        value = fold(value, x[static_cast<std::size_t>((plane * g.in_height + h) * g.in_width + w)]);
    }
  return value;
}

}  // namespace

void max_pool(const ImageGeometry& g, std::span<const double> x, std::span<double> y) {
  for_each_window(g, [&](std::size_t element, std::int64_t plane, std::int64_t top, std::int64_t left) {
    y[element] = fold_window(g, x, plane, top, left, -std::numeric_limits<double>::infinity(),
                             [](double best, double value) { return std::max(best, value); });
  });
}

void avg_pool(const ImageGeometry& g, std::span<const double> x, std::span<double> y) {
  const auto counted = [](std::int64_t first, int kernel, int dilation, std::int64_t end) {
    int count = 0;
    for (int k = 0; k < kernel; ++k) count += first + std::int64_t{k} * dilation < end ? 1 : 0;
    return count;
  };
  for_each_window(g, [&](std::size_t element, std::int64_t plane, std::int64_t top, std::int64_t left) {
    int inside = 0;
    const double sum = fold_window(g, x, plane, top, left, 0.0, [&](double so_far, double value) {
      ++inside;
      return so_far + value;
    });
    y[element] = sum / (g.count_include_pad ? counted(top, g.kernel_h, g.dilation_h, g.in_height + g.pad_h_end) *
                                                  counted(left, g.kernel_w, g.dilation_w, g.in_width + g.pad_w_end)
                                            : inside);
  });
}

void subsample(const ImageGeometry& g, std::span<const double> x, std::span<double> y) {
  const std::int64_t before = (g.out_channels - g.in_channels) / 2;
  std::size_t element = 0;
  for (std::int64_t sample = 0; sample < g.samples; ++sample)
    for (std::int64_t channel = 0; channel < g.out_channels; ++channel) {
      const std::int64_t source = channel - before;
      for (std::int64_t oh = 0; oh < g.out_height; ++oh)
        for (std::int64_t ow = 0; ow < g.out_width; ++ow)
          y[element++] =
              source < 0 || source >= g.in_channels
                  ? 0.0
                  : x[static_cast<std::size_t>(((sample * g.in_channels + source) * g.in_height + oh * g.stride_h) * g.in_width +
                                               ow * g.stride_w)];
    }
}

void relu(std::span<double> values) {
  for (double& value : values) value = value > 0 ? value : 0.0;
}

void scale_shift(std::int64_t inner, std::span<const double> scale, std::span<const double> shift, std::span<const double> x,
                 std::span<double> y) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t c = i / static_cast<std::size_t>(inner) % scale.size();
    y[i] = x[i] * scale[c] + shift[c];
  }
}

void softmax(std::int64_t row_length, std::span<const double> x, std::span<double> y) {
  const auto length = static_cast<std::size_t>(row_length);
  for (std::size_t row = 0; row < x.size(); row += length) {
    const double top =
        *std::max_element(x.begin() + static_cast<std::ptrdiff_t>(row), x.begin() + static_cast<std::ptrdiff_t>(row + length));
    double sum = 0;
    for (std::size_t i = row; i < row + length; ++i) sum += y[i] = std::exp(x[i] - top);
    for (std::size_t i = row; i < row + length; ++i) y[i] /= sum;
  }
}

void log_softmax(std::int64_t row_length, std::span<const double> x, std::span<double> y) {
  const auto length = static_cast<std::size_t>(row_length);
  for (std::size_t row = 0; row < x.size(); row += length) {
    const auto values = x.subspan(row, length);
    const double top = *std::max_element(values.begin(), values.end());
    double sum = 0;
    for (const double value : values) sum += std::exp(value - top);
    for (std::size_t i = 0; i < length; ++i) y[row + i] = values[i] - top - std::log(sum);
  }
}

void layer_norm(double epsilon, std::span<const double> scale, std::span<const double> shift, std::span<const double> x,
                std::span<double> y) {
  const std::size_t length = scale.size();
  const auto count = static_cast<double>(length);
  for (std::size_t row = 0; row < x.size(); row += length) {
    double mean = 0, variance = 0;
    for (std::size_t i = 0; i < length; ++i) mean += x[row + i];
    mean /= count;
    for (std::size_t i = 0; i < length; ++i) variance += (x[row + i] - mean) * (x[row + i] - mean);
    const double deviation = std::sqrt(variance / count + epsilon);
    for (std::size_t i = 0; i < length; ++i) y[row + i] = (x[row + i] - mean) / deviation * scale[i] + shift[i];
  }
}

void gelu(std::span<const double> x, std::span<double> y) {
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = 0.5 * x[i] * (1 + std::erf(x[i] / std::numbers::sqrt2));
}

}  // namespace binade::operations
