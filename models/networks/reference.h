// SPDX-License-Identifier: Apache-2.0
// The binary64 reference of one layer of a network.
#pragma once

#include <span>
#include <vector>

#include "models/networks/network.h"
#include "models/operations/operation_table.h"
#include "models/operations/reference.h"
#include "models/operations/tensor.h"

namespace binade::networks {

using operations::LayerParameters;
/// Throws InvariantError where a parameter is missing: requests are validated before they run.
LayerParameters layer_parameters(const Network& network, int layer, const operations::Parameters& parameters);

/// The layer's output for `samples` samples, row-major; inputs in the layer's order.
std::vector<double> reference_forward(const Network& network, int layer, std::int64_t samples,
                                      const std::vector<std::span<const double>>& inputs, const numerics::Reals& weight,
                                      const numerics::Reals& bias);

}  // namespace binade::networks
