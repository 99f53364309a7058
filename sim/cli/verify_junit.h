// SPDX-License-Identifier: Apache-2.0
// The outcome of `binade verify` for continuous integration: JUnit's XML.
#pragma once

#include <string>

#include "sim/verify/verify_report.h"

namespace binade::sim {

/// One test suite; a test case for each output of the unit, one for the module's assertions and one that all vectors ran.
std::string junit_of(const verify::Task& task, const verify::Unit& unit, const verify::Outcome& outcome);

}  // namespace binade::sim
