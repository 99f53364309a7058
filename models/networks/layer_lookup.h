// SPDX-License-Identifier: Apache-2.0
// Layers by their names.
#pragma once

#include <string>

#include "models/networks/network.h"

namespace binade::networks {

/// Index of the layer called `name`; throws InputError that names the nearest.
int layer_index(const Network& network, const std::string& name);

}  // namespace binade::networks
