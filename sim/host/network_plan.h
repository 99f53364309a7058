// SPDX-License-Identifier: Apache-2.0
// Which layers of a request run, in what order, where, and with which ReLU fused.
#pragma once

#include <vector>

#include "sim/host/run.h"

namespace binade::sim {

/// One row of the report: a layer, with the ReLU that directly follows it and is its only reader where the hardware fuses it.
struct Step {
  int layer = 0;
  int output = 0;         ///< the layer whose output this step makes: the fused ReLU, or `layer`
  bool on_device = true;  ///< false: runs in the reference only
  bool relu() const { return output != layer; }
};

/// Index of a layer by name; throws InputError.
int layer_index(const networks::Network& network, const std::string& name);
/// The tensor a layer's output is: itself, or through Flatten (which moves nothing) its input.
int resolve(const networks::Network& network, int layer);
/// The tensors that the request's inputs are. Throws InputError on names of no layer.
std::vector<int> given_tensors(const RunRequest& request);
/// Everything that follows from the request's inputs, in execution order. Throws InputError on names of the selection that match
/// nothing, or where a layer needs a tensor beside them that is not given and does not follow.
std::vector<Step> plan_steps(const RunRequest& request);

}  // namespace binade::sim
