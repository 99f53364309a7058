// SPDX-License-Identifier: Apache-2.0
// The binary64 reference of every layer operation, inference only. Nothing here knows a number format. Deterministic on one
// machine: matrix products are OpenBLAS dgemm on one thread (reference_library.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "models/numerics/reals.h"

namespace binade::operations {

/// The library of the matrix products and the kernels that it chose for this machine, in words.
std::string reference_library();

/// One windowed operation over images: convolution or pooling. Row-major (sample, channel, height, width) on both sides.
struct ImageGeometry {
  std::int64_t samples = 1;
  std::int64_t in_channels = 1, in_height = 1, in_width = 1;
  std::int64_t out_channels = 1, out_height = 1, out_width = 1;
  int kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, pad_h = 0, pad_w = 0, dilation_h = 1, dilation_w = 1;
  int groups = 1;
  int pad_h_end = 0, pad_w_end = 0;  ///< avg_pool: below and right
  bool count_include_pad = true;     ///< avg_pool: padding counts as zeros of the average
};

/// y = conv(x, weight) + bias; weight (out, in/groups, kernel_h, kernel_w), bias empty or one per output channel. Weights that are
/// not held are asked for by some output channels at a time.
void conv2d(const ImageGeometry& geometry, std::span<const double> x, const numerics::Reals& weight, const numerics::Reals& bias,
            std::span<double> y);
/// y = the transposed convolution: each of x's pixels times the kernels adds up where its window lies. The geometry is that of the
/// convolution from y's image (in) to x's pixels (out); weight (x's channels, y's channels/groups, kernel_h, kernel_w).
void conv_transpose2d(const ImageGeometry& geometry, std::span<const double> x, const numerics::Reals& weight,
                      const numerics::Reals& bias, std::span<double> y);
/// y (rows, out) = x (rows, in) weight^T (out, in) + bias, with weights as conv2d asks for them.
void linear(std::int64_t rows, std::int64_t in, std::int64_t out, std::span<const double> x, const numerics::Reals& weight,
            const numerics::Reals& bias, std::span<double> y);

/// scale * A B per head: the features of A, B and the result are split into `heads` equal slices. A (m x heads*k); B transposed
/// (n x heads*k) or plain (k x heads*n); result (m x heads*n).
struct HeadProduct {
  std::int64_t m = 1, n = 1, k = 1;
  int heads = 1;
  bool transpose_b = false;
  double scale = 1;
};
void matmul(const HeadProduct& product, std::span<const double> a, std::span<const double> b, std::span<double> y);

/// Padding never wins a maximum; it counts as zeros of an average or not at all (PyTorch's count_include_pad). What windows reach
/// beyond the padding (ceil_mode) does not count.
void max_pool(const ImageGeometry& geometry, std::span<const double> x, std::span<double> y);
void avg_pool(const ImageGeometry& geometry, std::span<const double> x, std::span<double> y);
/// Every stride-th pixel; the added output channels are zero, half of them (rounded down) before the input's.
void subsample(const ImageGeometry& geometry, std::span<const double> x, std::span<double> y);

void relu(std::span<double> values);
/// y = x * scale[c] + shift[c], c = (index / inner) % channels.
void scale_shift(std::int64_t inner, std::span<const double> scale, std::span<const double> shift, std::span<const double> x,
                 std::span<double> y);
void softmax(std::int64_t row_length, std::span<const double> x, std::span<double> y);
void log_softmax(std::int64_t row_length, std::span<const double> x, std::span<double> y);
/// (x - mean) / sqrt(population variance + epsilon) * scale + shift over rows of scale.size().
void layer_norm(double epsilon, std::span<const double> scale, std::span<const double> shift, std::span<const double> x,
                std::span<double> y);
/// 0.5 x (1 + erf(x / sqrt 2)).
void gelu(std::span<const double> x, std::span<double> y);

}  // namespace binade::operations
