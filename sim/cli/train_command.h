// SPDX-License-Identifier: Apache-2.0
// `binade train`: the loop of sim/train with options, files and a progress bar.
#pragma once

#include <CLI/CLI.hpp>

#include "sim/train/training_parts.h"

namespace binade::sim {

/// `make`: where network, samples and arithmetic come from.
void add_train_command(CLI::App& app, int& exit_code, PartsMaker make);

}  // namespace binade::sim
