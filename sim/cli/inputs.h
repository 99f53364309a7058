// SPDX-License-Identifier: Apache-2.0
// The tensors of a run: a trace, a data set with trained parameters, or seeded synthetic ones.
#pragma once

#include "sim/cli/run_options.h"
#include "sim/host/run.h"

namespace binade::sim {

/// Relative path of the energy table that comes with the program (share.h).
inline constexpr const char* kPublishedEnergyTable = "models/cost/published.csv";

/// A request with everything but platform, core and exponent options. Throws InputError.
RunSpec load_inputs(const RunOptions& options);

}  // namespace binade::sim
