// SPDX-License-Identifier: Apache-2.0
// The reference operations against naive loops over a product of geometries.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "models/operations/reference.h"
#include "tests/support/random_values.h"

namespace binade::operations {
namespace {

using tests::random_values;

// x at (sample, channel, h, w), `outside` beyond the image.
struct Image {
  const ImageGeometry& g;
  const std::vector<double>& x;
  double at(std::int64_t s, std::int64_t c, std::int64_t h, std::int64_t w, double outside) const {
    if (h < 0 || h >= g.in_height || w < 0 || w >= g.in_width) return outside;
    return x[static_cast<std::size_t>(((s * g.in_channels + c) * g.in_height + h) * g.in_width + w)];
  }
};

template <class Body>
void for_each_output(const ImageGeometry& g, Body body) {
  std::size_t element = 0;
  for (std::int64_t s = 0; s < g.samples; ++s)
    for (std::int64_t c = 0; c < g.out_channels; ++c)
      for (std::int64_t h = 0; h < g.out_height; ++h)
        for (std::int64_t w = 0; w < g.out_width; ++w) body(element++, s, c, h, w);
}

std::vector<ImageGeometry> geometries(bool pooling) {
  std::vector<ImageGeometry> all;
  for (const int kernel : {1, 2, 3})
    for (const int stride : {1, 2, 3})
      for (const int pad : {0, 1})
        for (const int dilation : {1, 2})
          for (const int groups : {1, 2}) {
            if (2 * pad > kernel && pooling) continue;
            if (pooling && groups > 1) continue;
            ImageGeometry g{.samples = 2,
                            .in_channels = 4,
                            .in_height = 7,
                            .in_width = 9,
                            .kernel_h = kernel,
                            .kernel_w = kernel + 1,
                            .stride_h = stride,
                            .stride_w = 1,
                            .pad_h = pad,
                            .pad_w = pad,
                            .dilation_h = dilation,
                            .dilation_w = 1,
                            .groups = groups};
            g.out_channels = pooling ? 4 : 6;
            g.out_height = (g.in_height + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
            g.out_width = g.in_width + 2 * pad - kernel;
            all.push_back(g);
          }
  return all;
}

TEST(ReferenceOps, Convolution) {
  for (const ImageGeometry& g : geometries(false)) {
    const std::int64_t in_group = g.in_channels / g.groups, out_group = g.out_channels / g.groups;
    const auto x = random_values(g.samples * g.in_channels * g.in_height * g.in_width, 1);
    const auto weight = random_values(g.out_channels * in_group * g.kernel_h * g.kernel_w, 2);
    const auto bias = random_values(g.out_channels, 3);
    std::vector<double> y(static_cast<std::size_t>(g.samples * g.out_channels * g.out_height * g.out_width));
    conv2d(g, x, weight, bias, y);
    const Image image{g, x};
    for_each_output(g, [&](std::size_t element, std::int64_t s, std::int64_t c, std::int64_t h, std::int64_t w) {
      double sum = bias[static_cast<std::size_t>(c)];
      std::size_t k = static_cast<std::size_t>(c * in_group * g.kernel_h * g.kernel_w);
      for (std::int64_t ic = 0; ic < in_group; ++ic)
        for (int kh = 0; kh < g.kernel_h; ++kh)
          for (int kw = 0; kw < g.kernel_w; ++kw)
            sum += weight[k++] * image.at(s, c / out_group * in_group + ic, h * g.stride_h + kh * g.dilation_h - g.pad_h,
                                          w * g.stride_w + kw * g.dilation_w - g.pad_w, 0);
      ASSERT_NEAR(y[element], sum, 1e-12);
    });
  }
}

TEST(ReferenceOps, Pooling) {
  for (ImageGeometry g : geometries(true)) {
    g.pad_h_end = g.pad_h;
    g.pad_w_end = g.pad_w;
    const auto x = random_values(g.samples * g.in_channels * g.in_height * g.in_width, 4);
    std::vector<double> top(static_cast<std::size_t>(g.samples * g.out_channels * g.out_height * g.out_width)), mean(top);
    max_pool(g, x, top);
    avg_pool(g, x, mean);
    const Image image{g, x};
    for_each_output(g, [&](std::size_t element, std::int64_t s, std::int64_t c, std::int64_t h, std::int64_t w) {
      double best = -std::numeric_limits<double>::infinity(), sum = 0;
      for (int kh = 0; kh < g.kernel_h; ++kh)
        for (int kw = 0; kw < g.kernel_w; ++kw) {
          const std::int64_t ih = h * g.stride_h + kh * g.dilation_h - g.pad_h, iw = w * g.stride_w + kw * g.dilation_w - g.pad_w;
          best = std::max(best, image.at(s, c, ih, iw, -std::numeric_limits<double>::infinity()));
          sum += image.at(s, c, ih, iw, 0);
        }
      ASSERT_EQ(top[element], best);
      ASSERT_NEAR(mean[element], sum / (g.kernel_h * g.kernel_w), 1e-12);
    });
  }
}

// PyTorch's avg_pool2d: the padding before and after counts or not, what ceil_mode's last windows reach beyond it never does.
TEST(ReferenceOps, AveragesCountWhatLiesInTheImageOrItsPadding) {
  for (ImageGeometry g : geometries(true))
    for (const bool count_include_pad : {false, true}) {
      g.pad_h_end = g.pad_w_end = 1;
      g.count_include_pad = count_include_pad;
      ++g.out_height;  // a window that begins in the image or not: where it holds nothing there is no average to ask for
      const auto x = random_values(g.samples * g.in_channels * g.in_height * g.in_width, 4);
      std::vector<double> mean(static_cast<std::size_t>(g.samples * g.out_channels * g.out_height * g.out_width));
      avg_pool(g, x, mean);
      const Image image{g, x};
      for_each_output(g, [&](std::size_t element, std::int64_t s, std::int64_t c, std::int64_t h, std::int64_t w) {
        double sum = 0;
        int counted = 0;
        for (int kh = 0; kh < g.kernel_h; ++kh)
          for (int kw = 0; kw < g.kernel_w; ++kw) {
            const std::int64_t ih = h * g.stride_h + kh * g.dilation_h - g.pad_h, iw = w * g.stride_w + kw * g.dilation_w - g.pad_w;
            const bool pixel = ih >= 0 && ih < g.in_height && iw >= 0 && iw < g.in_width;
            const bool padding = ih <= g.in_height && iw <= g.in_width;
            if (pixel || (count_include_pad && padding)) ++counted;
            sum += image.at(s, c, ih, iw, 0);
          }
        if (counted == 0) return;
        ASSERT_NEAR(mean[element], sum / counted, 1e-12);
      });
    }
}

TEST(ReferenceOps, LogSoftmaxIsTheLogarithmOfSoftmax) {
  auto x = random_values(60, 5);
  std::vector<double> soft(60), logarithms(60);
  softmax(20, x, soft);
  log_softmax(20, x, logarithms);
  for (std::size_t i = 0; i < 60; ++i) EXPECT_NEAR(logarithms[i], std::log(soft[i]), 1e-14);
  for (double& value : x) value *= 1000;  // where the exponential is zero
  log_softmax(20, x, logarithms);
  for (const double value : logarithms) EXPECT_TRUE(std::isfinite(value) && value <= 0) << value;
}

TEST(ReferenceOps, SoftmaxRowsSumToOneAndKeepRatios) {
  const auto x = random_values(60, 5);
  std::vector<double> y(60);
  softmax(20, x, y);
  for (std::size_t row = 0; row < 60; row += 20) {
    double sum = 0;
    for (std::size_t i = row; i < row + 20; ++i) {
      sum += y[i];
      EXPECT_NEAR(std::log(y[i] / y[row]), x[i] - x[row], 1e-12);
    }
    EXPECT_NEAR(sum, 1, 1e-12);
  }
}

TEST(ReferenceOps, LayerNormHasZeroMeanAndUnitVarianceBeforeScaling) {
  const auto x = random_values(64, 6);
  const std::vector<double> scale(32, 3.0), shift(32, -2.0);
  std::vector<double> y(64);
  layer_norm(0, scale, shift, x, y);
  for (std::size_t row = 0; row < 64; row += 32) {
    double mean = 0, square = 0;
    for (std::size_t i = row; i < row + 32; ++i) {
      mean += (y[i] + 2) / 3 / 32;
      square += (y[i] + 2) * (y[i] + 2) / 9 / 32;
    }
    EXPECT_NEAR(mean, 0, 1e-12);
    EXPECT_NEAR(square, 1, 1e-12);
  }
}

TEST(ReferenceOps, GeluAgainstTheNormalDistribution) {
  const std::vector<double> x{-3, -1, 0, 0.5, 2};
  std::vector<double> y(x.size());
  gelu(x, y);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(y[i], x[i] * 0.5 * std::erfc(-x[i] / std::sqrt(2.0)), 1e-15);
}

TEST(ReferenceOps, ReluMakesNegativesPositiveZero) {
  std::vector<double> x{-1, -0.0, 0.0, 2};
  relu(x);
  EXPECT_EQ(x, (std::vector<double>{0, 0, 0, 2}));
  EXPECT_FALSE(std::signbit(x[1]));
}

}  // namespace
}  // namespace binade::operations
