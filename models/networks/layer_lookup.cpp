// SPDX-License-Identifier: Apache-2.0
#include "models/networks/layer_lookup.h"

#include <vector>

#include "models/numerics/error.h"
#include "models/numerics/nearest.h"

namespace binade::networks {

int layer_index(const Network& network, const std::string& name) {
  std::vector<std::string> names;
  for (const Layer& layer : network.layers) {
    if (layer.name == name) return static_cast<int>(names.size());
    names.push_back(layer.name);
  }
  throw InputError(network.name + " has no layer '" + name + "', the nearest is '" + nearest_word(name, names) +
                   "'; allowed: the names that `binade networks " + network.name + "` lists");
}

}  // namespace binade::networks
