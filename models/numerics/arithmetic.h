// SPDX-License-Identifier: Apache-2.0
// Exact arithmetic on Unpacked: the result carries a sticky bit, so one encode() afterwards is the one rounding.
// NaN (NaR) propagates; Inf follows IEEE 754. Which exceptional results a format keeps is encode()'s business.
// Operands carry no sticky bit (they are decoded codes or exact products). A product of significands of up to 32 significant
// bits, every format's, is exact, which is what makes fma() and add(s, mul(a, b)) singly rounded.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "models/numerics/rounding.h"
#include "models/numerics/unpacked.h"

namespace binade::numerics {

Unpacked negate(Unpacked a);
Unpacked add(const Unpacked& a, const Unpacked& b);  ///< x + (-x) is +0 (IEEE 754 RNE/RTZ rule; both -0: -0)
Unpacked sub(const Unpacked& a, const Unpacked& b);
Unpacked mul(const Unpacked& a, const Unpacked& b);
Unpacked div(const Unpacked& a, const Unpacked& b);  ///< finite/0: Inf with the quotient's sign; 0/0: Nan
Unpacked fma(const Unpacked& a, const Unpacked& b, const Unpacked& c);
Unpacked sqrt(const Unpacked& a);
/// -1, 0, 1 for finite and infinite operands (zeros equal); neither may be Nan.
int compare(const Unpacked& a, const Unpacked& b);

/// What can be asked for by a word: `function` reads as many operands as there are.
struct ArithmeticRow {
  std::string_view word;
  std::size_t operands = 0;
  Unpacked (*function)(std::span<const Unpacked> operands) = nullptr;
  bool sums = false;     ///< its first and its last operand are factors of the two terms of a sum
  bool divides = false;  ///< by the second
};
inline constexpr std::size_t kMostOperands = 3;
/// add sub mul div fma sqrt convert.
std::span<const ArithmeticRow> arithmetic_rows();
/// The row of a word; null where there is none.
const ArithmeticRow* find_arithmetic(std::string_view word);
/// The row's function as it is before that rounding: under `rdn` a sum that is exactly zero is -0, unless both terms are +0 (IEEE
/// 754-2019, 6.3).
Unpacked evaluate(const ArithmeticRow& row, std::span<const Unpacked> operands, Rounding rounding);

}  // namespace binade::numerics
