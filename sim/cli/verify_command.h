// SPDX-License-Identifier: Apache-2.0
// `binade verify`: a module of SystemVerilog, ours or the user's, against the golden model.
#pragma once

#include <CLI/CLI.hpp>

namespace binade::sim {

void add_verify_command(CLI::App& app, int& exit_code);

}  // namespace binade::sim
