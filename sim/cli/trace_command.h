// SPDX-License-Identifier: Apache-2.0
// `binade trace`: captures the activations after one layer into a trace that `binade run --trace` starts from.
#pragma once

#include <CLI/CLI.hpp>

namespace binade::sim {

void add_trace_command(CLI::App& app);

}  // namespace binade::sim
