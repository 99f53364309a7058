// SPDX-License-Identifier: Apache-2.0
// What sums over operands are expected to be where there are no operands, or where those of the run are not to count.
#pragma once

#include "models/cost/operand_energy.h"
#include "models/datapath/core_config.h"

namespace binade::cost {

/// What expected_operands() supposes, in words.
inline constexpr const char* kExpectedOperands = "expected as of neural networks, max(0, Gaussian) times Gaussian";

/// Expected sums over `macs` multiply-accumulates of the configuration's mode 0: the means of mean_sums() for neural networks. ws:
/// `b_codes` of B enter an element, each from 0, so that as many of its bits change as are set; then it stays.
OperandMatrix expected_operands(const datapath::CoreConfig& config, double macs, double b_codes);

}  // namespace binade::cost
