// SPDX-License-Identifier: Apache-2.0
// Networks as YAML (docs/workloads.md; docs/network.schema.json).
#pragma once

#include <string>

#include "models/networks/network.h"

namespace binade::sim {

/// Throws InputError with every problem, one a line: "FILE: line L, column C: what; allowed: ...".
networks::Network network_from_yaml(const std::string& text, const std::string& file);
/// Text that reads back to the same table.
std::string network_to_yaml(const networks::Network& network);

}  // namespace binade::sim
