// SPDX-License-Identifier: Apache-2.0
// `binade report`: runs side by side, from the folders that they have written.
#pragma once

#include <CLI/CLI.hpp>

namespace binade::sim {

void add_report_command(CLI::App& app);

}  // namespace binade::sim
