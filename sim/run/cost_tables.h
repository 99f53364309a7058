// SPDX-License-Identifier: Apache-2.0
// Calibrated cost tables by name: those that come with the program, and folders of the user.
#pragma once

#include <string>
#include <vector>

#include "models/cost/calibrated_table.h"

namespace binade::sim {

inline constexpr const char* kDefaultTechnology = "asap7";

/// Names of the tables that come with the program, sorted.
std::vector<std::string> technologies();
/// `word`: such a name, or a folder. Throws InputError.
cost::CalibratedTable calibrated_table(const std::string& word);

}  // namespace binade::sim
