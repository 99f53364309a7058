// SPDX-License-Identifier: Apache-2.0
// `binade formats`, `binade networks`, `binade keys`: what there is to choose from.
#pragma once

#include <CLI/CLI.hpp>

namespace binade::sim {

void add_list_commands(CLI::App& app);

}  // namespace binade::sim
