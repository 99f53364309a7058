// SPDX-License-Identifier: Apache-2.0
// Which commands a core carries out: the one rule, used by every core and by the accelerator's decoder.
#pragma once

#include <string>

#include "models/datapath/core.h"

namespace binade::datapath {

/// What is wrong with a command for this core, in words; empty when it can be carried out. Total: any field values.
std::string command_problem(const CoreConfig& config, const CoreCommand& command);
/// Throws InvariantError where there is a problem.
void check_command(const CoreConfig& config, const CoreCommand& command);

}  // namespace binade::datapath
