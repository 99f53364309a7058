// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/reference/dot.h"

#include <algorithm>

namespace binade::oracle {
namespace {

struct Factors {
  Value a;
  Value b;
};

/// Integers as themselves, whatever an LSB is worth.
Format plain(Format format) {
  format.static_exponent = false;
  return format;
}

std::vector<Factors> factors(const Operands& formats, const std::vector<Code>& a, const std::vector<Code>& b) {
  std::vector<Factors> list;
  for (std::size_t k = 0; k < a.size(); ++k) list.push_back({decode(plain(formats.a), a[k]), decode(plain(formats.b), b[k])});
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
  return encode(plain(format), relu_of(spec, sum), spec.mode, 0, spec.random, events);
}

/// log2 of the unit of a real format: a posit's smallest number, a float's least subnormal (Hill: what it would be).
long unit_of(const Format& format) {
  if (format.kind == Kind::Posit) return -((format.bits - 2L) << format.exponent_bits);
  return 1 - format.bias() - format.fraction_bits;
}

/// log2 of a power of two that no magnitude of a real format exceeds: maxpos, or the end of a float's largest binade.
long ceiling_of(const Format& format) {
  if (format.kind == Kind::Posit) return (format.bits - 2L) << format.exponent_bits;
  const long top_field = (1L << format.exponent_bits) - 1 - (format.kind == Kind::Ieee && format.has_infinity ? 1 : 0);
  return top_field - format.bias() + 1;
}

/// Weight of the accumulator's LSB: of integers one product LSB, else the smallest product.
long accumulator_lsb(const Operands& formats, const DotSpec& spec) {
  if (formats.a.integer()) return -spec.product_shift;
  return unit_of(formats.a) + unit_of(formats.b);
}

Code exact_dot(const Operands& formats, const DotSpec& spec, const std::vector<Factors>& list, const std::optional<Value>& bias,
               Events& events) {
  const int width = spec.acc_bits != 0 ? spec.acc_bits : full_width(formats);
  const long lsb = accumulator_lsb(formats, spec);
  const bool becomes_nan = formats.a.kind == Kind::Posit && spec.acc_bits == 0;
  Value sum = signed_zero(false);
  const auto accumulate = [&](const Value& term) {
    sum = add(sum, term);
    if (!sum.is_number()) return;
    // What is finer than the LSB, of a bias, stays below the register.
    const mpq_class end = scaled(1, lsb + width - 1);
    const mpq_class now = sum.signed_value();
    if (becomes_nan) {
      if (now >= end || now <= -end) {
        ++events.overflow;
        sum = not_a_number();
      }
    } else if (now >= end || now < -end) {
      ++events.saturation;
      sum = number(now >= end ? mpq_class(end - scaled(1, lsb)) : mpq_class(-end));
    }
  };
  for (const Factors& x : list) accumulate(scaled_value(mul(x.a, x.b), formats.a.integer() ? -spec.product_shift : 0));
  if (bias && formats.a.integer() && !formats.out.integer()) {
    sum = add(sum, *bias);  // a float's bias does not enter a register of integers
  } else if (bias) {
    accumulate(*bias);
  }
  if (sum.is_zero()) sum = signed_zero(false);
  return encode_sum(formats.out, spec, sum, events);
}

/// docs/fidelity.md 1.3: truncation of the combined value to 12 guard bits, round half up, registers of 32 and 20 bits.
Code blocked_dot(const Operands& formats, const DotSpec& spec, const std::vector<Factors>& list, const std::optional<Value>& bias,
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
  if (bias && spec.bias_first) close(bias->signed_value());
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
  if (bias && !spec.bias_first) close(bias->signed_value());
  return encode_sum(formats.out, spec, number(mpq_class(running)), events);
}

/// Every product and every sum is rounded to the result's format.
Code serial_dot(const Operands& formats, const DotSpec& spec, const std::vector<Factors>& list, const std::optional<Value>& bias,
                Events& events) {
  const Format out = plain(formats.out);
  const auto rounded = [&](const Value& value) { return decode(out, encode(out, value, spec.mode, 0, 0, events)); };
  Value sum = signed_zero(false);
  if (bias && spec.bias_first) sum = rounded(add(sum, *bias));
  for (const Factors& x : list) {
    const Value product = rounded(scaled_value(mul(x.a, x.b), formats.a.integer() ? -spec.product_shift : 0));
    sum = rounded(add(sum, product));
  }
  if (bias && !spec.bias_first) sum = rounded(add(sum, *bias));
  events.inexact = 0;  // the output is a sum that is rounded already
  Events again;
  return encode_sum(formats.out, spec, sum, again);
}

/// s = RNE32(s + term), in product LSBs of integers, then one rounding to the result's format. The terms are the exact products, or
/// under Chained the sums of chains of them, those that are not zero.
Code binary32_dot(const Operands& formats, const DotSpec& spec, const std::vector<Factors>& list, const std::optional<Value>& bias,
                  Events& events) {
  const Format fp32 = parse("fp32");
  Value sum = signed_zero(false);
  const auto accumulate = [&](const Value& term) {
    sum = decode(fp32, encode(fp32, add(sum, term), Mode::Rne, 0, 0, events));
    events.inexact = 0;  // counts output roundings only
  };
  const auto accumulate_bias = [&] { accumulate(formats.a.integer() ? scaled_value(*bias, spec.product_shift) : *bias); };
  if (bias && spec.bias_first) accumulate_bias();
  if (spec.policy == Policy::Fp32) {
    for (const Factors& x : list) accumulate(mul(x.a, x.b));
  } else {
    const mpz_class limit = mpz_class(1) << static_cast<mp_bitcnt_t>(spec.acc_bits != 0 ? spec.acc_bits - 1 : 63);
    mpz_class chain = 0;
    for (std::size_t k = 0; k < list.size(); ++k) {
      chain += mul(list[k].a, list[k].b).signed_value().get_num();
      const mpz_class clamped = std::clamp(chain, mpz_class(-limit), mpz_class(limit - 1));
      events.saturation += clamped != chain;
      chain = clamped;
      if ((k + 1) % static_cast<std::size_t>(spec.chain) != 0 && k + 1 != list.size()) continue;
      if (chain != 0) accumulate(number(mpq_class(chain)));
      chain = 0;
    }
  }
  if (bias && !spec.bias_first) accumulate_bias();
  return encode_sum(formats.out, spec, formats.a.integer() ? scaled_value(sum, -spec.product_shift) : sum, events);
}

}  // namespace

Operands parse_operands(const std::string& words) {
  const std::size_t first = words.find(':'), second = words.find(':', first + 1);
  if (first == std::string::npos) return parse(words);
  return {parse(words.substr(0, first)), parse(words.substr(first + 1, second - first - 1)), parse(words.substr(second + 1))};
}

int full_width(const Operands& formats) {
  if (formats.a.integer()) {
    const int wider = std::max(formats.a.bits, formats.b.bits);
    return wider <= 8 ? 32 : wider <= 16 ? 48 : 64;
  }
  const long unit = unit_of(formats.a) + unit_of(formats.b), ceiling = ceiling_of(formats.a) + ceiling_of(formats.b);
  return static_cast<int>(ceiling - unit) + 32;
}

Code dot(const Operands& formats, const DotSpec& spec, const std::vector<Code>& a, const std::vector<Code>& b,
         std::optional<Code> bias, Events& events) {
  const std::vector<Factors> list = factors(formats, a, b);
  std::optional<Value> bias_value;
  if (bias) {
    bias_value = decode(plain(formats.out), *bias);
    if (formats.out.integer()) bias_value = scaled_value(*bias_value, -spec.bias_shift);
  }
  switch (spec.policy) {
    case Policy::Exact:
      return exact_dot(formats, spec, list, bias_value, events);
    case Policy::Blocked:
      return blocked_dot(formats, spec, list, bias_value, events);
    case Policy::Serial:
      return serial_dot(formats, spec, list, bias_value, events);
    case Policy::Fp32:
    case Policy::Chained:
      return binary32_dot(formats, spec, list, bias_value, events);
  }
  return 0;
}

}  // namespace binade::oracle
