// SPDX-License-Identifier: Apache-2.0
// The tensors of a run: a trace, a data set with trained parameters, or seeded synthetic ones.
#pragma once

#include "sim/cli/run_options.h"
#include "sim/host/run.h"

namespace binade::sim {

/// A spec with everything but settings. Throws InputError.
RunSpec load_inputs(const RunOptions& options);

}  // namespace binade::sim
