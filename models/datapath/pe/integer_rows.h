// SPDX-License-Identifier: Apache-2.0
// Multiply-accumulate of the integer PEs of whole array rows, in the vectors of the best instruction set; dispatched at run time.
#pragma once

#include <cstdint>
#include <span>

#include "models/datapath/pe/lane.h"

namespace binade::datapath {

/// Every lane of every row, whatever its mask. No overflow is possible by the caller's bound.
void multiply_accumulate(std::int64_t* sums, std::span<const MacRow<std::int32_t>> rows);

}  // namespace binade::datapath
