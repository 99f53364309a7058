// SPDX-License-Identifier: Apache-2.0
// Batch normalisations folded into the products before them: y = s (W x + b) + t = (s W) x + (s b + t), in binary64, before
// anything is quantised. What the device, the golden model and the reference run is then the same smaller network. Inference only.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "models/networks/network.h"
#include "models/operations/tensor.h"

namespace binade::networks {

/// Folds every BatchNorm that is the only reader of a Conv2d or a Linear with as many outputs as it has channels, or of another
/// that was folded into one. Returns the names of those that are gone: none where it was done before. The product keeps its name
/// and gets a bias. `parameters` may lack them all (shapes without values). Layers of `kept` names stay what they are: their
/// outputs are given from outside.
std::vector<std::string> fold_batchnorm(Network& network, operations::Parameters& parameters, const std::set<std::string>& kept);

}  // namespace binade::networks
