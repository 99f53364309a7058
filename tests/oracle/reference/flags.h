// SPDX-License-Identifier: Apache-2.0
// The exceptions of IEEE 754-2019, section 7, of one operation, from exact rationals.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/oracle/reference/codec.h"

namespace binade::oracle {

enum class Tiny { Before, After };

/// Exceptions as a number: NV 16, DZ 8, OF 4, UF 2, NX 1.
using FlagBits = unsigned;

/// `exact` is the result of the operation on `operands` of `from`, codes `codes`; `divides` by the second; `product_first`: of an
/// fma.
struct Signal {
  std::vector<Value> operands;
  std::vector<Code> codes;
  Value exact;
  bool divides = false, product_first = false;
};
FlagBits flags(const Format& from, const Signal& signal, const Format& to, Mode mode, int exponent, std::uint32_t random,
               Tiny tiny);

bool signalling(const Format& format, Code code);

}  // namespace binade::oracle
