// SPDX-License-Identifier: Apache-2.0
// report.html of a training run and compare.html of several: self-contained pages, as html_report.h has them.
#pragma once

#include <span>
#include <string>

#include "sim/report/training_report.h"

namespace binade::sim {

std::string to_html(const TrainingReport& report);
/// At least one run, side by side.
std::string comparison_to_html(std::span<const TrainingReport> reports);
/// What is within that page.
std::string comparison_body(std::span<const TrainingReport> reports);

}  // namespace binade::sim
