// SPDX-License-Identifier: Apache-2.0
// SCALE-Sim's topology files: comma-separated rows, each one convolution or one matrix product (docs/workloads.md).
#pragma once

#include <string>
#include <vector>

#include "models/networks/network.h"

namespace binade::sim {

/// Every row is a layer with an input of its own: rows of these files do not say what feeds what. Appends to `notes` what was
/// read and is not simulated, and which rows were taken for depthwise convolutions. Throws InputError with `file`, line and column.
networks::Network topology_network(const std::string& text, const std::string& file, std::vector<std::string>& notes);

}  // namespace binade::sim
