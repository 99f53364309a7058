// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/reference/value.h"

#include <cmath>

namespace binade::oracle {

Value number(const mpq_class& q) { return {Value::Kind::Number, sgn(q) < 0, abs(q)}; }
Value signed_zero(bool negative) { return {Value::Kind::Number, negative, 0}; }
Value infinity(bool negative) { return {Value::Kind::Inf, negative, 0}; }
Value not_a_number() { return {Value::Kind::Nan, false, 0}; }

Value from_double(double value) {
  if (std::isnan(value)) return not_a_number();
  if (std::isinf(value)) return infinity(value < 0);
  if (value == 0) return signed_zero(std::signbit(value));
  return number(mpq_class(value));
}

mpq_class scaled(const mpq_class& q, long exponent) {
  mpq_class result;
  if (exponent >= 0) {
    mpq_mul_2exp(result.get_mpq_t(), q.get_mpq_t(), static_cast<mp_bitcnt_t>(exponent));
  } else {
    mpq_div_2exp(result.get_mpq_t(), q.get_mpq_t(), static_cast<mp_bitcnt_t>(-exponent));
  }
  return result;
}

long floor_log2(const mpq_class& q) {
  const long guess =
      static_cast<long>(mpz_sizeinbase(q.get_num_mpz_t(), 2)) - static_cast<long>(mpz_sizeinbase(q.get_den_mpz_t(), 2));
  return scaled(q, -guess) >= 1 ? guess : guess - 1;
}

mpz_class floor_of(const mpq_class& q) {
  mpz_class result;
  mpz_fdiv_q(result.get_mpz_t(), q.get_num_mpz_t(), q.get_den_mpz_t());
  return result;
}

Value negated(Value a) {
  a.negative = !a.negative;
  return a;
}

Value add(const Value& a, const Value& b) {
  if (a.is_nan() || b.is_nan()) return not_a_number();
  if (a.is_inf() && b.is_inf()) return a.negative == b.negative ? a : not_a_number();
  if (a.is_inf()) return a;
  if (b.is_inf()) return b;
  if (a.is_zero() && b.is_zero()) return signed_zero(a.negative && b.negative);
  return number(a.signed_value() + b.signed_value());
}

Value sub(const Value& a, const Value& b) { return add(a, negated(b)); }

Value mul(const Value& a, const Value& b) {
  if (a.is_nan() || b.is_nan()) return not_a_number();
  const bool negative = a.negative != b.negative;
  if (a.is_inf() || b.is_inf()) return a.is_zero() || b.is_zero() ? not_a_number() : infinity(negative);
  return {Value::Kind::Number, negative, a.magnitude * b.magnitude};
}

Value div(const Value& a, const Value& b) {
  if (a.is_nan() || b.is_nan()) return not_a_number();
  const bool negative = a.negative != b.negative;
  if (a.is_inf()) return b.is_inf() ? not_a_number() : infinity(negative);
  if (b.is_inf()) return signed_zero(negative);
  if (b.is_zero()) return a.is_zero() ? not_a_number() : infinity(negative);
  return {Value::Kind::Number, negative, a.magnitude / b.magnitude};
}

Value fma(const Value& a, const Value& b, const Value& c) { return add(mul(a, b), c); }

Value sqrt(const Value& a) {
  if (a.is_nan() || a.is_zero()) return a;
  if (a.negative) return not_a_number();
  if (a.is_inf()) return a;
  const long half_scale = 256 - floor_log2(a.magnitude) / 2;  // the root times 2^half_scale has about 256 bits before the point
  const mpq_class square = scaled(a.magnitude, 2 * half_scale);
  const mpz_class root = ::sqrt(floor_of(square));
  if (root * root == square) return number(scaled(mpq_class(root), -half_scale));
  return number(scaled(mpq_class(2 * root + 1), -half_scale - 1));
}

bool less(const Value& a, const Value& b) {
  if (a.is_inf() || b.is_inf()) {
    const int of_a = a.is_inf() ? (a.negative ? -1 : 1) : 0, of_b = b.is_inf() ? (b.negative ? -1 : 1) : 0;
    return of_a < of_b;
  }
  return a.signed_value() < b.signed_value();
}

}  // namespace binade::oracle
