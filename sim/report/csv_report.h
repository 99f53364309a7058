// SPDX-License-Identifier: Apache-2.0
// layers.csv and compare.csv: one row per layer or run (RFC 4180).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/report/run_report.h"

namespace binade::sim {

/// The columns of columns.h. Absent figures are empty, infinite ones `inf` or `-inf`.
std::string to_csv(const RunReport& report);

/// One row per run: the rows of compare.json, nested names joined by dots, the whole configuration as config.<key>.
std::string comparison_to_csv(std::span<const RunReport> reports);

/// Cells as a line, quoted where needed.
std::string csv_line(const std::vector<std::string>& cells);

}  // namespace binade::sim
