// SPDX-License-Identifier: Apache-2.0
// `binade run`: a network through the simulated accelerator, once per format.
#pragma once

#include <CLI/CLI.hpp>

namespace binade::sim {

/// `exit_code` receives 0 or kInterruptedExit, or the worst code of the runs where some failed.
void add_run_command(CLI::App& app, int& exit_code);

}  // namespace binade::sim
