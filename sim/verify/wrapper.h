// SPDX-License-Identifier: Apache-2.0
// A module with a unit's ports and nothing in it, for people to put their own into.
#pragma once

#include <string>

#include "sim/verify/unit.h"

namespace binade::verify {

/// SystemVerilog; ports that a module may lack say so. `format`: for the comment.
std::string wrapper_of(const Unit& unit, const std::string& format);

}  // namespace binade::verify
