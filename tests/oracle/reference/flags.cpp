// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/reference/flags.h"

namespace binade::oracle {
namespace {

constexpr FlagBits kNv = 16, kDz = 8, kOf = 4, kUf = 2, kNx = 1;

bool is_float(const Format& format) { return format.kind == Kind::Hill || format.kind == Kind::Ieee; }

/// The magnitude rounded to 1 + M significant bits with room for any exponent.
mpq_class rounded_without_bounds(const Format& format, const Value& value, Mode mode, std::uint32_t random) {
  const long lsb = floor_log2(value.magnitude) - format.fraction_bits;
  const mpq_class units = scaled(value.magnitude, -lsb);
  const mpz_class whole = floor_of(units);
  const mpq_class rest = units - whole;
  const Place at{whole.get_si(), rest == 0, cmp(rest, mpq_class(1, 2)),
                 static_cast<std::uint32_t>(floor_of(scaled(rest, 32)).get_ui())};
  return scaled(mpq_class(whole + (rounds_up(mode, at, value.negative, random) ? 1 : 0)), lsb);
}

mpq_class largest(const Format& format, bool negative, int exponent) {
  if (format.integer()) {
    const std::int64_t limit = negative ? -format.smallest_integer() : format.largest_integer();
    return scaled(mpq_class(mpz_class(static_cast<long>(limit))), format.lsb(exponent));
  }
  const Code top = (Code{1} << (format.bits - 1)) - 1;
  if (format.kind != Kind::Ieee) return decode(format, top).magnitude;
  return decode(format, format.has_infinity ? top - (Code{1} << format.fraction_bits) : top - 1).magnitude;
}

FlagBits of_number(const Format& to, const Value& exact, Mode mode, int exponent, std::uint32_t random, Tiny tiny) {
  Events ignored;
  const Value got = decode(to, encode(to, exact, mode, exponent, random, ignored), exponent);
  const bool inexact = !got.is_number() || got.signed_value() != exact.signed_value();
  FlagBits flags = inexact ? kNx : 0;
  const mpq_class most = largest(to, exact.negative, exponent);
  mpq_class unbounded = exact.magnitude;
  if (is_float(to)) {
    unbounded = rounded_without_bounds(to, exact, mode, random);
    const mpq_class least = scaled(1, 1 - to.bias());
    if (inexact && (tiny == Tiny::Before ? exact.magnitude : unbounded) < least) flags |= kUf;
  } else if (to.integer() && exact.magnitude < most + scaled(1, to.lsb(exponent))) {
    const Place at = place(to, exact.magnitude, exponent);
    const std::int64_t units = at.index + (rounds_up(mode, at, exact.negative, random) ? 1 : 0);
    unbounded = scaled(mpq_class(mpz_class(static_cast<long>(units))), to.lsb(exponent));
    if (units == 0) flags |= kUf;
  } else if (exact.magnitude < decode(to, 1).magnitude) {
    flags |= kUf;
  }
  return unbounded > most ? flags | kOf : flags;
}

}  // namespace

bool signalling(const Format& format, Code code) {
  return format.kind == Kind::Ieee && format.has_infinity && decode(format, code).is_nan() &&
         (code & (Code{1} << (format.fraction_bits - 1))) == 0;
}

FlagBits flags(const Format& from, const Signal& signal, const Format& to, Mode mode, int exponent, std::uint32_t random,
               Tiny tiny) {
  FlagBits flags = 0;
  bool nan = false;
  for (std::size_t i = 0; i < signal.operands.size(); ++i) {
    nan = nan || signal.operands[i].is_nan();
    if (signalling(from, signal.codes[i])) flags |= kNv;
  }
  const Value& exact = signal.exact;
  const auto& x = signal.operands;
  if (signal.product_first && !x[0].is_nan() && !x[1].is_nan() && mul(x[0], x[1]).is_nan()) flags |= kNv;
  const bool by_zero = signal.divides && x[0].is_number() && !x[0].is_zero() && x[1].is_zero();
  if (by_zero) flags |= kDz;
  if (exact.is_nan()) {
    const bool lacks = to.integer() || to.kind == Kind::Hill;
    return !nan || lacks ? flags | kNv : flags;
  }
  if (exact.is_inf()) {
    const bool lacks = to.kind != Kind::Ieee || !to.has_infinity || to.saturates;
    return lacks && !by_zero ? flags | kNv : flags;
  }
  return exact.is_zero() ? flags : flags | of_number(to, exact, mode, exponent, random, tiny);
}

}  // namespace binade::oracle
