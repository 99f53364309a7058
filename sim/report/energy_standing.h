// SPDX-License-Identifier: Apache-2.0
// How the energies of a run came about, in words.
#pragma once

#include <string>

#include "sim/report/run_report.h"

namespace binade::sim {

/// "published"; of a calibrated core the standing of its worst figure, and of its units which are extrapolated and which are not
/// modelled: "extrapolated; extrapolated: sequencer; not modelled: lane".
std::string energy_standing(const RunReport& report);

}  // namespace binade::sim
