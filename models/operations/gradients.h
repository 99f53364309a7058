// SPDX-License-Identifier: Apache-2.0
// Gradients of matrix-product layers as products themselves. From the forward use of a layer, a form whose operand A is the delta,
// the loss's gradient by the layer's output, as input 0; operand B is input 1: the layer's weight as it is stored, or what the
// layer read. The result has the layout of the tensor whose gradient it is.
#pragma once

#include "models/operations/forms.h"

namespace binade::operations {

/// In which order a sum over samples and positions is added up.
enum class KOrder : std::uint8_t {
  SamplesOutermost,  ///< sample, then row, then column
  /// Row, column, then sample. A `blocked` sum closes a block after the samples of each position (Flexpoint's weight gradients).
  SamplesInnermost
};

/// dx. Input 1: the weight. k: output channel, then rows and columns of the delta ascending. Where no window reached, dx is 0.
GemmForm conv_backward_data(const Call& call);
/// dW. Input 1: x.
GemmForm conv_backward_weight(const Call& call, KOrder order);

/// The same of a transposed convolution. k of dx: output channel, kernel row, kernel column. k of dW: samples and the input's
/// pixels.
GemmForm conv_transpose_backward_data(const Call& call);
GemmForm conv_transpose_backward_weight(const Call& call, KOrder order);

/// dx. Input 1: the weight. k: output feature.
GemmForm linear_backward_data(const Call& call);
/// dW. Input 1: x. k: samples, and tokens of sequences.
GemmForm linear_backward_weight(const Call& call, KOrder order);

/// The gradient of operand 0 or 1; input 1 is the other operand. Products of a sample and head have their own part each; the
/// layer's scale is the form's.
GemmForm matmul_backward(const Call& call, int operand);

/// A tensor of samples x channels x pixels (of sequences: tokens, features), pixels contiguous.
struct SummedTensor {
  Place at;
  std::int64_t samples = 1, channels = 1, pixels = 1;
};
struct SummedAxes {
  bool samples = false, channels = false, pixels = false;
};
/// Sums over some of a tensor's axes: the product with input `one`, a tensor of a single element. k: the axes that are summed over,
/// in the tensor's order but for the samples' place. The result has the axes that are kept, in the tensor's order.
GemmForm sums_over(const SummedTensor& tensor, SummedAxes axes, KOrder order, Place one);
/// Sums of the rows of a matrix.
GemmForm row_sums(Place matrix, std::int64_t rows, std::int64_t length, Place one);

/// What a bias is added to: the layer's output as samples x channels x pixels where it has an element per channel, as samples x
/// tokens x features where it has one per feature. db: sums of the delta over all that shares an element of the bias. Input 1: one.
GemmForm bias_gradient(const Call& call, KOrder order);
/// The same for each sample by itself, a result of samples x elements of the bias ...
GemmForm bias_gradient_of_samples(const Call& call);
/// ... and the sum of those over the samples. Input 0: that result. Input 1: one.
GemmForm bias_gradient_over_samples(const Call& call);

}  // namespace binade::operations
