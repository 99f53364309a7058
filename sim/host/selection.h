// SPDX-License-Identifier: Apache-2.0
// Which operations of a program run on the device.
#pragma once

#include <string>
#include <vector>

#include "models/programs/program.h"

namespace binade::sim {

/// One flag an operation: whether one of the patterns (names or globs) matches its layer or the ReLU that is part of it; all are
/// selected where there is no pattern. A conversion that formats added runs where what reads it does. Throws InputError where a
/// pattern matches none of them: what, and what is allowed.
std::vector<bool> select(const programs::Program& program, const std::vector<std::string>& patterns);

}  // namespace binade::sim
