// SPDX-License-Identifier: Apache-2.0
#include "models/networks/fold_batchnorm.h"

#include <utility>

#include "models/operations/operation_table.h"

namespace binade::networks {

namespace {

/// Whether a normalisation can be folded into what it reads.
bool folds(const Layer& normalisation, const Layer& product, const std::set<std::string>& kept) {
  if (normalisation.op != Op::BatchNorm || kept.contains(normalisation.name) || kept.contains(product.name)) return false;
  const bool by_channel = product.op == Op::Conv2d || (product.op == Op::Linear && !product.out.sequence);
  return by_channel && product.out.channels == product.out_features;
}

void fold_parameters(const Layer& product, const Layer& normalisation, operations::Parameters& parameters) {
  const auto weight = parameters.find(product.name + ".weight");
  if (weight == parameters.end()) return;
  const operations::LayerParameters line = operations::row(normalisation).fold(normalisation, parameters);
  std::vector<double> room_of_scale, room_of_shift, room;
  const auto scale = line.weight.all(room_of_scale), shift = line.bias.all(room_of_shift);
  const std::size_t channels = scale.size();
  const auto factors = weight->second.reals().all(room);
  std::vector<double> scaled(factors.begin(), factors.end());
  const std::size_t each = scaled.size() / channels;
  for (std::size_t i = 0; i < scaled.size(); ++i) scaled[i] *= scale[i / each];
  weight->second = {weight->second.shape, std::move(scaled)};
  operations::Tensor bias{{static_cast<std::int64_t>(channels)}, {shift.begin(), shift.end()}};
  const auto before = parameters.find(product.name + ".bias");
  if (before != parameters.end()) {
    const auto added = before->second.reals().all(room);
    for (std::size_t c = 0; c < channels; ++c) bias.values[c] += scale[c] * added[c];
  }
  parameters[product.name + ".bias"] = std::move(bias);
  for (const operations::Learned& learned :
       operations::row(normalisation).parameters(normalisation, operations::Inputs(&product.out, 1)))
    parameters.erase(normalisation.name + "." + learned.suffix);
}

}  // namespace

std::vector<std::string> fold_batchnorm(Network& network, operations::Parameters& parameters, const std::set<std::string>& kept) {
  std::vector<int> readers(network.layers.size(), 0);
  for (const Layer& layer : network.layers)
    for (const int input : layer.inputs) ++readers[static_cast<std::size_t>(input)];
  std::vector<std::string> folded;
  std::vector<Layer> layers;
  std::vector<int> place(network.layers.size());  // of each old layer's output among the new layers
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) {
    Layer layer = network.layers[static_cast<std::size_t>(i)];
    const int before = layer.inputs.size() == 1 ? layer.inputs[0] : -1;
    const int into = before >= 0 && readers[static_cast<std::size_t>(before)] == 1 ? place[static_cast<std::size_t>(before)] : -1;
    if (into >= 0 && folds(layer, layers[static_cast<std::size_t>(into)], kept)) {
      Layer& product = layers[static_cast<std::size_t>(into)];
      fold_parameters(product, layer, parameters);
      product.bias = true;
      place[static_cast<std::size_t>(i)] = into;
      folded.push_back(layer.name);
      continue;
    }
    for (int& input : layer.inputs) input = place[static_cast<std::size_t>(input)];
    place[static_cast<std::size_t>(i)] = static_cast<int>(layers.size());
    layers.push_back(std::move(layer));
  }
  network.layers = std::move(layers);
  return folded;
}

}  // namespace binade::networks
