// SPDX-License-Identifier: Apache-2.0
// Additions of floats at which adders go wrong, and what kind of addition a step is. A step adds a term (the product, exact under
// `fp32`, rounded under `serial`) to the running sum, and rounds to the sum's format of P significant bits.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "models/numerics/accumulator.h"
#include "sim/verify/codes.h"

namespace binade::verify {

/// Elements of these formats add floats.
bool adds_floats(const numerics::OperandFormats& formats, const numerics::AccumulateSpec& accumulate);

/// Of a float: scales of the largest value and of the smallest normal one, and the weight of the lowest bit of all values, as an
/// exponent.
int max_scale_of(const numerics::FormatSpec& format);
int min_scale_of(const numerics::FormatSpec& format);
int lsb_of(const numerics::FormatSpec& format);

enum class FloatStep : std::uint8_t {
  Tie,            ///< the exact result lies half way between two values of the sum's format
  SumSticky,      ///< bits of the smaller sum below an eighth of the result's last place alone decide the rounding
  ProductSticky,  ///< the same of a smaller term
  Cancels,        ///< the result is less than a quarter of the larger part
  ToZero,         ///< term and sum are opposite
  FarSum,         ///< the sum ends below a quarter of the term's last place
  FarProduct,     ///< the same of the term
  Subnormal,      ///< the result is subnormal
  SpecialSum      ///< the running sum was Inf or NaN before
};
/// Some of them: 1 << kind each.
using FloatStepSet = unsigned;
inline constexpr std::array<std::string_view, 9> kFloatStepNames{
    "tie",           "sticky of the sum", "sticky of the product", "cancellation", "sum to zero",
    "sum far below", "product far below", "subnormal result",      "special sum"};

class FloatSteps {
 public:
  FloatSteps(const numerics::OperandFormats& formats, const numerics::AccumulateSpec& accumulate);

  struct Operands {
    numerics::Code a = 0, b = 0;
  };
  /// Operands whose product is a tie of the sum's format or next to one, is short, or lies at an end of the sum's range; or any.
  Operands draw_operands(Draw& draw, CodeSource& a_codes, CodeSource& b_codes) const;
  /// A running sum, canonical, for a term a b: what cancels it, makes the exact result a tie or lies next to such a sum, differs
  /// from it in size by about P, by less than its last place or by any distance, or lies at an end of the range. None where the
  /// term is no finite number other than zero.
  std::optional<numerics::Code> draw_sum(Draw& draw, numerics::Code a, numerics::Code b, numerics::Rounding rounding) const;

  /// The sum that holds a value, or one of its neighbours.
  numerics::Code near_sum(Draw& draw, const numerics::Unpacked& value) const;

  bool is_special(numerics::Code sum) const;
  /// The kinds that this step is of.
  FloatStepSet kinds_of(numerics::Code sum, numerics::Code a, numerics::Code b, numerics::Rounding rounding) const;
  /// Kinds that are surely possible: where the exponents are few, far apart and sticky are not counted on.
  bool has(FloatStep kind) const;

 private:
  numerics::Unpacked term_of(numerics::Code a, numerics::Code b, numerics::Rounding rounding) const;
  std::optional<Operands> draw_product(Draw& draw, std::uint64_t a, std::uint64_t b, int lsb) const;
  std::optional<std::array<std::uint64_t, 2>> draw_tie_factors(Draw& draw) const;
  std::optional<std::array<std::uint64_t, 2>> draw_factors_beside_tie(Draw& draw) const;
  numerics::Unpacked draw_value(Draw& draw, int scale) const;
  numerics::Unpacked draw_tie_sum(Draw& draw, const numerics::Unpacked& term) const;
  numerics::Code draw_end(Draw& draw) const;
  numerics::Code finite_code(const numerics::Unpacked& value) const;
  /// `code`, moved by some places in the order of magnitudes; the same where that leaves the finite values.
  numerics::Code moved(numerics::Code code, int places) const;

  numerics::OperandFormats formats_;
  numerics::FormatSpec sum_;
  bool fp32_;
  int a_bits_, b_bits_, sum_bits_;  ///< significant bits
  int max_scale_, min_scale_;       ///< of the sum's normal values
};

}  // namespace binade::verify
