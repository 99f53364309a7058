// SPDX-License-Identifier: Apache-2.0
// Reports as terminal tables.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/run_report.h"

namespace binade::sim {

/// Aligned columns with a rule below the header; `align` has an 'l' or an 'r' per column.
std::string table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows,
                  std::string_view align);

std::string to_text(const RunReport& report);
/// One line per run.
std::string comparison_to_text(std::span<const RunReport> reports);

}  // namespace binade::sim
