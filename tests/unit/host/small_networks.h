// SPDX-License-Identifier: Apache-2.0
// Small networks that between them have every operation, and requests that run them.
#pragma once

#include <string>

#include "sim/host/run.h"

namespace binade::tests {

/// Convolutions, pooling, batch normalisation, a shortcut with new channels, concatenation, a classifier: 3 x 9 x 9 images.
networks::Network small_residual();
/// One attention block: 5 tokens of 8 features in 2 heads, softmax, layer normalisation, GELU.
networks::Network small_attention();

/// Two independent fully connected layers, each with an input of its own: left (7) and right (5).
networks::Network small_pair();

/// A request with synthetic tensors on a 4 x 4 array with scratchpads small enough to split every layer.
sim::RunSpec small_request(networks::Network network, const std::string& format, std::int64_t samples, std::int64_t batch);

/// Runs it on a fresh literal device.
sim::RunReport run_literally(const sim::RunSpec& request, std::uint64_t order_seed = 1);

}  // namespace binade::tests
