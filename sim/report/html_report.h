// SPDX-License-Identifier: Apache-2.0
// report.html and compare.html: self-contained pages. No script, no external resource; follows the reader's dark or light
// preference.
#pragma once

#include <span>
#include <string>

#include "sim/report/run_report.h"

namespace binade::sim {

std::string to_html(const RunReport& report);
/// At least one run, side by side. `pages_beside`: with links to the page of each, in the folder of its format.
std::string comparison_to_html(std::span<const RunReport> reports, bool pages_beside = true);

}  // namespace binade::sim
