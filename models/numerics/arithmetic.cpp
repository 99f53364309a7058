// SPDX-License-Identifier: Apache-2.0
#include "models/numerics/arithmetic.h"

#include <algorithm>
#include <array>

#include "models/numerics/uint128.h"

namespace binade::numerics {
namespace {

Unpacked zero(bool negative) { return {NumberClass::Zero, negative, false, 0, 0}; }
Unpacked infinity(bool negative) { return {NumberClass::Inf, negative, false, 0, 0}; }
Unpacked nan() { return {NumberClass::Nan, false, false, 0, 0}; }

/// magnitude * 2^(scale - 127), magnitude non-zero, normalised into 64 bits and sticky.
Unpacked normalised(bool negative, int scale, Uint128 magnitude, bool sticky) {
  const int zeros = count_leading_zeros(magnitude);
  magnitude <<= zeros;
  return {NumberClass::Finite, negative, sticky || static_cast<std::uint64_t>(magnitude) != 0, scale - zeros,
          static_cast<std::uint64_t>(magnitude >> 64)};
}

/// -1, 0, 1 as |a| <, =, > |b|, both finite and non-zero.
int compare_magnitudes(const Unpacked& a, const Unpacked& b) {
  if (a.scale != b.scale) return a.scale < b.scale ? -1 : 1;
  if (a.significand != b.significand) return a.significand < b.significand ? -1 : 1;
  return static_cast<int>(a.sticky) - static_cast<int>(b.sticky);
}

}  // namespace

Unpacked negate(Unpacked a) {
  a.negative = a.number_class != NumberClass::Nan && !a.negative;
  return a;
}

Unpacked add(const Unpacked& a, const Unpacked& b) {
  if (a.is_nan() || b.is_nan()) return nan();
  if (a.number_class == NumberClass::Inf) return b.number_class == NumberClass::Inf && a.negative != b.negative ? nan() : a;
  if (b.number_class == NumberClass::Inf) return b;
  if (a.is_zero() && b.is_zero()) return zero(a.negative && b.negative);
  if (a.is_zero()) return b;
  if (b.is_zero()) return a;

  const int order = compare_magnitudes(a, b);
  if (order == 0 && a.negative != b.negative) return zero(false);
  const Unpacked& large = order >= 0 ? a : b;
  const Unpacked& small = order >= 0 ? b : a;
  // One bit of headroom above, 63 guard bits below: bits of `small` are lost only at distances > 63, where at most one
  // leading bit can cancel, so 64 bits and sticky remain exact.
  const int distance = large.scale - small.scale;
  const Uint128 large_bits = Uint128{large.significand} << 63;
  const Uint128 small_wide = Uint128{small.significand} << 63;
  const Uint128 small_bits = distance < 128 ? small_wide >> distance : 0;
  const bool lost = small.sticky || (distance < 128 ? (small_bits << distance) != small_wide : true);
  // A difference with a lost part of the subtrahend lies just below large - small: one unit less, and sticky.
  const Uint128 magnitude = a.negative == b.negative ? large_bits + small_bits : large_bits - small_bits - (lost ? 1 : 0);
  return normalised(large.negative, large.scale + 1, magnitude, lost || large.sticky);
}

Unpacked sub(const Unpacked& a, const Unpacked& b) { return add(a, negate(b)); }

Unpacked mul(const Unpacked& a, const Unpacked& b) {
  if (a.is_nan() || b.is_nan()) return nan();
  const bool negative = a.negative != b.negative;
  if (a.number_class == NumberClass::Inf || b.number_class == NumberClass::Inf)
    return a.is_zero() || b.is_zero() ? nan() : infinity(negative);
  if (a.is_zero() || b.is_zero()) return zero(negative);
  return normalised(negative, a.scale + b.scale + 1, Uint128{a.significand} * b.significand, a.sticky || b.sticky);
}

Unpacked div(const Unpacked& a, const Unpacked& b) {
  if (a.is_nan() || b.is_nan()) return nan();
  const bool negative = a.negative != b.negative;
  if (a.number_class == NumberClass::Inf) return b.number_class == NumberClass::Inf ? nan() : infinity(negative);
  if (b.number_class == NumberClass::Inf) return zero(negative);
  if (b.is_zero()) return a.is_zero() ? nan() : infinity(negative);
  if (a.is_zero()) return zero(negative);
  // The dividend is placed so that the quotient has exactly 64 bits.
  const bool less = a.significand < b.significand;
  const Uint128 dividend = Uint128{a.significand} << (less ? 64 : 63);
  const auto quotient = static_cast<std::uint64_t>(dividend / b.significand);
  const bool remainder = dividend % b.significand != 0;
  return {NumberClass::Finite, negative, remainder || a.sticky || b.sticky, a.scale - b.scale - (less ? 1 : 0), quotient};
}

Unpacked fma(const Unpacked& a, const Unpacked& b, const Unpacked& c) { return add(mul(a, b), c); }

Unpacked sqrt(const Unpacked& a) {
  if (a.is_nan()) return nan();
  if (a.is_zero()) return a;
  if (a.negative) return nan();
  if (a.number_class == NumberClass::Inf) return a;
  // root^2 = significand * 2^63 (even scale) or * 2^64 (odd), found bit by bit from the top.
  const bool odd = (a.scale & 1) != 0;
  const Uint128 radicand = Uint128{a.significand} << (odd ? 64 : 63);
  std::uint64_t root = 0;
  for (int bit = 63; bit >= 0; --bit) {
    const std::uint64_t trial = root | std::uint64_t{1} << bit;
    if (Uint128{trial} * trial <= radicand) root = trial;
  }
  return {NumberClass::Finite, false, Uint128{root} * root != radicand || a.sticky, (a.scale - (odd ? 1 : 0)) / 2, root};
}

int compare(const Unpacked& a, const Unpacked& b) {
  if (a.is_zero() && b.is_zero()) return 0;
  if (a.is_zero()) return b.negative ? 1 : -1;
  if (b.is_zero()) return a.negative ? -1 : 1;
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  const bool a_infinite = a.number_class == NumberClass::Inf;
  const bool b_infinite = b.number_class == NumberClass::Inf;
  const int magnitudes =
      a_infinite || b_infinite ? static_cast<int>(a_infinite) - static_cast<int>(b_infinite) : compare_magnitudes(a, b);
  return a.negative ? -magnitudes : magnitudes;
}

std::span<const ArithmeticRow> arithmetic_rows() {
  using Operands = std::span<const Unpacked>;
  static constexpr std::array<ArithmeticRow, 7> kRows{{
      {"add", 2, [](Operands x) { return add(x[0], x[1]); }, true},
      {"sub", 2, [](Operands x) { return sub(x[0], x[1]); }, true},
      {"mul", 2, [](Operands x) { return mul(x[0], x[1]); }},
      {"div", 2, [](Operands x) { return div(x[0], x[1]); }, false, true},
      {"fma", 3, [](Operands x) { return fma(x[0], x[1], x[2]); }, true},
      {"sqrt", 1, [](Operands x) { return sqrt(x[0]); }},
      {"convert", 1, [](Operands x) { return x[0]; }},
  }};
  return kRows;
}

Unpacked evaluate(const ArithmeticRow& row, std::span<const Unpacked> operands, Rounding rounding) {
  const Unpacked exact = row.function(operands);
  if (!row.sums || !exact.is_zero() || rounding != Rounding::Rdn) return exact;
  // The other way round: what is toward -infinity of a sum is toward +infinity of its negative.
  std::array<Unpacked, kMostOperands> negated;
  std::copy(operands.begin(), operands.end(), negated.begin());
  negated[0] = negate(negated[0]);
  negated[operands.size() - 1] = negate(negated[operands.size() - 1]);
  return negate(row.function(std::span(negated).first(operands.size())));
}

const ArithmeticRow* find_arithmetic(std::string_view word) {
  const auto rows = arithmetic_rows();
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const ArithmeticRow& row) { return row.word == word; });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace binade::numerics
