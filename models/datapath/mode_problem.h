// SPDX-License-Identifier: Apache-2.0
// Whether a mode's policy fits its operands, whatever the array around it.
#pragma once

#include <string>

#include "models/datapath/core_config.h"

namespace binade::datapath {

/// What is wrong with the accumulate policy of a mode, and what is allowed; empty where nothing is.
std::string policy_problem(const CoreMode& mode);

/// Of that the part that depends on when the output's exponent is known: `serial` and `blocked` sums are in output LSBs, and dfp
/// and sdfp choose the output's exponent from the finished sums.
std::string unknown_exponent_problem(const CoreMode& mode);

}  // namespace binade::datapath
