// SPDX-License-Identifier: Apache-2.0
// The matrix-product operations of the reference, lowered to dgemm.
#include <algorithm>
#include <vector>

#include "models/operations/reference.h"
#include "models/operations/reference_library.h"

namespace binade::operations {

namespace {

constexpr std::int64_t kColumnElements = std::int64_t{1} << 21;  // of the im2col buffer: 16 MiB

struct Matrix {
  const double* data;
  std::int64_t stride;
  bool transpose = false;
};

// c (m x n, row stride ldc) = alpha * a * b.
void multiply(std::int64_t m, std::int64_t n, std::int64_t k, double alpha, Matrix a, Matrix b, double* c, std::int64_t ldc) {
  static const Dgemm dgemm = reference_dgemm();
  const auto blas = [](std::int64_t v) { return static_cast<blasint>(v); };
  dgemm(CblasRowMajor, a.transpose ? CblasTrans : CblasNoTrans, b.transpose ? CblasTrans : CblasNoTrans, blas(m), blas(n), blas(k),
        alpha, a.data, blas(a.stride), b.data, blas(b.stride), 0.0, c, blas(ldc));
}

// Rows (channel, kernel_h, kernel_w) x columns: output pixels of rows [row_first, row_first + rows).
void gather_columns(const ImageGeometry& g, const double* image, std::int64_t channels, std::int64_t row_first, std::int64_t rows,
                    std::vector<double>& columns) {
  columns.resize(static_cast<std::size_t>(channels * g.kernel_h * g.kernel_w * rows * g.out_width));
  double* out = columns.data();
  for (std::int64_t c = 0; c < channels; ++c)
    for (int kh = 0; kh < g.kernel_h; ++kh)
      for (int kw = 0; kw < g.kernel_w; ++kw)
        for (std::int64_t oh = row_first; oh < row_first + rows; ++oh) {
          const std::int64_t h = oh * g.stride_h + std::int64_t{kh} * g.dilation_h - g.pad_h;
          const bool row_inside = h >= 0 && h < g.in_height;
          for (std::int64_t ow = 0; ow < g.out_width; ++ow) {
            const std::int64_t w = ow * g.stride_w + std::int64_t{kw} * g.dilation_w - g.pad_w;
            *out++ = row_inside && w >= 0 && w < g.in_width ? image[(c * g.in_height + h) * g.in_width + w] : 0.0;
          }
        }
}

}  // namespace

void conv2d(const ImageGeometry& g, std::span<const double> x, std::span<const double> weight, std::span<const double> bias,
            std::span<double> y) {
  const std::int64_t in_group = g.in_channels / g.groups, out_group = g.out_channels / g.groups;
  const std::int64_t k = in_group * g.kernel_h * g.kernel_w, pixels = g.out_height * g.out_width;
  const std::int64_t rows_at_once = std::clamp<std::int64_t>(kColumnElements / (k * g.out_width), 1, g.out_height);
  std::vector<double> columns;
  for (std::int64_t sample = 0; sample < g.samples; ++sample)
    for (std::int64_t group = 0; group < g.groups; ++group) {
      const double* image = x.data() + (sample * g.in_channels + group * in_group) * g.in_height * g.in_width;
      const double* filters = weight.data() + group * out_group * k;
      double* out = y.data() + (sample * g.out_channels + group * out_group) * pixels;
      for (std::int64_t row = 0; row < g.out_height; row += rows_at_once) {
        const std::int64_t rows = std::min(rows_at_once, g.out_height - row), n = rows * g.out_width;
        gather_columns(g, image, in_group, row, rows, columns);
        multiply(out_group, n, k, 1.0, {filters, k}, {columns.data(), n}, out + row * g.out_width, pixels);
      }
    }
  if (bias.empty()) return;
  for (std::int64_t plane = 0; plane < g.samples * g.out_channels; ++plane)
    for (std::int64_t i = 0; i < pixels; ++i)
      y[static_cast<std::size_t>(plane * pixels + i)] += bias[static_cast<std::size_t>(plane % g.out_channels)];
}

void linear(std::int64_t rows, std::int64_t in, std::int64_t out, std::span<const double> x, std::span<const double> weight,
            std::span<const double> bias, std::span<double> y) {
  multiply(rows, out, in, 1.0, {x.data(), in}, {weight.data(), in, true}, y.data(), out);
  if (bias.empty()) return;
  for (std::int64_t i = 0; i < rows * out; ++i) y[static_cast<std::size_t>(i)] += bias[static_cast<std::size_t>(i % out)];
}

void matmul(const HeadProduct& p, std::span<const double> a, std::span<const double> b, std::span<double> y) {
  for (int head = 0; head < p.heads; ++head) {
    const Matrix left{a.data() + head * p.k, p.heads * p.k};
    const Matrix right =
        p.transpose_b ? Matrix{b.data() + head * p.k, p.heads * p.k, true} : Matrix{b.data() + head * p.n, p.heads * p.n};
    multiply(p.m, p.n, p.k, p.scale, left, right, y.data() + head * p.n, p.heads * p.n);
  }
}

}  // namespace binade::operations
