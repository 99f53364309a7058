// SPDX-License-Identifier: Apache-2.0
#include "sim/report/energy_standing.h"

namespace binade::sim {

std::string energy_standing(const RunReport& report) {
  if (!report.calibrated) return "published";
  const CoreFigures& core = *report.calibrated;
  std::string text = core.standing;
  if (!core.extrapolated_units.empty()) text += "; extrapolated: " + core.extrapolated_units;
  if (!core.missing_units.empty()) text += "; not modelled: " + core.missing_units;
  return text;
}

}  // namespace binade::sim
