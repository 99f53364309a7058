// SPDX-License-Identifier: Apache-2.0
// Small networks that between them have every operation that trains.
#pragma once

#include <string>
#include <vector>

#include "models/networks/network.h"

namespace binade::support {

struct TrainingNetwork {
  std::string name;
  networks::Network (*network)();
};
/// Each takes samples of a few elements and has three classes.
const std::vector<TrainingNetwork>& training_networks();
/// One of them.
networks::Network training_network(const std::string& name);

}  // namespace binade::support
