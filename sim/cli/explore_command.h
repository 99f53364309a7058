// SPDX-License-Identifier: Apache-2.0
// `binade explore`: a space of configurations, its results in a database, its front.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace binade::sim {

/// `arguments`: what stands behind the command's name.
void add_explore_command(CLI::App& app, int& exit_code, const std::vector<std::string>& arguments);

}  // namespace binade::sim
