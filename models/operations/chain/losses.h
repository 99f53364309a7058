// SPDX-License-Identifier: Apache-2.0
// Pieces of losses, over rows of `classes` logits. Reductions between them (the largest of a row, sums) are other forms' work; the
// loss itself is a sum of terms that the host adds.
#pragma once

#include "models/operations/chain/chain_builder.h"

namespace binade::operations {

/// exp(z - m): of z (a logit an output) and m (the row's largest).
ChainForm softmax_exponential_chain(const ChainCall& call, std::int64_t classes);
/// (z - m) - log s: the logarithm of the probability; of z, m and s (the row's sum of exponentials). The loss of a sample is minus
/// that of its label. With classes = 1: of one logit a sample.
ChainForm log_probability_chain(const ChainCall& call, std::int64_t classes);

/// The gradient with respect to a softmax's input, rows of `length`: of delta, the softmax y and the row's sum of delta * y,
/// y * (delta - sum) in that order.
ChainForm softmax_gradient_chain(const ChainCall& call, std::int64_t length);
/// That of a softmax's logarithm: of delta, the logarithm y and the row's sum of delta, fma(-exp(y), sum, delta).
ChainForm log_softmax_gradient_chain(const ChainCall& call, std::int64_t length);

enum class CrossEntropyOrder : std::uint8_t {
  /// e / s, and for the label fam(e, -s, 1 / s): PositNN (docs/fidelity.md 2.4).
  Fam,
  /// e / s - label
  Subtract,
};
struct CrossEntropyOptions {
  CrossEntropyOrder order = CrossEntropyOrder::Subtract;
  double divisor = 0;  ///< of the result, one rounding more: the batch, where the loss is its mean; 0: none
};
/// The gradient with respect to the logits: of e (softmax_exponential_chain), s and label (1 at the row's label, elsewhere 0).
ChainForm cross_entropy_gradient_chain(const ChainCall& call, std::int64_t classes, const CrossEntropyOptions& options);

struct SquaredErrorOptions {
  double divisor = 0;  ///< of the gradient: all elements, where the loss is their mean; 0: none
};
/// Of outputs z and targets t, e = z - t. Results: e * e, whose sum over the number of elements is the loss; 2 e.
ChainForm squared_error_chain(const ChainCall& call, const SquaredErrorOptions& options);

}  // namespace binade::operations
