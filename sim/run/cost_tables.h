// SPDX-License-Identifier: Apache-2.0
// Calibrated cost tables by name: those that come with the program, and folders of the user.
#pragma once

#include <string>

#include "models/cost/calibrated_table.h"

namespace binade::sim {

inline constexpr const char* kDefaultTechnology = "asap7";

/// `word`: a folder, or a name of calibrated_technologies(). Throws InputError.
cost::CalibratedTable calibrated_table(const std::string& word);

}  // namespace binade::sim
