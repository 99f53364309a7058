// SPDX-License-Identifier: Apache-2.0
// Small networks that between them have every operation that trains.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "models/networks/network.h"
#include "models/operations/tensor.h"

namespace binade::support {

struct TrainingNetwork {
  std::string name;
  networks::Network (*network)();
};
/// Each takes samples of a few elements and has three classes.
const std::vector<TrainingNetwork>& training_networks();
/// One of them.
networks::Network training_network(const std::string& name);
/// Weights of a spread that keeps values of either sign; variances of 1 and more.
operations::Parameters drawn_parameters(const networks::Network& network, std::mt19937_64& random);

}  // namespace binade::support
