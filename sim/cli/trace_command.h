// SPDX-License-Identifier: Apache-2.0
// `binade trace`: captures the activations after one layer, or a whole training step, into a trace that `binade run --trace` starts
// from and, of a step, `binade verify --stimulus trace` takes operands from.
#pragma once

#include <CLI/CLI.hpp>

#include "sim/train/training_parts.h"

namespace binade::sim {

void add_trace_command(CLI::App& app, int& exit_code, PartsMaker make);

}  // namespace binade::sim
