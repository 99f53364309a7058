// SPDX-License-Identifier: Apache-2.0
#include "sim/host/selection.h"

#include <fnmatch.h>

#include <algorithm>

#include "models/networks/layer_lookup.h"
#include "models/numerics/error.h"

namespace binade::sim {
namespace {

bool fits(const std::string& pattern, const networks::Layer& layer) {
  return ::fnmatch(pattern.c_str(), layer.name.c_str(), 0) == 0;
}

/// Why no operation fits.
std::string refusal(const programs::Program& program, const std::string& pattern) {
  const networks::Network& network = *program.network;
  const auto any = [&](bool inputs_too) {
    return std::any_of(network.layers.begin(), network.layers.end(), [&](const networks::Layer& layer) {
      return fits(pattern, layer) && (inputs_too || layer.op != networks::Op::Input);
    });
  };
  if (any(false))
    return "'" + pattern + "' matches no layer that runs; allowed: layer names of " + network.name + " or patterns with * and ?";
  if (any(true)) return "'" + pattern + "' is an input of the network; allowed: layers after it";
  try {
    networks::layer_index(network, pattern);
  } catch (const InputError& error) {
    return error.what();
  }
  throw InvariantError("select: a layer by name and not by pattern");
}

}  // namespace

std::vector<bool> select(const programs::Program& program, const std::vector<std::string>& patterns) {
  std::vector<bool> selected(program.operations.size(), patterns.empty());
  for (const std::string& pattern : patterns) {
    bool used = false;
    for (std::size_t i = 0; i < selected.size(); ++i) {
      const programs::Operation& operation = program.operations[i];
      if (!fits(pattern, program.layer(operation.layer)) && !fits(pattern, program.layer(operation.output))) continue;
      selected[i] = used = true;
    }
    if (!used) throw InputError(refusal(program, pattern));
  }
  // A conversion runs where what reads it does.
  for (std::size_t i = selected.size(); i-- > 0;) {
    const programs::Operation& conversion = program.operations[i];
    if (!program.added(conversion)) continue;
    selected[i] = false;
    for (std::size_t j = i + 1; j < selected.size(); ++j) {
      const std::vector<int>& inputs = program.operations[j].inputs;
      if (selected[j] && std::find(inputs.begin(), inputs.end(), conversion.output) != inputs.end()) selected[i] = true;
    }
  }
  return selected;
}

}  // namespace binade::sim
