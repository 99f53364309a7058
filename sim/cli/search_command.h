// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace binade::sim {

/// `binade search`: the narrowest format that a network bears.
void add_search_command(CLI::App& app, int& exit_code);

}  // namespace binade::sim
