// SPDX-License-Identifier: Apache-2.0
// `binade vectors`: stimulus and expected values of an arithmetic unit in files, for any simulator.
#pragma once

#include <CLI/CLI.hpp>

namespace binade::sim {

void add_vectors_command(CLI::App& app);

}  // namespace binade::sim
