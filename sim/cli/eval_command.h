// SPDX-License-Identifier: Apache-2.0
// `binade eval FORMAT OP` on the command line.
#pragma once

namespace CLI {
class App;
}

namespace binade::sim {

/// Adds the subcommand; its callback evaluates standard input. Wrong input is an InputError.
void add_eval_command(CLI::App& app);

}  // namespace binade::sim
