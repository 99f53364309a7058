// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/verify/lane_unit.h"
#include "sim/verify/operand_stream.h"

namespace binade::verify {

std::unique_ptr<Stimulus> make_lane_stimulus(const LaneShape& shape, const Block& block);
std::unique_ptr<Stimulus> make_lane_operand_stimulus(const LaneShape& shape, const OperandBlock& block);

}  // namespace binade::verify
