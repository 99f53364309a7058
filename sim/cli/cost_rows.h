// SPDX-License-Identifier: Apache-2.0
// Formats priced by a calibrated table.
#pragma once

#include <optional>

#include "models/cost/calibrated_table.h"
#include "models/cost/operand_streams.h"
#include "models/datapath/core_config.h"
#include "sim/report/format_cost.h"

namespace binade::sim {

inline constexpr const char* kBaselineFormat = "fp32";
/// fp32 for everything, in as many stages.
datapath::CoreConfig baseline_core(int latency);

/// Area and critical path of the element that others are compared with.
struct Baseline {
  cost::Figure area_um2, delay_ps;
};
/// Of a core; nothing where the table does not know its element.
std::optional<Baseline> baseline_of(const cost::CalibratedTable& table, const datapath::CoreConfig& core);

/// `core`: valid, of one mode. A format that the table or the RTL does not know has no figures, and flags that say why.
FormatCostRow format_cost(const cost::CalibratedTable& table, const datapath::CoreConfig& core, cost::Activity activity,
                          const std::optional<Baseline>& baseline);

}  // namespace binade::sim
