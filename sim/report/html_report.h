// SPDX-License-Identifier: Apache-2.0
// report.html: one self-contained page per run. No script, no external resource; follows the reader's dark or light preference.
#pragma once

#include <string>

#include "sim/report/run_report.h"

namespace binade::sim {

std::string to_html(const RunReport& report);

}  // namespace binade::sim
