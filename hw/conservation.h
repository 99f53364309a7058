// SPDX-License-Identifier: Apache-2.0
// Every cycle and byte has a name: the rules of counters.def, checked after every run.
#pragma once

#include "hw/config.h"
#include "models/spec/counters.h"

namespace binade::hw {

/// Throws InvariantError naming the rule's module, the clock and the values where `run` (the counters of one or more complete
/// runs without a fault) breaks a rule.
void check_conservation(const PlatformConfig& config, const spec::Counters& run, std::uint64_t cycle);

}  // namespace binade::hw
