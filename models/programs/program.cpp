// SPDX-License-Identifier: Apache-2.0
#include "models/programs/program.h"

#include <algorithm>

#include "models/networks/layer_lookup.h"
#include "models/numerics/error.h"

namespace binade::programs {

using networks::Network;
using operations::Layer;
using operations::Op;

namespace {

const Layer& layer_of(const Network& network, int index) { return network.layers[static_cast<std::size_t>(index)]; }

// The one ReLU that reads `layer`, or -1.
int only_reader_relu(const Network& network, int layer) {
  int reader = -1;
  for (std::size_t i = 0; i < network.layers.size(); ++i)
    for (const int input : network.layers[i].inputs)
      if (input == layer) {
        if (reader >= 0 || network.layers[i].op != Op::Relu) return -1;
        reader = static_cast<int>(i);
      }
  return reader;
}

std::string quoted(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all.append(all.empty() ? "'" : ", '").append(name).append("'");
  return all;
}

}  // namespace

int resolve(const Network& network, int layer) {
  while (operations::is_view(layer_of(network, layer).op)) layer = layer_of(network, layer).inputs[0];
  return layer;
}

operations::Call Program::call(const Operation& operation, std::int64_t samples, std::int64_t first_sample) const {
  operations::Call call{
      .layer = layer(operation.layer), .inputs = {}, .samples = samples, .first_sample = first_sample, .relu = operation.relu()};
  // A view has its own extents: the layer sees those, not the tensor's.
  for (const int input : layer(operation.layer).inputs) call.inputs.push_back(shape(input));
  return call;
}

Program forward(const Network& network, const std::vector<std::string>& given) {
  Program program;
  program.network = &network;
  program.plain_layers = network.layers.size();
  std::vector<bool> available(network.layers.size(), false);
  for (const std::string& name : given) {
    program.given.push_back(resolve(network, networks::layer_index(network, name)));
    available[static_cast<std::size_t>(program.given.back())] = true;
  }
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) {
    const Layer& layer = layer_of(network, i);
    if (operations::is_view(layer.op) || available[static_cast<std::size_t>(i)]) continue;
    const auto missing = [&](int input) { return !available[static_cast<std::size_t>(resolve(network, input))]; };
    if (std::all_of(layer.inputs.begin(), layer.inputs.end(), missing)) continue;  // it does not follow from what is given
    const auto absent = std::find_if(layer.inputs.begin(), layer.inputs.end(), missing);
    if (absent != layer.inputs.end())
      throw InputError("input: layer '" + layer.name + "' needs the output of '" + layer_of(network, *absent).name +
                       "', which does not follow from the input at " + quoted(given));
    Operation operation{.layer = i, .pass = Pass::Forward, .inputs = {}, .output = i, .mode = {}};
    for (const int input : layer.inputs) operation.inputs.push_back(resolve(network, input));
    if (operations::row(layer).traits.fuses_relu) {
      const int relu = only_reader_relu(network, i);
      if (relu >= 0) operation.output = relu;
    }
    available[static_cast<std::size_t>(operation.output)] = true;
    program.operations.push_back(std::move(operation));
  }
  return program;
}

}  // namespace binade::programs
