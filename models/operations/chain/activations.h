// SPDX-License-Identifier: Apache-2.0
// Activations and their gradients. `Stepwise` rounds after every operation, for sigmoid and tangent in the order of PositNN
// (docs/fidelity.md 2.4); `Composite` rounds once.
#pragma once

#include "models/operations/chain/chain_builder.h"

namespace binade::operations {

enum class Activation : std::uint8_t { Relu, LeakyRelu, Tanh, Sigmoid, Gelu };
enum class Evaluation : std::uint8_t { Stepwise, Composite };

struct ActivationOptions {
  Activation activation = Activation::Relu;
  Evaluation evaluation = Evaluation::Stepwise;
  double slope = 0;  ///< LeakyRelu, of numbers that are not positive
};

/// Of x.
///   Tanh:    p = exp x, m = exp -x, (p - m) / (p + m)
///   Sigmoid: e = exp -x, 1 / (1 + e)
///   Gelu:    c = 1 + erf(x * 1/sqrt 2), (x * 0.5) * c
ChainForm activation_chain(const ChainCall& call, const ActivationOptions& options);

/// Of the output's delta, and of x for Relu (whose own output will do as well), LeakyRelu and Gelu, of the activation's output y
/// for Tanh and Sigmoid. Numbers that are not positive have Relu's gradient 0, zero too.
///   Tanh:    fma(y, -y, 1) * delta
///   Sigmoid: fam(1, -y, y) * delta
///   Gelu:    c = (1 + erf(x * 1/sqrt 2)) * 0.5, d = x * exp((x * -0.5) * x), fma(d, 1/sqrt(2 pi), c) * delta
ChainForm activation_gradient_chain(const ChainCall& call, const ActivationOptions& options);

/// Of the output's delta and of x: the delta where least < x < most, 0 at the bounds and beyond, as PyTorch's ReLU6 has it.
ChainForm clip_gradient_chain(const ChainCall& call, double least, double most);

}  // namespace binade::operations
