// SPDX-License-Identifier: Apache-2.0
#include "sim/host/network_plan.h"

#include <fnmatch.h>

#include <algorithm>

#include "models/numerics/error.h"
#include "models/operations/operation_table.h"

namespace binade::sim {

using networks::Layer;
using networks::Network;
using networks::Op;

namespace {

bool matches(const std::string& pattern, const std::string& name) { return fnmatch(pattern.c_str(), name.c_str(), 0) == 0; }

std::string given_names(const RunRequest& request) {
  std::string names;
  for (const auto& [name, tensor] : request.inputs) names += (names.empty() ? "'" : ", '") + name + "'";
  return names;
}

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

}  // namespace

int layer_index(const Network& network, const std::string& name) {
  for (std::size_t i = 0; i < network.layers.size(); ++i)
    if (network.layers[i].name == name) return static_cast<int>(i);
  std::string message = "network " + network.name + ": no layer '" + name + "'; allowed:";
  for (const Layer& layer : network.layers) message.append(" ").append(layer.name);
  throw InputError(message);
}

int resolve(const Network& network, int layer) {
  while (operations::is_view(network.layers[static_cast<std::size_t>(layer)].op))
    layer = network.layers[static_cast<std::size_t>(layer)].inputs[0];
  return layer;
}

std::vector<int> given_tensors(const RunRequest& request) {
  std::vector<int> given;
  for (const auto& [name, tensor] : request.inputs) given.push_back(resolve(request.network, layer_index(request.network, name)));
  return given;
}

std::vector<Step> plan_steps(const RunRequest& request) {
  const Network& network = request.network;
  std::vector<Step> steps;
  std::vector<bool> available(network.layers.size(), false), pattern_used(request.layer_selection.size(), false);
  for (const int given : given_tensors(request)) available[static_cast<std::size_t>(given)] = true;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) {
    const Layer& layer = network.layers[static_cast<std::size_t>(i)];
    if (operations::is_view(layer.op) || available[static_cast<std::size_t>(i)]) continue;
    const auto missing = [&](int input) { return !available[static_cast<std::size_t>(resolve(network, input))]; };
    const auto absent = std::find_if(layer.inputs.begin(), layer.inputs.end(), missing);
    if (std::all_of(layer.inputs.begin(), layer.inputs.end(), missing)) continue;  // it does not follow from what is given
    if (absent != layer.inputs.end())
      throw InputError("input: layer '" + layer.name + "' needs the output of '" +
                       network.layers[static_cast<std::size_t>(*absent)].name + "', which does not follow from the input at " +
                       given_names(request));
    Step step{.layer = i, .output = i, .on_device = request.layer_selection.empty()};
    if (operations::row(layer).traits.fuses_relu) {
      const int relu = only_reader_relu(network, i);
      if (relu >= 0) step.output = relu;
    }
    available[static_cast<std::size_t>(step.output)] = true;
    for (std::size_t p = 0; p < request.layer_selection.size(); ++p)
      for (const int member : {step.layer, step.output})
        if (matches(request.layer_selection[p], network.layers[static_cast<std::size_t>(member)].name)) {
          step.on_device = true;
          pattern_used[p] = true;
        }
    steps.push_back(step);
  }
  for (std::size_t p = 0; p < pattern_used.size(); ++p)
    if (!pattern_used[p])
      throw InputError("layers: '" + request.layer_selection[p] + "' matches no layer that runs; allowed: layer names of " +
                       network.name + " or patterns with * and ?");
  return steps;
}

}  // namespace binade::sim
