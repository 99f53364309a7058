// SPDX-License-Identifier: Apache-2.0
// Reports as terminal tables.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/report/run_report.h"

namespace binade::sim {

/// Aligned columns: the first `left` to the left, the others to the right; a rule below the header.
std::string table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows, std::size_t left);

std::string to_text(const RunReport& report);
/// One line per run.
std::string comparison_to_text(std::span<const RunReport> reports);

}  // namespace binade::sim
