// SPDX-License-Identifier: Apache-2.0
// The binary64 reference of one layer of a network.
#pragma once

#include <span>
#include <vector>

#include "models/operations/reference.h"
#include "models/operations/tensor.h"
#include "models/networks/network.h"

namespace binade::networks {

/// What a layer multiplies and adds with. Conv2d, Linear: weight and bias as stored. BatchNorm: one scale and one shift per
/// channel, gamma / sqrt(running_var + epsilon) and beta - running_mean * scale. LayerNorm: weight and bias. Views into the
/// parameters, or into `folded`.
struct LayerParameters {
  std::span<const double> weight, bias;
  std::vector<double> folded;
};
/// Throws InvariantError where a parameter is missing: requests are validated before they run.
LayerParameters layer_parameters(const Network& network, int layer, const operations::Parameters& parameters);

/// Extents of a windowed layer for a batch.
operations::ImageGeometry image_geometry(const Network& network, int layer, std::int64_t samples);

/// The layer's output for `samples` samples, row-major; inputs in the layer's order.
std::vector<double> reference_forward(const Network& network, int layer, std::int64_t samples,
                                      const std::vector<std::span<const double>>& inputs, std::span<const double> weight,
                                      std::span<const double> bias);

}  // namespace binade::networks
