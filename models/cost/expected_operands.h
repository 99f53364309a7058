// SPDX-License-Identifier: Apache-2.0
// What sums over operands are expected to be where there are no operands.
#pragma once

#include "models/cost/operand_energy.h"
#include "models/datapath/core_config.h"

namespace binade::cost {

/// What uniform_operands() supposes, in words.
inline constexpr const char* kUniformOperands = "expected of uniform codes, each as likely as any other";

/// Expected sums over `macs` multiply-accumulates of the configuration's mode 0 whose codes of A and of B are independent and
/// uniform: of n bits half change, half are set, and one code in 2^n is zero. ws: `b_codes` of B enter an element, and with each
/// half of its bits change; then B stays.
OperandMatrix uniform_operands(const datapath::CoreConfig& config, double macs, double b_codes);

}  // namespace binade::cost
