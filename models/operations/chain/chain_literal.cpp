// SPDX-License-Identifier: Apache-2.0
#include "models/operations/chain/chain_literal.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "models/numerics/arithmetic.h"
#include "models/numerics/codec.h"
#include "models/numerics/error.h"
#include "models/numerics/round_magnitude.h"

namespace binade::operations {

using numerics::Code;
using numerics::Unpacked;

namespace {

Unpacked nan() { return {.number_class = numerics::NumberClass::Nan}; }

/// The larger of a and b by `sign` = 1, the smaller by -1.
Unpacked extreme(const Unpacked& a, const Unpacked& b, int sign) {
  if (a.is_nan() || b.is_nan()) return nan();
  return sign * numerics::compare(b, a) > 0 ? b : a;
}

/// (a + b) * c. A sum of more than 64 bits is not multiplied: its products add up instead, exactly.
Unpacked exact_fam(const Unpacked& a, const Unpacked& b, const Unpacked& c) {
  const Unpacked sum = numerics::add(a, b);
  if (!sum.sticky || !c.is_finite()) return numerics::mul(sum, c);
  return numerics::add(numerics::mul(a, c), numerics::mul(b, c));
}

/// |value| in units of 2^lsb, cut, with what is below in the last bit. Precondition: value.scale - lsb < 63.
std::int64_t jammed(const Unpacked& value, int lsb) {
  if (value.is_zero()) return 0;
  const numerics::Cut cut = numerics::cut_at(value, lsb);
  const auto magnitude = static_cast<std::int64_t>(cut.kept | (cut.exact() ? 0 : 1));
  return value.negative ? -magnitude : magnitude;
}

}  // namespace

double binary64_value(Primitive what, double a, double b) {
  switch (what) {
    case Primitive::Exp:
      return std::exp(a);
    case Primitive::Log:
      return std::log(a);
    case Primitive::Tanh:
      return std::tanh(a);
    case Primitive::Sigmoid:
      return 1.0 / (1.0 + std::exp(-a));
    case Primitive::Erf:
      return std::erf(a);
    case Primitive::Rsqrt:
      return 1.0 / std::sqrt(a);
    case Primitive::Gelu:
      return 0.5 * a * (1.0 + std::erf(a / std::numbers::sqrt2));
    case Primitive::SigmoidGradient:
      return a * (1.0 - a) * b;
    case Primitive::TanhGradient:
      return (1.0 - a * a) * b;
    case Primitive::GeluGradient: {
      const double cumulative = 0.5 * (1.0 + std::erf(a / std::numbers::sqrt2));
      const double density = std::exp(-0.5 * (a * a)) * (std::numbers::inv_sqrtpi / std::numbers::sqrt2);
      return (cumulative + a * density) * b;
    }
    default:
      throw InvariantError("chain: '" + std::string(primitive_row(what).word) + "' is not defined in binary64");
  }
}

Unpacked posit_fam(const Unpacked& a, const Unpacked& b, const Unpacked& c, const numerics::FormatSpec& to) {
  if (!a.is_finite() || !b.is_finite()) return numerics::mul(numerics::add(a, b), c);  // a zero addend leaves nothing to align
  const int fraction_bits = std::max(to.bits - 3 - to.exponent_bits, 0);
  const int lsb = std::max(a.scale, b.scale) - fraction_bits - 3;
  return numerics::mul(numerics::from_integer(jammed(a, lsb) + jammed(b, lsb), lsb), c);
}

Unpacked primitive_result(Primitive what, const Unpacked& a, const Unpacked& b, const Unpacked& c, const Unpacked& d,
                          const numerics::FormatSpec& to) {
  switch (what) {
    case Primitive::Convert:
      return a;
    case Primitive::Add:
      return numerics::add(a, b);
    case Primitive::Sub:
      return numerics::sub(a, b);
    case Primitive::Mul:
      return numerics::mul(a, b);
    case Primitive::Div:
      return numerics::div(a, b);
    case Primitive::Fma:
      return numerics::fma(a, b, c);
    case Primitive::Fmma:
      return numerics::add(numerics::mul(a, b), numerics::mul(c, d));
    case Primitive::Fam:
      if (to.family == numerics::Family::Posit) return posit_fam(a, b, c, to);
      return exact_fam(a, b, c);
    case Primitive::Negate:
      return numerics::negate(a);
    case Primitive::Abs:
      return a.negative ? numerics::negate(a) : a;
    case Primitive::Max:
      return extreme(a, b, 1);
    case Primitive::Min:
      return extreme(a, b, -1);
    case Primitive::IfPositive:
      return !a.is_nan() && numerics::compare(a, Unpacked{}) > 0 ? b : c;
    case Primitive::IfEqual:
      return !a.is_nan() && !b.is_nan() && numerics::compare(a, b) == 0 ? c : Unpacked{};
    case Primitive::Sqrt:
      return numerics::sqrt(a);
    default:
      break;
  }
  const Unpacked result = numerics::from_double(binary64_value(what, numerics::to_double(a), numerics::to_double(b)));
  // An exponential is never zero, and a posit has nothing smaller than minpos to say so.
  if (what == Primitive::Exp && result.is_zero() && to.family == numerics::Family::Posit) return numerics::decode(to, 1);
  return result;
}

std::vector<Unpacked> constant_values(const ChainForm& form) {
  std::vector<Unpacked> values;
  numerics::Events ignored;
  for (const ChainConstant& constant : form.constants) {
    const Code code =
        numerics::encode(constant.in.format, numerics::from_double(constant.value), {.rounding = constant.in.rounding}, ignored);
    values.push_back(numerics::decode(constant.in.format, code));
  }
  return values;
}

namespace {

Code code_at(std::span<const std::byte> bytes, std::int64_t element, int element_bytes) {
  Code code = 0;
  std::memcpy(&code, bytes.data() + element * element_bytes, static_cast<std::size_t>(element_bytes));
  return code;
}

/// The word of a result's element e, and what the exponent unit learns from it. `made`: events of the register's own rounding,
/// where it was one to this very format.
void put(ChainTarget& target, std::int64_t element, std::int64_t logical, const Unpacked& value, const numerics::Events* made) {
  const numerics::FormatSpec& format = target.format.format;
  numerics::Quantisation how{.rounding = target.format.rounding, .lsb_exponent = target.exponent};
  if (how.rounding == numerics::Rounding::Sr)
    how.random = numerics::random_bits(target.seed, target.tensor, static_cast<std::uint64_t>(logical));
  numerics::Events events;
  const Code code = numerics::encode(format, value, how, events);
  if (made != nullptr) events = *made;
  target.stats.events += events;
  if (format.shared_exponent()) {
    const std::int64_t mantissa = numerics::mantissa_of(format, code), magnitude = mantissa < 0 ? -mantissa : mantissa;
    target.stats.max_abs = std::max(target.stats.max_abs, static_cast<std::uint64_t>(magnitude));
    const bool flex = format.family == numerics::Family::Flex;
    if (flex ? magnitude >= format.max_mantissa() : events.saturation != 0) ++target.stats.mantissa_overflows;
  }
  const int size = format.storage_bytes();
  std::memcpy(target.bytes.data() + element * size, &code, static_cast<std::size_t>(size));
}

}  // namespace

void ChainArithmetic::run_literally(const ChainForm& form, std::span<const ChainSource> sources, std::span<ChainTarget> targets) {
  const std::vector<Unpacked> constants = constant_values(form);
  const auto first_step = static_cast<std::size_t>(form.step_register(0));
  std::vector<Unpacked> registers(static_cast<std::size_t>(form.registers()));
  std::vector<numerics::Events> events(form.steps.size());
  std::copy(constants.begin(), constants.end(), registers.begin() + static_cast<std::ptrdiff_t>(form.operands.size()));
  for (std::int64_t e = 0; e < form.outputs; ++e) {
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const ChainSource& source = sources[i];
      const Code code = code_at(source.bytes, operand_element(form.operands[i], e), source.format.storage_bytes());
      registers[i] = numerics::decode(source.format, code, source.exponent);
    }
    const auto at = [&](int index) -> const Unpacked& { return registers[static_cast<std::size_t>(index)]; };
    for (std::size_t i = 0; i < form.steps.size(); ++i) {
      const ChainStep& step = form.steps[i];
      events[i] = {};
      const Unpacked exact = primitive_result(step.what, at(step.a), at(step.b), at(step.c), at(step.d), step.to.format);
      const Code code = numerics::encode(step.to.format, exact, {.rounding = step.to.rounding}, events[i]);
      registers[first_step + i] = numerics::decode(step.to.format, code);
    }
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const auto from = static_cast<std::size_t>(form.results[i]);
      const bool own = from >= first_step && form.steps[from - first_step].to.format == targets[i].format.format;
      put(targets[i], form.out + e, form.first + e, registers[from], own ? &events[from - first_step] : nullptr);
    }
  }
}

}  // namespace binade::operations
