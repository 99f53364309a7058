// SPDX-License-Identifier: Apache-2.0
// What `binade networks NETWORK` says of each layer.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "models/networks/network.h"

namespace binade::sim {

struct LayerRow {
  std::string name, op;
  std::vector<std::string> inputs;
  networks::Shape out;
  std::int64_t m = 0, n = 0, k = 0, count = 0;  ///< of one sample's matrix products; 0: none
  std::uint64_t macs = 0, parameters = 0;       ///< statistics of batch normalisation are not learned and not counted
};

std::vector<LayerRow> layer_table(const networks::Network& network);
nlohmann::ordered_json layer_table_json(const networks::Network& network);

}  // namespace binade::sim
