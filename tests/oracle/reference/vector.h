// SPDX-License-Identifier: Apache-2.0
// The operations of the vector unit (docs/platform.md) on exact values: one output of one operation.
//
// What is defined exactly is a rational. What is defined as an evaluation in binary64 lies between two rationals: the exact
// function's value, in 256 bits, and around it what the roundings of that evaluation can do (derived beside each).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/oracle/reference/codec.h"

namespace binade::oracle {

struct VectorInput {
  std::vector<Value> x;  ///< its element, its window, or its row
  std::size_t at = 0;    ///< in its row
  Value y = number(0);   ///< the second operand, or the scale
  Value t = number(0);   ///< the shift
  double alpha = 0, beta = 0, epsilon = 0;
  std::int64_t divisor = 1;
};

/// Both equal where the operation is exact, and for results that are no numbers.
struct Between {
  Value low, high;
};

/// `operation` as isa.def spells it. Throws std::invalid_argument on one that has no reference here.
Between vector_result(const std::string& operation, const VectorInput& input);

/// Negative results and -0 become +0.
Between relu(Between result);

/// The integer nearest to value 2^-exponent, ties to even, within +-(2^(8 bytes - 1) - 1); NaN is 0.
std::int64_t raw_integer(const Value& value, int bytes, int exponent, Events& events);

}  // namespace binade::oracle
