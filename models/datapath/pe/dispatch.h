// SPDX-License-Identifier: Apache-2.0
// The one place that chooses a PE family.
#pragma once

#include "models/datapath/core_config.h"

namespace binade::datapath {

enum class PeFamily : std::uint8_t { Integer, Blocked, Quire, Serial, IntegerSerial, PositSerial, Fp32, Chained, Literal };

PeFamily pe_family(const CoreConfig& config);

}  // namespace binade::datapath
