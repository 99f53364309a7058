// SPDX-License-Identifier: Apache-2.0
// Matrix products without a network around them: each a fully connected layer with an input of its own.
#pragma once

#include <span>
#include <string>

#include "models/networks/network.h"

namespace binade::sim {

struct GemmSize {
  std::int64_t m = 1, n = 1, k = 1;
};

/// Appends an Input `NAME.input` and the layer NAME that multiplies it (m x k) with weights (n x k), without bias.
void append_gemm(networks::Network& network, const std::string& name, const GemmSize& size);

/// The network of words `M,N,K` or `M,N,K,COUNT`: layers gemm1, gemm2, ...; COUNT of one size are gemm1.1, gemm1.2, ... Throws
/// InputError that starts with `where`.
networks::Network gemm_network(std::span<const std::string> words, const std::string& where);

}  // namespace binade::sim
