// SPDX-License-Identifier: Apache-2.0
// What reports say of formats.
#pragma once

#include <optional>

#include "models/programs/formats.h"
#include "models/programs/machine.h"
#include "models/programs/program.h"
#include "sim/report/run_report.h"

namespace binade::sim {

/// Of an operation that was carried out: its row's formats, policy and rounding. `report.k` tells products.
void say_formats(const programs::Operation& operation, const programs::Work& work, LayerReport& report);
/// Of a run: the recipe or the format, and the words of the core's modes, each once.
void say_formats(const std::optional<programs::FormatChoice>& choice, const datapath::CoreConfig& core, RunReport& report);

}  // namespace binade::sim
