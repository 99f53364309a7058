// SPDX-License-Identifier: Apache-2.0
// `binade explore-worker`: a task of `binade explore --executor slurm`, which alone calls it.
#pragma once

#include <CLI/CLI.hpp>

namespace binade::sim {

void add_explore_worker_command(CLI::App& app, int& exit_code);

}  // namespace binade::sim
