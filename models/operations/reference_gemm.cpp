// SPDX-License-Identifier: Apache-2.0
// The matrix-product operations of the reference, lowered to dgemm.
#include <algorithm>
#include <vector>

#include "models/operations/reference.h"
#include "models/operations/reference_library.h"

namespace binade::operations {

using numerics::Reals;

namespace {

/// Weights that are not held are taken this many at a time, 32 MiB, up to twice as many. Blocks end at whole groups or at multiples
/// of kChannels, which the kernels of a dgemm take together at most, and are larger than what it treats as small: an output channel
/// is computed as it would be among all of them.
constexpr std::int64_t kWeightElements = std::int64_t{1} << 22, kChannels = 16;
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

/// use(first, end, weights of these rows) for blocks of the `rows` rows of k weights, in multiples of `unit`: one block where they
/// are held or few.
template <class Use>
void each_block(const Reals& weight, std::int64_t rows, std::int64_t k, std::int64_t unit, Use use) {
  const std::int64_t blocks = weight.held() ? 1 : std::max(weight.size() / kWeightElements, std::int64_t{1});
  std::vector<double> room;
  std::int64_t first = 0;
  for (std::int64_t block = 1; block <= blocks; ++block) {
    const std::int64_t end = block == blocks ? rows : rows * block / blocks / unit * unit;
    if (end == first) continue;
    use(first, end, weight.range(first * k, (end - first) * k, room).data());
    first = end;
  }
}

/// Adds each row (channel, kernel_h, kernel_w) of columns to where the windows of the output pixels have it.
void scatter_columns(const ImageGeometry& g, const std::vector<double>& columns, std::int64_t channels, double* image) {
  const double* from = columns.data();
  for (std::int64_t c = 0; c < channels; ++c)
    for (int kh = 0; kh < g.kernel_h; ++kh)
      for (int kw = 0; kw < g.kernel_w; ++kw)
        for (std::int64_t oh = 0; oh < g.out_height; ++oh)
          for (std::int64_t ow = 0; ow < g.out_width; ++ow, ++from) {
            const std::int64_t h = oh * g.stride_h + std::int64_t{kh} * g.dilation_h - g.pad_h;
            const std::int64_t w = ow * g.stride_w + std::int64_t{kw} * g.dilation_w - g.pad_w;
            if (h >= 0 && h < g.in_height && w >= 0 && w < g.in_width) image[(c * g.in_height + h) * g.in_width + w] += *from;
          }
}

/// Planes of `channels` channels in turn, of as many pixels.
void add_bias(std::int64_t planes, std::int64_t channels, std::int64_t pixels, const Reals& bias, std::span<double> y) {
  if (bias.empty()) return;
  std::vector<double> room;
  const std::span<const double> shifts = bias.all(room);
  for (std::int64_t plane = 0; plane < planes; ++plane)
    for (std::int64_t i = 0; i < pixels; ++i)
      y[static_cast<std::size_t>(plane * pixels + i)] += shifts[static_cast<std::size_t>(plane % channels)];
}

}  // namespace

void conv2d(const ImageGeometry& g, std::span<const double> x, const Reals& weight, const Reals& bias, std::span<double> y) {
  const std::int64_t in_group = g.in_channels / g.groups, out_group = g.out_channels / g.groups;
  const std::int64_t k = in_group * g.kernel_h * g.kernel_w, pixels = g.out_height * g.out_width;
  const std::int64_t rows_at_once = std::clamp<std::int64_t>(kColumnElements / (k * g.out_width), 1, g.out_height);
  std::vector<double> columns;
  each_block(weight, g.out_channels, k, g.groups > 1 ? out_group : kChannels,
             [&](std::int64_t first, std::int64_t end, const double* filters) {
               for (std::int64_t sample = 0; sample < g.samples; ++sample)
                 for (std::int64_t from = first; from < end;) {
                   const std::int64_t group = from / out_group, to = std::min(end, (group + 1) * out_group);
                   const double* image = x.data() + (sample * g.in_channels + group * in_group) * g.in_height * g.in_width;
                   double* out = y.data() + (sample * g.out_channels + from) * pixels;
                   for (std::int64_t row = 0; row < g.out_height; row += rows_at_once) {
                     const std::int64_t rows = std::min(rows_at_once, g.out_height - row), n = rows * g.out_width;
                     gather_columns(g, image, in_group, row, rows, columns);
                     multiply(to - from, n, k, 1.0, {filters + (from - first) * k, k}, {columns.data(), n}, out + row * g.out_width,
                              pixels);
                   }
                   from = to;
                 }
             });
  add_bias(g.samples * g.out_channels, g.out_channels, pixels, bias, y);
}

void conv_transpose2d(const ImageGeometry& g, std::span<const double> x, const Reals& weight, const Reals& bias,
                      std::span<double> y) {
  const std::int64_t image_group = g.in_channels / g.groups, window_group = g.out_channels / g.groups;
  const std::int64_t filter = image_group * g.kernel_h * g.kernel_w, pixels = g.out_height * g.out_width;
  const std::int64_t plane = g.in_height * g.in_width;
  std::vector<double> room, columns(static_cast<std::size_t>(filter * pixels));
  const std::span<const double> filters = weight.all(room);
  std::fill(y.begin(), y.end(), 0.0);
  for (std::int64_t sample = 0; sample < g.samples; ++sample)
    for (std::int64_t group = 0; group < g.groups; ++group) {
      const double* const from = x.data() + (sample * g.out_channels + group * window_group) * pixels;
      multiply(filter, pixels, window_group, 1.0, {filters.data() + group * window_group * filter, filter, true}, {from, pixels},
               columns.data(), pixels);
      scatter_columns(g, columns, image_group, y.data() + (sample * g.in_channels + group * image_group) * plane);
    }
  add_bias(g.samples * g.in_channels, g.in_channels, plane, bias, y);
}

void linear(std::int64_t rows, std::int64_t in, std::int64_t out, std::span<const double> x, const Reals& weight, const Reals& bias,
            std::span<double> y) {
  each_block(weight, out, in, kChannels, [&](std::int64_t first, std::int64_t end, const double* features) {
    multiply(rows, end - first, in, 1.0, {x.data(), in}, {features, in, true}, y.data() + first, out);
  });
  if (bias.empty()) return;
  std::vector<double> room;
  const std::span<const double> shifts = bias.all(room);
  for (std::int64_t i = 0; i < rows * out; ++i) y[static_cast<std::size_t>(i)] += shifts[static_cast<std::size_t>(i % out)];
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
