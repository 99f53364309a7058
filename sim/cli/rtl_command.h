// SPDX-License-Identifier: Apache-2.0
// `binade rtl build`: builds the Verilated cores of a configuration ahead of the runs that need them.
#pragma once

#include <CLI/CLI.hpp>

namespace binade::sim {

void add_rtl_command(CLI::App& app);

}  // namespace binade::sim
