// SPDX-License-Identifier: Apache-2.0
// Which commands a core carries out: the one rule, used by every core and by the accelerator's decoder.
#pragma once

#include <string>

#include "models/datapath/core.h"

namespace binade::datapath {

/// What is wrong with a command for this core, in words; empty when it can be carried out. Total: any field values.
/// `mode_before`: that of the command before it, 0 after a reset. A mode changes where a chain of tiles starts, at first_k.
std::string command_problem(const CoreConfig& config, const CoreCommand& command, int mode_before);
/// The same of a command whose chain is in its own mode.
inline std::string command_problem(const CoreConfig& config, const CoreCommand& command) {
  return command_problem(config, command, command.mode);
}
/// Throws InvariantError where there is a problem, or where the configuration has several modes: a core serves one, make_modal_core
/// many.
void check_command(const CoreConfig& config, const CoreCommand& command);

}  // namespace binade::datapath
