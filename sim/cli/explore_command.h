// SPDX-License-Identifier: Apache-2.0
// `binade explore`: a space of configurations, its results in a database, its front.
#pragma once

#include <CLI/CLI.hpp>

namespace binade::sim {

void add_explore_command(CLI::App& app, int& exit_code);

}  // namespace binade::sim
