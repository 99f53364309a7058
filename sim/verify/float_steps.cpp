// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/float_steps.h"

#include <algorithm>
#include <bit>

#include "models/numerics/arithmetic.h"
#include "sim/verify/pins.h"

namespace binade::verify {

using numerics::Accumulate;
using numerics::AccumulateSpec;
using numerics::Code;
using numerics::Family;
using numerics::FormatSpec;
using numerics::kBinary32;
using numerics::NumberClass;
using numerics::OperandFormats;
using numerics::Rounding;
using numerics::Specials;
using numerics::Unpacked;

namespace {

/// Weight of a value's lowest bit that is set.
int lowest_bit(const Unpacked& value) { return value.scale - 63 + std::countr_zero(value.significand); }

/// An odd number of `bits` bits.
std::uint64_t draw_odd(Draw& draw, int bits) { return (std::uint64_t{1} << (bits - 1) | (draw.bits() & low_bits(bits - 1))) | 1; }

int below(Draw& draw, int limit) { return static_cast<int>(draw.below(static_cast<std::uint64_t>(limit))); }

/// Without the bits below 2^exponent.
Unpacked truncated(Unpacked value, int exponent) {
  const int cut = exponent - (value.scale - 63);
  if (cut <= 0) return value;
  if (cut > 63) return {};
  value.significand &= ~low_bits(cut);
  return value;
}

}  // namespace

int max_scale_of(const FormatSpec& format) {
  const int top = (1 << format.exponent_bits) - 1 - format.bias();
  return format.family == Family::IeeeFloat && format.specials == Specials::InfNan ? top - 1 : top;
}
int min_scale_of(const FormatSpec& format) { return 1 - format.bias(); }
int lsb_of(const FormatSpec& format) { return min_scale_of(format) - format.fraction_bits; }

bool adds_floats(const OperandFormats& formats, const AccumulateSpec& accumulate) {
  const bool is_float = formats.a.family == Family::IeeeFloat || formats.a.family == Family::HillFloat;
  return is_float && (accumulate.policy == Accumulate::Serial || accumulate.policy == Accumulate::Fp32);
}

FloatSteps::FloatSteps(const OperandFormats& formats, const AccumulateSpec& accumulate)
    : formats_(formats),
      sum_(accumulate.policy == Accumulate::Fp32 ? kBinary32 : formats.out),
      fp32_(accumulate.policy == Accumulate::Fp32),
      a_bits_(formats.a.fraction_bits + 1),
      b_bits_(formats.b.fraction_bits + 1),
      sum_bits_(sum_.fraction_bits + 1),
      max_scale_(max_scale_of(sum_)),
      min_scale_(min_scale_of(sum_)) {}

bool FloatSteps::is_special(Code sum) const {
  const Unpacked value = numerics::decode(sum_, sum);
  return !value.is_zero() && !value.is_finite();
}

Unpacked FloatSteps::term_of(Code a, Code b, Rounding rounding) const {
  const Unpacked product = numerics::mul(numerics::decode(formats_.a, a), numerics::decode(formats_.b, b));
  if (fp32_) return product;
  numerics::Events ignored;
  return numerics::decode(sum_, numerics::encode(sum_, product, {rounding, 0, 0, false}, ignored));
}

Code FloatSteps::finite_code(const Unpacked& value) const {
  // Toward zero nothing becomes infinite, and what is a value of the format stays one.
  numerics::Events ignored;
  return numerics::encode(sum_, value, {Rounding::Rtz, 0, 0, false}, ignored);
}

Code FloatSteps::moved(Code code, int places) const {
  const auto magnitude = static_cast<std::int64_t>(code & low_bits(sum_.bits - 1)) + places;
  if (magnitude < 0 || magnitude > static_cast<std::int64_t>(low_bits(sum_.bits - 1))) return code;
  const Code sign = code & Code{1} << (sum_.bits - 1);
  const Code next = sign | static_cast<Code>(magnitude);
  if (is_special(next)) return code;
  return finite_code(numerics::decode(sum_, next));  // canonical
}

std::optional<std::array<std::uint64_t, 2>> FloatSteps::draw_tie_factors(Draw& draw) const {
  // An odd product of P + 1 bits.
  constexpr int kTries = 8;
  for (int left = kTries; left != 0; --left) {
    const int a_bits = 1 + below(draw, a_bits_), b_bits = sum_bits_ + 2 - a_bits - below(draw, 2);
    if (b_bits < 1 || b_bits > b_bits_) continue;
    const std::uint64_t a = draw_odd(draw, a_bits), b = draw_odd(draw, b_bits);
    if (std::bit_width(a * b) == static_cast<unsigned>(sum_bits_ + 1)) return std::array{a, b};
  }
  return std::nullopt;
}

std::optional<std::array<std::uint64_t, 2>> FloatSteps::draw_factors_beside_tie(Draw& draw) const {
  // A product of P + d bits whose lowest d are 10..01 or 01..11: b is their quotient by an odd a modulo 2^d.
  constexpr int kTries = 8;
  for (int left = kTries; left != 0; --left) {
    const int dropped = a_bits_ + b_bits_ - sum_bits_ - below(draw, 2);
    if (dropped < 3 || dropped > b_bits_) continue;
    const std::uint64_t a = draw_odd(draw, a_bits_);
    std::uint64_t inverse = a;  // right in its lowest 3 bits; each step doubles them (Newton)
    for (int right = 3; right < 64; right *= 2) inverse *= 2 - a * inverse;
    const std::uint64_t wanted = (std::uint64_t{1} << (dropped - 1)) + (draw.one_in(2) ? 1 : ~std::uint64_t{0});
    std::uint64_t b = wanted * inverse & low_bits(dropped);
    if (dropped < b_bits_) b |= std::uint64_t{1} << (b_bits_ - 1) | (draw.bits() & low_bits(b_bits_) & ~low_bits(dropped));
    if (std::bit_width(a * b) == static_cast<unsigned>(sum_bits_ + dropped)) return std::array{a, b};
  }
  return std::nullopt;
}

std::optional<FloatSteps::Operands> FloatSteps::draw_product(Draw& draw, std::uint64_t a, std::uint64_t b, int lsb) const {
  // a 2^x and b 2^(lsb - x), each a value of its format.
  const auto highest = [&](const FormatSpec& format, std::uint64_t factor) {
    return max_scale_of(format) - static_cast<int>(std::bit_width(factor)) + 1;
  };
  const int least = std::max(lsb_of(formats_.a), lsb - highest(formats_.b, b)),
            most = std::min(highest(formats_.a, a), lsb - lsb_of(formats_.b));
  if (least > most) return std::nullopt;
  const int x = least + below(draw, most - least + 1);
  const auto code = [&](const FormatSpec& format, std::uint64_t factor, int exponent) {
    Unpacked value = numerics::from_integer(static_cast<std::int64_t>(factor), exponent);
    value.negative = draw.one_in(2);
    numerics::Events ignored;
    return numerics::encode(format, value, {Rounding::Rtz, 0, 0, false}, ignored);
  };
  const Code first = code(formats_.a, a, x);
  return Operands{first, code(formats_.b, b, lsb - x)};
}

FloatSteps::Operands FloatSteps::draw_operands(Draw& draw, CodeSource& a_codes, CodeSource& b_codes) const {
  std::optional<std::array<std::uint64_t, 2>> factors;
  switch (draw.below(8)) {
    case 0:
      factors = draw_tie_factors(draw);
      break;
    case 1:
      factors = draw_factors_beside_tie(draw);
      break;
    case 2:
    case 3:
      factors = {draw_odd(draw, 1 + below(draw, std::min(a_bits_, 4))), draw_odd(draw, 1 + below(draw, b_bits_))};
      break;
    default:
      break;
  }
  if (factors) {
    const auto [a, b] = *factors;
    const int bits = static_cast<int>(std::bit_width(a * b));
    const int sum_lsb = min_scale_ - sum_.fraction_bits;
    // Where the product's lowest bit lies: mostly anywhere in the middle of the range, else about the sum's last place of all, or
    // such that the product reaches the largest sum.
    constexpr int kAround = 6, kMiddle = 80;
    int lsb = below(draw, kMiddle) - kMiddle / 2 - bits;
    if (draw.one_in(4))
      lsb = draw.one_in(2) ? sum_lsb + below(draw, kAround) - kAround / 2 - 1 : max_scale_ - bits + below(draw, kAround) - 3;
    const int lowest = lsb_of(formats_.a) + lsb_of(formats_.b), highest = max_scale_of(formats_.a) + max_scale_of(formats_.b);
    if (std::max(formats_.a.exponent_bits, formats_.b.exponent_bits) < kBinary32.exponent_bits && draw.one_in(2))
      lsb = lowest + below(draw, highest - lowest + 1);
    if (const auto operands = draw_product(draw, a, b, lsb)) return *operands;
  }
  const Code a = a_codes.draw(draw);
  return {a, b_codes.draw(draw)};
}

Unpacked FloatSteps::draw_value(Draw& draw, int scale) const {
  std::uint64_t fraction = draw.bits() & low_bits(sum_.fraction_bits);
  switch (draw.below(4)) {
    case 0:
      fraction = 0;
      break;
    case 1:
      fraction = draw.one_in(2) ? low_bits(sum_.fraction_bits) : 1;
      break;
    default:
      break;
  }
  Unpacked value = numerics::from_integer(static_cast<std::int64_t>(std::uint64_t{1} << sum_.fraction_bits | fraction),
                                          scale - sum_.fraction_bits);
  value.negative = draw.one_in(2);
  return value;
}

Unpacked FloatSteps::draw_tie_sum(Draw& draw, const Unpacked& term) const {
  // The term's lowest bit is half a place of a larger sum.
  if (draw.one_in(2)) return draw_value(draw, lowest_bit(term) + sum_bits_);
  // What the term lacks to a tie of its own places, and some places more.
  const int cut = 64 - sum_bits_;
  const auto rest = static_cast<std::int64_t>(term.significand & low_bits(cut));
  const int most = cut > 58 ? 1 : 4;  // within 64 bits
  const std::int64_t places = draw.one_in(2) ? 0 : below(draw, 2 * most + 1) - most;
  const std::int64_t lacking = (std::int64_t{1} << (cut - 1)) - rest + places * (std::int64_t{1} << cut);
  Unpacked sum = numerics::from_integer(lacking, term.scale - 63);
  sum.negative = sum.negative != term.negative;
  return sum;
}

Code FloatSteps::draw_end(Draw& draw) const {
  constexpr int kNear = 3;
  const Code largest = finite_code({NumberClass::Finite, false, false, max_scale_ + 1, std::uint64_t{1} << 63});
  const Code normal = Code{1} << sum_.fraction_bits;
  const auto near = static_cast<Code>(draw.below(kNear));
  Code code = 0;
  switch (draw.below(4)) {
    case 0:
      code = largest - near;
      break;
    case 1:
      code = near;
      break;
    case 2:
      code = normal + near - 1;
      break;
    default:
      code = static_cast<Code>(draw.bits()) & (2 * normal - 1);
      break;
  }
  if (draw.one_in(2)) code |= Code{1} << (sum_.bits - 1);
  return finite_code(numerics::decode(sum_, code));
}

std::optional<Code> FloatSteps::draw_sum(Draw& draw, Code a, Code b, Rounding rounding) const {
  const Unpacked term = term_of(a, b, rounding);
  if (!term.is_finite()) return std::nullopt;
  constexpr int kNear = 7;
  switch (draw.below(8)) {
    case 0:
      return moved(finite_code(numerics::negate(term)), below(draw, kNear) - kNear / 2);
    case 1:
      return finite_code(draw_tie_sum(draw, term));
    case 2:
      return moved(finite_code(draw_tie_sum(draw, term)), draw.one_in(2) ? 1 : -1);
    case 3:  // below the term's last place, or about it
      return finite_code(draw_value(draw, term.scale - sum_bits_ + 1 - below(draw, kNear)));
    case 4:  // so far above that the term is below its last place, or about it
      return finite_code(draw_value(draw, term.scale + sum_bits_ - 2 + below(draw, kNear)));
    case 5:
      return finite_code(draw_value(draw, min_scale_ + below(draw, max_scale_ - min_scale_ + 1)));
    case 6:  // within the term's own bits and a little beyond
      return finite_code(draw_value(draw, term.scale + below(draw, 2 * sum_bits_ + kNear) - sum_bits_ - kNear / 2));
    default:
      return draw_end(draw);
  }
}

Code FloatSteps::near_sum(Draw& draw, const Unpacked& value) const {
  return moved(finite_code(value), draw.one_in(2) ? 0 : draw.one_in(2) ? 1 : -1);
}

FloatStepSet FloatSteps::kinds_of(Code sum, Code a, Code b, Rounding rounding) const {
  FloatStepSet kinds = 0;
  const auto add_kind = [&](FloatStep kind) { kinds |= 1U << static_cast<unsigned>(kind); };
  const Unpacked before = numerics::decode(sum_, sum), term = term_of(a, b, rounding);
  if (!before.is_zero() && !before.is_finite()) add_kind(FloatStep::SpecialSum);
  const auto number = [](const Unpacked& value) { return value.is_zero() || value.is_finite(); };
  if (!number(before) || !number(term)) return kinds;
  const Unpacked exact = numerics::add(before, term);
  const bool both = before.is_finite() && term.is_finite();
  if (exact.is_zero()) {
    if (both) add_kind(FloatStep::ToZero);
    return kinds;
  }
  const bool ieee = sum_.family == Family::IeeeFloat;
  if (ieee && exact.scale < min_scale_) add_kind(FloatStep::Subnormal);
  if (!both) return kinds;
  if (exact.scale < std::max(before.scale, term.scale) - 1) add_kind(FloatStep::Cancels);
  if (before.scale < term.scale - sum_bits_ - 1) add_kind(FloatStep::FarSum);
  if (term.scale < before.scale - sum_bits_ - 1) add_kind(FloatStep::FarProduct);
  // The last place of the result, and what lies below it.
  const int last = (ieee ? std::max(exact.scale, min_scale_) : exact.scale) - sum_.fraction_bits;
  if (!exact.sticky && lowest_bit(exact) == last - 1) add_kind(FloatStep::Tie);
  constexpr int kEighth = 3;
  const bool smaller_sum = numerics::compare({NumberClass::Finite, false, false, before.scale, before.significand},
                                             {NumberClass::Finite, false, false, term.scale, term.significand}) < 0;
  const Unpacked& smaller = smaller_sum ? before : term;
  if (lowest_bit(smaller) >= last - kEighth) return kinds;
  const Unpacked without = numerics::add(smaller_sum ? term : before, truncated(smaller, last - kEighth));
  const Rounding mode = fp32_ ? Rounding::Rne : rounding;
  const auto rounded = [&](const Unpacked& value) {
    numerics::Events ignored;
    return numerics::encode(sum_, value, {mode, 0, 0, false}, ignored);
  };
  if (rounded(without) != rounded(exact)) add_kind(smaller_sum ? FloatStep::SumSticky : FloatStep::ProductSticky);
  return kinds;
}

bool FloatSteps::has(FloatStep kind) const {
  const bool wide = max_scale_ - min_scale_ >= sum_bits_ + 4;
  switch (kind) {
    case FloatStep::Tie:
    case FloatStep::ToZero:
      return true;
    case FloatStep::Cancels:
      return sum_bits_ >= 3;
    case FloatStep::SumSticky:
    case FloatStep::ProductSticky:
    case FloatStep::FarSum:
    case FloatStep::FarProduct:
      return wide;
    case FloatStep::Subnormal:
      return sum_.family == Family::IeeeFloat;
    case FloatStep::SpecialSum:
      return fp32_ ? has_class(formats_.a, CodeClass::Special) || has_class(formats_.b, CodeClass::Special)
                   : has_class(sum_, CodeClass::Special);
  }
  return false;
}

}  // namespace binade::verify
