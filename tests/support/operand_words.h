// SPDX-License-Identifier: Apache-2.0
// Operand formats of a test's parameter: `A:B:OUT`, or one word for all three.
#pragma once

#include <string>

#include "models/numerics/operand_formats.h"

namespace binade::test {

inline numerics::OperandFormats operand_formats(const std::string& words) {
  const std::size_t first = words.find(':'), second = words.find(':', first + 1);
  if (first == std::string::npos) return numerics::parse_format(words);
  return {numerics::parse_format(words.substr(0, first)), numerics::parse_format(words.substr(first + 1, second - first - 1)),
          numerics::parse_format(words.substr(second + 1))};
}

}  // namespace binade::test
