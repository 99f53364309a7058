// SPDX-License-Identifier: Apache-2.0
// Parameters before the first step.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "models/networks/network.h"
#include "models/operations/tensor.h"

namespace binade::sim {

/// How weights are drawn. fan_in = elements / shape[0] of a weight, fan_out = elements / shape[1], as PyTorch counts them
/// (torch.nn.init._calculate_fan_in_and_fan_out, which counts transposed convolutions alike).
struct Initialisation {
  enum class Scheme : std::uint8_t {
    /// What nn.Linear, nn.Conv2d and nn.ConvTranspose2d do (reset_parameters: kaiming_uniform_ with a = sqrt 5): weights and biases
    /// uniform within 1 / sqrt(fan_in of the weight).
    Pytorch,
    /// Glorot and Bengio 2010 (AISTATS), equation 16: weights uniform within sqrt(6 / (fan_in + fan_out)); biases 0.
    Xavier,
    /// Weights normal, drawn again beyond twice the deviation; biases 0. As tf.random.truncated_normal.
    Normal,
  };
  Scheme scheme = Scheme::Pytorch;
  double deviation = 0;  ///< Normal

  std::string text() const;  ///< "pytorch", "xavier", "normal:0.01"
  bool operator==(const Initialisation&) const = default;
};

/// pytorch, xavier or normal:DEVIATION. Throws InputError that starts with `where`.
Initialisation parse_initialisation(std::string_view word, std::string_view where);

/// Every parameter, binary32 numbers. Normalisations are the identity: scales and variances 1, shifts and means 0; constant
/// operands of a sum 0, of a product 1. A tensor's numbers follow from (seed, its name) alone: the distribution is PyTorch's, the
/// numbers are not those of torch.manual_seed.
operations::Parameters initialise(const networks::Network& network, std::uint64_t seed, const Initialisation& initialisation);

}  // namespace binade::sim
