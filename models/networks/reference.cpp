// SPDX-License-Identifier: Apache-2.0
#include "models/networks/reference.h"

#include "models/numerics/error.h"

namespace binade::networks {

LayerParameters layer_parameters(const Network& network, int index, const operations::Parameters& parameters) {
  const Layer& layer = network.layers.at(static_cast<std::size_t>(index));
  for (const ParameterShape& needed : parameter_shapes(network, index))
    if (!parameters.contains(needed.name)) throw InvariantError("layer_parameters: no " + needed.name);
  return operations::row(layer).fold(layer, parameters);
}

std::vector<double> reference_forward(const Network& network, int index, std::int64_t samples,
                                      const std::vector<std::span<const double>>& inputs, const numerics::Reals& weight,
                                      const numerics::Reals& bias) {
  const operations::Call call = call_of(network, index, samples);
  std::vector<double> out(static_cast<std::size_t>(call.outputs()));
  operations::row(call.layer).reference(call, inputs, weight, bias, out);
  return out;
}

}  // namespace binade::networks
