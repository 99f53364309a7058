// SPDX-License-Identifier: Apache-2.0
// Pieces of batch and layer normalisation in training; the sums between them are matrix products with ones. A chain over the tensor
// x reads statistics (mean, inverse deviation, means of gradients) and gamma and beta by their own spreads:
//   batch norm, images of P pixels and C channels: both {P, C};  of features alone: {1, C}
//   layer norm, rows of F features: statistics {F, rows}, gamma and beta {1, F}
// Order of one training step: sum of x, divide_chain -> mean; deviation_square_chain, sum, statistics_chain -> variance, inverse;
// normalise_chain, running_chain. Backward: normalised_product_chain and sums give the gradients of gamma and beta;
// batch_norm_gradient_chain or layer_norm_gradient_chain gives that of x.
#pragma once

#include "models/operations/chain/chain_builder.h"

namespace binade::operations {

struct NormSpread {
  Spread statistics, affine;
};

/// (x - mean)^2 of x and mean: two roundings.
ChainForm deviation_square_chain(const ChainCall& call, const NormSpread& spread);
/// Of the sum of those. Results: variance = sum / count; 1 / sqrt(variance + epsilon).
ChainForm statistics_chain(const ChainCall& call, double count, double epsilon);
/// Of running mean, mean, running variance, variance. Results: both running averages, new = old * (1 - momentum) + now * momentum,
/// the variance first times count / (count - 1) (PyTorch's unbiased estimate); count = 1 leaves it.
ChainForm running_chain(const ChainCall& call, double momentum, double count);

struct NormaliseOptions {
  bool relu = false;  ///< a rectifier follows
};
/// fma(n, gamma, beta), n = (x - mean) * inverse: of x, mean, inverse, gamma, beta.
ChainForm normalise_chain(const ChainCall& call, const NormSpread& spread, const NormaliseOptions& options = {});

/// Products with what was normalised, n as above: of delta, x, mean, inverse. Result: delta * n.
ChainForm normalised_product_chain(const ChainCall& call, const NormSpread& spread);
/// The gradient of x: (inverse * gamma) * ((delta - a) - n * b), a and b the means of delta and of delta * n over a channel. Of
/// delta, x, mean, inverse, gamma, a, b.
ChainForm batch_norm_gradient_chain(const ChainCall& call, const NormSpread& spread);
/// Of delta, x, mean, inverse, gamma. Results: d = delta * gamma and d * n, whose means over a row the gradient takes.
ChainForm layer_norm_products_chain(const ChainCall& call, const NormSpread& spread);
/// inverse * ((d - a) - n * b), d = delta * gamma, a and b the means of d and of d * n over a row. Of delta, x, mean, inverse,
/// gamma, a, b.
ChainForm layer_norm_gradient_chain(const ChainCall& call, const NormSpread& spread);

}  // namespace binade::operations
