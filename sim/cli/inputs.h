// SPDX-License-Identifier: Apache-2.0
// The tensors of a run: a trace, a data set with trained parameters, or seeded synthetic ones.
#pragma once

#include "sim/cli/run_options.h"
#include "sim/host/run.h"

namespace binade::sim {

/// A request with everything but platform, core and exponent options. Throws InputError.
RunRequest load_inputs(const RunOptions& options);

/// Trained parameters for a network in a data directory, or nothing: lenet5-mnist.npz, resnet20-cifar10.npz.
std::optional<std::string> parameters_in(const std::string& directory, const std::string& network);

}  // namespace binade::sim
