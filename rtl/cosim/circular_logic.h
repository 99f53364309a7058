// SPDX-License-Identifier: Apache-2.0
// Combinational logic that is circular by signal though acyclic by bit, an array assigned from itself by index, as Verilator tells
// of it.
#pragma once

#include <string>

namespace binade::rtl {

/// Names of the first signals that Verilator's log warns of and the number of the others; "" where no logic is circular. Warnings
/// may be switched off in a source, so the size of what the scheduler calls hybrid logic in its statistics (V3Sched.cpp: what it
/// has broken up) decides too.
std::string circular_signals(const std::string& log, const std::string& statistics);
/// Settings for Verilator that split the variables of these warnings into elements; "" where the module of one is not found.
std::string splitting(const std::string& log);

}  // namespace binade::rtl
