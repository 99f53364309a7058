// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/reference/codec.h"

namespace binade::oracle {
namespace {

constexpr mp_bitcnt_t kDiscardedBits = 32;

Value decode_posit(const Format& format, Code code) {
  const int n = format.bits;
  if (code == 0) return signed_zero(false);
  if (code == Code{1} << (n - 1)) return not_a_number();
  const bool negative = (code >> (n - 1) & 1) != 0;
  const Code body = negative ? (~code + 1) & format.code_count_minus_one() : code;
  int position = n - 2;  // next bit to read; bits beyond the end of the word are 0
  const auto next = [&] { return position >= 0 ? (body >> position-- & 1) : 0u; };
  const Code first = next();
  int run = 1;
  while (position >= 0 && (body >> position & 1) == first) {
    ++run;
    --position;
  }
  next();  // the regime's end
  const long k = first != 0 ? run - 1 : -run;
  long exponent = 0;
  for (int i = 0; i < format.exponent_bits; ++i) exponent = 2 * exponent + next();
  mpq_class significand = 1;
  for (long weight = -1; position >= 0; --weight) {
    if (next() != 0) significand += scaled(1, weight);
  }
  return {Value::Kind::Number, negative, scaled(significand, (k << format.exponent_bits) + exponent)};
}

Value decode_float(const Format& format, Code code) {
  const int m = format.fraction_bits;
  const bool negative = (code >> (format.bits - 1) & 1) != 0;
  const long exponent = code >> m & ((1u << format.exponent_bits) - 1);
  const Code fraction = code & ((Code{1} << m) - 1);
  const long top = (1L << format.exponent_bits) - 1;
  const mpq_class tail = scaled(mpq_class(fraction), -m);
  if (format.kind == Kind::Hill) {
    if (exponent == 0) return signed_zero(false);
    return {Value::Kind::Number, negative, scaled(1 + tail, exponent - format.bias())};
  }
  if (format.has_infinity && exponent == top) return fraction == 0 ? infinity(negative) : not_a_number();
  if (!format.has_infinity && exponent == top && fraction == (Code{1} << m) - 1) return not_a_number();
  if (exponent == 0) return {Value::Kind::Number, negative, scaled(tail, 1 - format.bias())};
  return {Value::Kind::Number, negative, scaled(1 + tail, exponent - format.bias())};
}

/// index = floor(q), the rest of the Place from the fraction.
Place place_on_line(const mpq_class& q) {
  const mpz_class floor = floor_of(q);
  const mpq_class rest = q - floor;
  return {floor.get_si(), rest == 0, cmp(rest, mpq_class(1, 2)) < 0 ? -1 : cmp(rest, mpq_class(1, 2)),
          static_cast<std::uint32_t>(floor_of(scaled(rest, kDiscardedBits)).get_ui())};
}

/// The string regime | exponent | fraction of a posit of unlimited length, cut after n - 1 bits.
Place place_posit(const Format& format, const mpq_class& magnitude) {
  const long scale = floor_log2(magnitude);
  const long useed_power = 1L << format.exponent_bits;
  long k = scale / useed_power;
  if (k * useed_power > scale) --k;
  const long exponent = scale - k * useed_power;
  mpz_class bits;
  long length = 0;
  if (k >= 0) {
    bits = ((mpz_class(1) << static_cast<mp_bitcnt_t>(k + 1)) - 1) << 1;  // k + 1 ones and a zero
    length = k + 2;
  } else {
    bits = 1;  // -k zeros and a one
    length = -k + 1;
  }
  bits = (bits << static_cast<mp_bitcnt_t>(format.exponent_bits)) + exponent;
  length += format.exponent_bits;
  const long fraction_length = format.bits + 40;
  const mpq_class fraction = scaled(scaled(magnitude, -scale) - 1, fraction_length);
  const mpz_class fraction_bits = floor_of(fraction);
  const bool sticky = fraction != fraction_bits;
  bits = (bits << static_cast<mp_bitcnt_t>(fraction_length)) + fraction_bits;
  length += fraction_length;
  const mp_bitcnt_t cut = static_cast<mp_bitcnt_t>(length - (format.bits - 1));
  const mpz_class index = bits >> cut;
  const mpz_class rest = bits - (index << cut);
  const mpz_class half = mpz_class(1) << (cut - 1);
  const int to_half = cmp(rest, half);
  return {index.get_si(), rest == 0 && !sticky, to_half != 0 ? (to_half < 0 ? -1 : 1) : (sticky ? 1 : 0),
          static_cast<std::uint32_t>(mpz_class(rest >> (cut - kDiscardedBits)).get_ui())};
}

Code with_sign(const Format& format, bool negative, std::int64_t index) {
  return static_cast<Code>(index) | (negative ? Code{1} << (format.bits - 1) : 0);
}

Code twos_complement(const Format& format, bool negative, std::int64_t magnitude) {
  return static_cast<Code>(negative ? -magnitude : magnitude) & format.code_count_minus_one();
}

Code encode_posit(const Format& format, const Value& value, Mode mode, std::uint32_t random, Events& events) {
  if (!value.is_number()) {
    ++events.nar;
    return nan_code(format);
  }
  if (value.is_zero()) return 0;
  const Code maxpos = (Code{1} << (format.bits - 1)) - 1;
  const mpq_class largest = decode_posit(format, maxpos).magnitude;
  const mpq_class smallest = decode_posit(format, 1).magnitude;
  std::int64_t index = 0;
  if (value.magnitude >= largest) {
    index = maxpos;
    events.saturation += value.magnitude > largest;
    events.inexact += value.magnitude > largest;
  } else if (value.magnitude <= smallest) {
    // One more regime bit of zeros than the smallest code has: 2^-((n-1) 2^es), itself a tie that goes to 0.
    const long useed_power = 1L << format.exponent_bits;
    index = format.underflows && value.magnitude <= scaled(1, -(format.bits - 1) * useed_power) ? 0 : 1;
    events.underflow += value.magnitude < smallest;
    events.inexact += value.magnitude < smallest;
  } else {
    const Place at = place_posit(format, value.magnitude);
    index = at.index + (rounds_up(mode, at, value.negative, random) ? 1 : 0);
    events.inexact += !at.exact;
  }
  return twos_complement(format, value.negative, index);
}

Code encode_hill(const Format& format, const Value& value, Mode mode, std::uint32_t random, Events& events) {
  const std::int64_t largest = (std::int64_t{1} << (format.bits - 1)) - 1;
  if (value.is_nan()) {
    ++events.nar;
    return 0;
  }
  if (value.is_inf()) {
    ++events.saturation;
    return with_sign(format, value.negative, largest);
  }
  if (value.is_zero()) return 0;
  const Place at = place(format, value.magnitude, 0);
  const std::int64_t index = at.index + (rounds_up(mode, at, value.negative, random) ? 1 : 0);
  if (index > largest) {
    ++events.saturation;
    ++events.inexact;
    return with_sign(format, value.negative, largest);
  }
  if (index < std::int64_t{1} << format.fraction_bits) {
    ++events.underflow;
    ++events.inexact;
    return 0;
  }
  events.inexact += !at.exact;
  return with_sign(format, value.negative, index);
}

Code encode_ieee(const Format& format, const Value& value, Mode mode, std::uint32_t random, Events& events, bool saturate) {
  const std::int64_t top = ((std::int64_t{1} << format.exponent_bits) - 1) << format.fraction_bits;
  const std::int64_t largest = format.has_infinity ? top - 1 : (std::int64_t{1} << (format.bits - 1)) - 2;
  const auto overflowed = [&] { return format.has_infinity ? with_sign(format, value.negative, top) : nan_code(format); };
  if (value.is_nan()) {
    ++events.nar;
    return nan_code(format);
  }
  if (value.is_inf()) {
    if (saturate) {
      ++events.saturation;
      return with_sign(format, value.negative, largest);
    }
    events.nar += !format.has_infinity;
    return overflowed();
  }
  if (value.is_zero()) return with_sign(format, value.negative, 0);
  const Place at = place(format, value.magnitude, 0);
  const std::int64_t index = at.index + (rounds_up(mode, at, value.negative, random) ? 1 : 0);
  events.inexact += !at.exact || index > largest;
  if (index > largest) {
    const bool inwards = mode == Mode::Rtz || mode == (value.negative ? Mode::Rup : Mode::Rdn);
    if (inwards || saturate) {
      ++events.saturation;
      return with_sign(format, value.negative, largest);
    }
    ++events.overflow;
    events.nar += !format.has_infinity;  // the result is a NaN
    return overflowed();
  }
  events.underflow += index == 0;
  return with_sign(format, value.negative, index);
}

Code encode_integer(const Format& format, const Value& value, Mode mode, int shared_exponent, std::uint32_t random,
                    Events& events) {
  if (value.is_nan()) {
    ++events.nar;
    return 0;
  }
  const std::int64_t limit = value.negative ? -format.smallest_integer() : format.largest_integer();
  if (value.is_inf()) {
    ++events.saturation;
    return twos_complement(format, value.negative, limit);
  }
  if (value.is_zero()) return 0;
  const mpq_class lsbs = scaled(value.magnitude, -format.lsb(shared_exponent));
  if (lsbs >= mpq_class(limit + 1)) {
    ++events.saturation;
    ++events.inexact;
    return twos_complement(format, value.negative, limit);
  }
  const Place at = place_on_line(lsbs);
  const std::int64_t index = at.index + (rounds_up(mode, at, value.negative, random) ? 1 : 0);
  events.saturation += index > limit;
  events.inexact += !at.exact || index > limit;
  events.underflow += index == 0;
  return twos_complement(format, value.negative, index > limit ? limit : index);
}

}  // namespace

Code nan_code(const Format& format) {
  if (format.kind == Kind::Posit) return Code{1} << (format.bits - 1);
  if (format.kind != Kind::Ieee) return 0;
  const Code top = ((Code{1} << format.exponent_bits) - 1) << format.fraction_bits;
  if (!format.has_infinity) return top | ((Code{1} << format.fraction_bits) - 1);
  return top | (Code{1} << (format.fraction_bits - 1));
}

Value decode(const Format& format, Code code, int shared_exponent) {
  if (format.kind == Kind::Posit) return decode_posit(format, code);
  if (!format.integer()) return decode_float(format, code);
  const std::int64_t sign_weight = std::int64_t{1} << (format.bits - 1);
  const std::int64_t mantissa = (code & (sign_weight - 1)) - (code & sign_weight);
  return number(scaled(mpq_class(mantissa), format.lsb(shared_exponent)));
}

Place place(const Format& format, const mpq_class& magnitude, int shared_exponent) {
  if (format.kind == Kind::Posit) return place_posit(format, magnitude);
  if (format.integer()) return place_on_line(scaled(magnitude, -format.lsb(shared_exponent)));
  const long smallest_normal = 1 - format.bias();
  const long exponent = floor_log2(magnitude);
  if (format.kind == Kind::Ieee && exponent < smallest_normal) {
    return place_on_line(scaled(magnitude, format.fraction_bits - smallest_normal));
  }
  Place at = place_on_line(scaled(scaled(magnitude, -exponent) - 1, format.fraction_bits));
  at.index += (exponent + format.bias()) * (std::int64_t{1} << format.fraction_bits);
  return at;
}

bool rounds_up(Mode mode, const Place& at, bool negative, std::uint32_t random) {
  switch (mode) {
    case Mode::Rne:
      return at.to_boundary > 0 || (at.to_boundary == 0 && at.index % 2 != 0);
    case Mode::Rtz:
      return false;
    case Mode::Rhu:
      return at.to_boundary > 0 || (at.to_boundary == 0 && !negative);
    case Mode::Rha:
      return at.to_boundary >= 0;
    case Mode::Sr:
      return std::uint64_t{at.discarded} + random > 0xffffffffu;
    case Mode::Rdn:
      return negative && !at.exact;
    case Mode::Rup:
      return !negative && !at.exact;
  }
  return false;
}

Code encode(const Format& format, const Value& value, Mode mode, int shared_exponent, std::uint32_t random, Events& events,
            bool saturate_specials) {
  switch (format.kind) {
    case Kind::Posit:
      return encode_posit(format, value, mode, random, events);
    case Kind::Hill:
      return encode_hill(format, value, mode, random, events);
    case Kind::Ieee:
      return encode_ieee(format, value, mode, random, events, saturate_specials || format.saturates);
    default:
      return encode_integer(format, value, mode, shared_exponent, random, events);
  }
}

}  // namespace binade::oracle
