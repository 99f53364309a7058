// SPDX-License-Identifier: Apache-2.0
// layers.csv: one row per layer (RFC 4180).
#pragma once

#include <string>

#include "sim/report/run_report.h"

namespace binade::sim {

/// Columns: layer,op,pass,m,n,k,cycles,total_cycles,overhead_cycles,utilisation, then the other fields of LayerReport,
/// every counter by its name, energy_pj.<component>, energy_pj, and the error figures. Absent figures are empty, an
/// infinite SQNR is `inf`.
std::string to_csv(const RunReport& report);

}  // namespace binade::sim
