// SPDX-License-Identifier: Apache-2.0
// The passes of a training step on a page.
#pragma once

#include <string>

#include "sim/report/run_report.h"

namespace binade::sim {

/// Empty for runs that have the forward pass alone.
std::string passes_section(const RunReport& report);

}  // namespace binade::sim
