// SPDX-License-Identifier: Apache-2.0
// Arithmetic with one rounding, and what follows from it. Inputs are numbered in the order in which a function's comment names
// them.
#pragma once

#include "models/operations/chain/chain_builder.h"

namespace binade::operations {

/// x, rounded: copies between formats.
ChainForm convert_chain(const ChainCall& call);
/// Add, Sub, Mul, Div of x and y, whose elements spread as said: sums of branches, gradients of products.
ChainForm binary_chain(const ChainCall& call, Primitive what, const Spread& y = {});
/// x * factor and x / divisor, constants rounded to the steps' format.
ChainForm scale_chain(const ChainCall& call, double factor);
ChainForm divide_chain(const ChainCall& call, double divisor);
/// -x: the gradient of what was subtracted.
ChainForm negate_chain(const ChainCall& call);
/// x where mask > 0, times 1 / (1 - p) rounded; else 0. x and mask; the gradient is the same of delta and mask.
ChainForm dropout_chain(const ChainCall& call, double p);

}  // namespace binade::operations
