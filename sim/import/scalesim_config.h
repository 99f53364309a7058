// SPDX-License-Identifier: Apache-2.0
// SCALE-Sim's configuration files (.cfg): the machine they describe as keys of ours (docs/workloads.md).
#pragma once

#include <string>
#include <vector>

#include "sim/config/settings.h"

namespace binade::sim {

/// Applies array, dataflow and scratchpad sizes to `settings`. Adds every problem to `problems`, "FILE: line L: what; allowed:
/// ...", and to `notes` what the file says that is not simulated.
void apply_scalesim_config(Settings& settings, const std::string& text, const std::string& file, std::vector<std::string>& problems,
                           std::vector<std::string>& notes);

/// The machine that SCALE-Sim's formulae describe: no memory behind the array, every fold charged as the whole array.
void apply_scalesim_preset(Settings& settings);
/// What its folds overlap follows from the dataflow: the drain with the next fold (os), nothing (ws).
void apply_scalesim_overlap(Settings& settings);

}  // namespace binade::sim
