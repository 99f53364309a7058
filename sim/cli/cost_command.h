// SPDX-License-Identifier: Apache-2.0
// `binade cost`: area, delay and energy of formats from a calibrated table.
#pragma once

#include <CLI/CLI.hpp>

namespace binade::sim {

void add_cost_command(CLI::App& app);

}  // namespace binade::sim
