// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/reference/dot.h"

#include <algorithm>

namespace binade::oracle {
namespace {

struct Operand {
  Value a;
  Value b;
};

/// Operands as values; of integer formats the mantissas themselves.
std::vector<Operand> operands(const Format& format, const std::vector<Code>& a, const std::vector<Code>& b) {
  Format plain = format;
  plain.static_exponent = false;
  std::vector<Operand> list;
  for (std::size_t k = 0; k < a.size(); ++k) list.push_back({decode(plain, a[k]), decode(plain, b[k])});
  return list;
}

Value scaled_value(Value value, long exponent) {
  value.magnitude = scaled(value.magnitude, exponent);
  return value;
}

Value relu_of(const DotSpec& spec, const Value& value) {
  return spec.relu && !value.is_nan() && value.negative ? signed_zero(false) : value;
}

/// An integer format encodes sums counted in output LSBs.
Code encode_sum(const Format& format, const DotSpec& spec, const Value& sum, Events& events) {
  Format plain = format;
  plain.static_exponent = false;
  return encode(plain, relu_of(spec, sum), spec.mode, 0, spec.random, events);
}

/// Weight of the accumulator's LSB: of an integer format one product LSB, else the smallest product.
long accumulator_lsb(const Format& format, const DotSpec& spec) {
  if (format.integer()) return -spec.product_shift;
  if (format.kind == Kind::Posit) return -2 * ((format.bits - 2L) << format.exponent_bits);
  return 2 * (1 - format.bias() - format.fraction_bits);
}

Code exact_dot(const Format& format, const DotSpec& spec, const std::vector<Operand>& list, const std::optional<Value>& bias,
               Events& events) {
  const int width = spec.acc_bits != 0 ? spec.acc_bits : full_width(format);
  const long lsb = accumulator_lsb(format, spec);
  const bool becomes_nan = format.kind == Kind::Posit && spec.acc_bits == 0;
  Value sum = signed_zero(false);
  const auto accumulate = [&](const Value& term) {
    sum = add(sum, term);
    if (width == 0 || !sum.is_number()) return;
    const mpq_class high = scaled(mpq_class((mpz_class(1) << static_cast<mp_bitcnt_t>(width - 1)) - 1), lsb);
    const mpq_class low = -scaled(1, lsb + width - 1);
    const mpq_class now = sum.signed_value();
    if (becomes_nan) {
      if (now > high || now <= low) {
        ++events.overflow;
        sum = not_a_number();
      }
    } else if (now > high || now < low) {
      ++events.saturation;
      sum = number(now > high ? high : low);
    }
  };
  for (const Operand& x : list) accumulate(scaled_value(mul(x.a, x.b), format.integer() ? -spec.product_shift : 0));
  if (bias) accumulate(*bias);
  if (sum.is_zero()) sum = signed_zero(false);
  return encode_sum(format, spec, sum, events);
}

/// docs/fidelity.md 1.3: truncation of the combined value to 12 guard bits, round half up, registers of 32 and 20 bits.
Code blocked_dot(const Format& format, const DotSpec& spec, const std::vector<Operand>& list, const std::optional<Value>& bias,
                 Events& events) {
  mpz_class running = 0;
  const auto close = [&](const mpq_class& block_in_output_lsbs) {
    const mpq_class combined = scaled(mpq_class(running) + block_in_output_lsbs, 12);
    mpz_class t;
    mpz_tdiv_q(t.get_mpz_t(), combined.get_num_mpz_t(), combined.get_den_mpz_t());
    const mpz_class limit = mpz_class(1) << 31;
    const mpz_class clamped = std::clamp(t, mpz_class(-limit), mpz_class(limit - 1));
    mpz_class rounded;
    mpz_fdiv_q_2exp(rounded.get_mpz_t(), mpz_class(clamped + 0x800).get_mpz_t(), 12);
    running = std::min(rounded, mpz_class((1 << 19) - 1));
    events.saturation += clamped != t || running != rounded;
  };
  const int width = spec.acc_bits != 0 ? spec.acc_bits : 0;
  mpz_class block = 0;
  for (std::size_t k = 0; k < list.size(); ++k) {
    block += mul(list[k].a, list[k].b).signed_value().get_num();
    if (width != 0) {
      const mpz_class limit = mpz_class(1) << static_cast<mp_bitcnt_t>(width - 1);
      const mpz_class clamped = std::clamp(block, mpz_class(-limit), mpz_class(limit - 1));
      events.saturation += clamped != block;
      block = clamped;
    }
    if ((k + 1) % static_cast<std::size_t>(spec.block) == 0 || k + 1 == list.size()) {
      close(scaled(mpq_class(block), -spec.product_shift));
      block = 0;
    }
  }
  if (bias) close(bias->signed_value());
  return encode_sum(format, spec, number(mpq_class(running)), events);
}

/// Every product and every sum is rounded to the element format.
Code serial_dot(const Format& format, const DotSpec& spec, const std::vector<Operand>& list, const std::optional<Value>& bias,
                Events& events) {
  Format plain = format;
  plain.static_exponent = false;
  const auto rounded = [&](const Value& value) { return decode(plain, encode(plain, value, spec.mode, 0, 0, events)); };
  Value sum = signed_zero(false);
  for (const Operand& x : list) {
    const Value product = rounded(scaled_value(mul(x.a, x.b), format.integer() ? -spec.product_shift : 0));
    sum = rounded(add(sum, product));
  }
  if (bias) sum = rounded(add(sum, *bias));
  events.inexact = 0;  // the output is a sum that is rounded already
  Events again;
  return encode_sum(format, spec, sum, again);
}

/// s = RNE32(s + exact product), then one rounding to the element format.
Code fp32_dot(const Format& format, const DotSpec& spec, const std::vector<Operand>& list, const std::optional<Value>& bias,
              Events& events) {
  const Format fp32 = parse("fp32");
  Value sum = signed_zero(false);
  const auto accumulate = [&](const Value& term) {
    sum = decode(fp32, encode(fp32, add(sum, term), Mode::Rne, 0, 0, events));
    events.inexact = 0;  // counts output roundings only
  };
  for (const Operand& x : list) accumulate(mul(x.a, x.b));
  if (bias) accumulate(format.integer() ? scaled_value(*bias, spec.product_shift) : *bias);
  return encode_sum(format, spec, format.integer() ? scaled_value(sum, -spec.product_shift) : sum, events);
}

}  // namespace

int full_width(const Format& format) {
  if (format.kind == Kind::Posit) return 4 * (format.bits - 2) * (1 << format.exponent_bits) + 32;
  if (format.integer()) return format.bits <= 8 ? 32 : format.bits <= 16 ? 48 : 64;
  return 0;
}

Code dot(const Format& format, const DotSpec& spec, const std::vector<Code>& a, const std::vector<Code>& b,
         std::optional<Code> bias, Events& events) {
  const std::vector<Operand> list = operands(format, a, b);
  std::optional<Value> bias_value;
  if (bias) {
    Format plain = format;
    plain.static_exponent = false;
    bias_value = decode(plain, *bias);
    if (format.integer()) bias_value = scaled_value(*bias_value, -spec.bias_shift);
  }
  switch (spec.policy) {
    case Policy::Exact:
      return exact_dot(format, spec, list, bias_value, events);
    case Policy::Blocked:
      return blocked_dot(format, spec, list, bias_value, events);
    case Policy::Serial:
      return serial_dot(format, spec, list, bias_value, events);
    case Policy::Fp32:
      return fp32_dot(format, spec, list, bias_value, events);
  }
  return 0;
}

}  // namespace binade::oracle
