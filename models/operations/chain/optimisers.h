// SPDX-License-Identifier: Apache-2.0
// A step of an optimiser on one tensor of weights: results are the new weights, the new state in the order in which it was read,
// then `copies` times the new weights again, each rounded once more to its tensor's format. Every result may be stored over the
// input that it replaces. Inputs: weight, gradient, then the state.
#pragma once

#include "models/operations/chain/chain_builder.h"

namespace binade::operations {

/// g = gradient; with weight decay g = fma(w, decay, g). State: velocity v, where there is momentum and it is not the first step.
///   v = g in the first step, otherwise fma(v, momentum, g), with dampening v * momentum + g * (1 - dampening): one rounding, or
///   with `serial` sums, where there is no quire, each product and the sum rounded
///   Nesterov: g = fma(v, momentum, g), otherwise g = v;  w = fma(g, -rate, w)
/// The order of PositNN (docs/fidelity.md 2.4) and of torch.optim.SGD. In the first step there is no state to read, but a result v.
struct SgdOptions {
  double rate = 0, momentum = 0, dampening = 0, weight_decay = 0;
  bool nesterov = false;
  bool first_step = false;
  bool serial = false;
  int copies = 0;
};
ChainForm sgd_chain(const ChainCall& call, const SgdOptions& options);

/// g as above. State: mean square s; velocity v, with momentum (zero before the first step).
///   s = s * decay + (g * g) * (1 - decay), one rounding beside the square's;  q = g / (sqrt s + epsilon)
///   v = fma(v, momentum, q), or q;  w = fma(v, -rate, w)
/// Steps in the order of torch.optim.RMSprop, not centred.
struct RmsPropOptions {
  double rate = 0, decay = 0.99, epsilon = 1e-8, momentum = 0, weight_decay = 0;
  int copies = 0;
};
ChainForm rmsprop_chain(const ChainCall& call, const RmsPropOptions& options);

/// g as above (L2). State: means m and v of gradients and squares (zero before the first step). `step` counts from 1.
///   m = m * beta1 + g * (1 - beta1);  v = v * beta2 + (g * g) * (1 - beta2), one rounding each beside the square's
///   w = fma(m / (sqrt v / sqrt(1 - beta2^step) + epsilon), -rate / (1 - beta1^step), w)
/// Steps in the order of torch.optim.Adam; the two corrections are constants of the step, made in binary64.
struct AdamOptions {
  double rate = 0, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 0;
  std::int64_t step = 1;
  int copies = 0;
};
ChainForm adam_chain(const ChainCall& call, const AdamOptions& options);

}  // namespace binade::operations
