// SPDX-License-Identifier: Apache-2.0
// Compares a module's outputs with the expected ones, pin by pin, and keeps what led to the first differences.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/verify/pins.h"

namespace binade::verify {

/// One difference; that of the first block with every input row of its block up to it.
struct Mismatch {
  std::uint64_t block = 0;
  std::uint64_t clock = 0;  ///< within the block, from 0
  std::string pin;          ///< or "assertion"
  std::string expected, got;
  std::string operands;  ///< described() of the inputs that it is the result of; of "assertion" none
  std::string exact;     ///< Unit::explain of these inputs
  std::string remark;    ///< "no result for 1000 clocks (time-out)"; empty: nothing more to say
  std::vector<Row> history;
};

/// "0x1f" of a pin's words.
std::string hex(const Pin& pin, const std::uint64_t* words);

/// The first pin, of those sampled before the edge or after it, that differs where `care` has ones.
std::optional<std::size_t> first_difference(const Pins& pins, bool combinational, const Row& expected, const Row& got,
                                            const Row& care);

}  // namespace binade::verify
