// SPDX-License-Identifier: Apache-2.0
#include "models/operations/forms.h"

#include <bit>

#include "models/numerics/codec.h"

namespace binade::operations {

using numerics::Code;

Walk matrix_walk(std::int64_t row_step, std::int64_t column_step) {
  Walk walk;
  walk.x0.plane = row_step;
  walk.k0.plane = column_step;
  return walk;
}

Code lowest_code(const numerics::FormatSpec& format) {
  if (format.shared_exponent()) return code_of_mantissa(format, format.min_mantissa());
  numerics::Unpacked infinite{.number_class = numerics::NumberClass::Inf, .negative = true};
  const bool has_infinity = format.family == numerics::Family::IeeeFloat && format.specials == numerics::Specials::InfNan;
  if (!has_infinity) infinite = numerics::from_double(-0x1p1000);  // rounded toward zero to the largest magnitude
  numerics::Events ignored;
  return encode(format, infinite, {.rounding = numerics::Rounding::Rtz, .saturate_specials = !has_infinity}, ignored);
}

Code fill_code(const numerics::FormatSpec& format, Fill fill) { return fill == Fill::Lowest ? lowest_code(format) : Code{0}; }

int Magnitude::bits() const { return static_cast<int>(std::bit_width(max_abs)) + exponent; }

spec::Vector with_exponents(const VectorForm& form, const Magnitudes& operands, int output_exponent) {
  spec::Vector record = form.record;
  record.x_exponent = operands.of(form.x.at).exponent;
  if (form.y) record.y_exponent = operands.of(*form.y).exponent;
  if (form.s) record.y_exponent = operands.of(*form.s).exponent;
  if (form.t) record.t_exponent = operands.of(*form.t).exponent;
  record.o_exponent = output_exponent;
  return record;
}

int product_exponent(const GemmForm& form, const Magnitudes& operands) {
  const GemmPart& part = form.parts.front();
  return operands.of(part.a.at).exponent + operands.of(part.b.at).exponent + form.scale_exponent;
}

}  // namespace binade::operations
