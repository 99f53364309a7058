// SPDX-License-Identifier: Apache-2.0
// Exact numbers of the oracle: signed rationals of any size beside Inf and NaN, with the arithmetic of IEEE 754 on the
// specials. Shares nothing with models/.
#pragma once

#include <gmpxx.h>

namespace binade::oracle {

/// A zero and an infinity carry a sign; NaN stands for NaR too.
struct Value {
  enum class Kind { Number, Inf, Nan };
  Kind kind = Kind::Number;
  bool negative = false;
  mpq_class magnitude = 0;  ///< of a Number, >= 0

  bool is_nan() const { return kind == Kind::Nan; }
  bool is_inf() const { return kind == Kind::Inf; }
  bool is_number() const { return kind == Kind::Number; }
  bool is_zero() const { return is_number() && magnitude == 0; }
  mpq_class signed_value() const { return negative ? mpq_class(-magnitude) : magnitude; }
};

Value number(const mpq_class& q);  ///< zero is +0
Value signed_zero(bool negative);
Value infinity(bool negative);
Value not_a_number();
Value from_double(double value);

/// 2^exponent times q.
mpq_class scaled(const mpq_class& q, long exponent);
/// floor(log2 q) of q > 0.
long floor_log2(const mpq_class& q);
mpz_class floor_of(const mpq_class& q);

/// Of numbers and infinities; zeros are equal.
bool less(const Value& a, const Value& b);

Value negated(Value a);
Value add(const Value& a, const Value& b);
Value sub(const Value& a, const Value& b);
Value mul(const Value& a, const Value& b);
Value div(const Value& a, const Value& b);
Value fma(const Value& a, const Value& b, const Value& c);
/// Exact where the root is rational with at most 256 bits; otherwise a rational strictly inside the same 256-bit interval as
/// the root, which rounds like the root to every format of up to 32 bits in every mode.
Value sqrt(const Value& a);

}  // namespace binade::oracle
