// SPDX-License-Identifier: Apache-2.0
// A combinational unit in a module that takes clocks: a fixed number of them, or as many as valid and ready say.
#pragma once

#include <memory>
#include <optional>

#include "sim/verify/unit.h"

namespace binade::verify {

struct Timing {
  std::optional<int> latency;  ///< rising edges from inputs to outputs; absent: valid_o says when
  int timeout = 1000;          ///< clocks that a module may take to accept an operand or to give a result
  bool stalls = true;          ///< false: nothing pauses, where no valid_i would say which clocks' operands count
};

/// `unit` with the pins rst_ni, valid_i, ready_i, valid_o and ready_o, all optional. Results come in the order of the operands.
/// Outputs are compared before each rising edge: those of operands that were set `latency` clocks earlier, or those of the oldest
/// operands that were taken (valid_i and ready_o) wherever valid_o is set. They stay until they are taken (valid_o and ready_i).
std::unique_ptr<Unit> make_timed_unit(std::unique_ptr<const Unit> unit, const Timing& timing);

}  // namespace binade::verify
