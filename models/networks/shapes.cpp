// SPDX-License-Identifier: Apache-2.0
// Shape inference: every layer's output from its inputs, with the checks that make a table runnable.
#include <set>
#include <string>

#include "models/networks/network.h"
#include "models/operations/layer_error.h"
#include "models/operations/operation_table.h"

namespace binade::networks {

namespace {

[[noreturn]] void fail(const Layer& layer, const std::string& what) { throw operations::LayerError(layer.name, what); }

}  // namespace

void infer_shapes(Network& network) {
  if (network.layers.empty() || network.layers[0].op != Op::Input) throw InputError("network: the first layer must be an input");
  std::set<std::string> names;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    Layer& layer = network.layers[i];
    if (!names.insert(layer.name).second) fail(layer, "the name is used twice");
    const operations::OperationTraits& traits = operations::row(layer).traits;
    const auto inputs = static_cast<int>(layer.inputs.size());
    if (inputs < traits.least_inputs || inputs > traits.most_inputs)
      fail(layer, "has " + std::to_string(layer.inputs.size()) + " inputs");
    for (const int input : layer.inputs)
      if (input < 0 || static_cast<std::size_t>(input) >= i) fail(layer, "its inputs must be earlier layers");
    layer.out = operations::row(layer).shape(layer, input_shapes(network, layer));
    constexpr std::int64_t kMaxExtent = std::int64_t{1} << 24, kMaxElements = std::int64_t{1} << 32;
    const Shape& out = layer.out;
    for (const std::int64_t extent : {out.channels, out.height, out.width})
      if (extent < 1 || extent > kMaxExtent) fail(layer, "extents must be 1 to 2^24, not " + operations::text(out));
    if (out.channels * out.height > kMaxElements / out.width) fail(layer, "has more than 2^32 elements: " + operations::text(out));
  }
}

}  // namespace binade::networks
