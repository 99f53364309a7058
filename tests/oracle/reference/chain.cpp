// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/reference/chain.h"

#include <algorithm>
#include <functional>
#include <map>
#include <stdexcept>

#include "tests/oracle/reference/real.h"

namespace binade::oracle {
namespace {

using Operands = std::array<Value, 4>;

const double kUlp = 0x1p-52;     // of binary64, relative; a rounding is at most half of it
const double kTiny = 0x1p-1070;  // what gradual underflow loses

Between exactly(const Value& value) { return {value, value}; }
Between around(const Real& value, const Real& error) {
  return {number((value - error).rational()), number((value + error).rational())};
}
Between no_claim() { return {not_a_number(), number(0)}; }
Between by_vector_unit(const char* operation, const Value& x) { return vector_result(operation, {.x = {x}}); }

int compare(const Value& a, const Value& b) {
  const auto order = [](const Value& v) { return v.is_inf() ? scaled(v.negative ? -1 : 1, 6000) : v.signed_value(); };
  return cmp(order(a), order(b));
}
Value extreme(const Value& a, const Value& b, int sign) {
  if (a.is_nan() || b.is_nan()) return not_a_number();
  return sign * compare(b, a) > 0 ? b : a;
}

/// The magnitude in units of 2^lsb, whole, its last bit set where that cut something off.
mpz_class jammed(const Value& value, long lsb) {
  const mpq_class units = scaled(value.magnitude, -lsb);
  mpz_class whole = floor_of(units);
  if (whole != units) whole |= 1;
  return value.negative ? mpz_class(-whole) : whole;
}

Value fam(const Operands& o, const Format& to) {
  const Value &a = o[0], &b = o[1];
  const bool plain = a.is_number() && b.is_number() && !a.is_zero() && !b.is_zero();
  if (to.kind != Kind::Posit || !plain) return mul(add(a, b), o[2]);
  const int fraction_bits = std::max(to.bits - 3 - to.exponent_bits, 0);
  const long lsb = std::max(floor_log2(a.magnitude), floor_log2(b.magnitude)) - fraction_bits - 3;
  return mul(number(scaled(mpq_class(jammed(a, lsb) + jammed(b, lsb)), lsb)), o[2]);
}

/// The library within two ulps; beyond what binary64 holds infinity and zero, of which a posit makes minpos.
Between exponential(const Value& x, const Format& to) {
  if (x.is_nan()) return exactly(x);
  const Value least = to.kind == Kind::Posit ? decode(to, 1) : number(0);
  const Value size = x.is_inf() ? number(x.negative ? -1000000 : 1000000) : x;
  if (size.signed_value() > 710) return exactly(infinity(false));
  if (size.signed_value() < -746) return exactly(least);
  if (size.signed_value() > 709 || size.signed_value() < -700) return no_claim();
  const Real value = exp(Real(x.signed_value()));
  return around(value, value * Real(2 * kUlp));
}

Between logarithm(const Value& x) {
  if (x.is_nan()) return exactly(x);
  if (x.is_zero()) return exactly(infinity(true));
  if (x.negative) return exactly(not_a_number());
  if (x.is_inf()) return exactly(x);
  const Real value = log(Real(x.signed_value()));
  return around(value, abs(value) * Real(2 * kUlp));
}

Between error_function(const Value& x) {
  if (x.is_nan() || x.is_zero()) return exactly(x);
  if (x.is_inf()) return exactly(number(x.negative ? -1 : 1));
  const Real value = erf(Real(x.signed_value()));
  return around(value, abs(value) * Real(2 * kUlp));
}

/// A root and a quotient.
Between inverse_root(const Value& x) {
  if (x.is_nan() || x.is_inf() || x.is_zero() || x.negative) return exactly(div(number(1), sqrt(x)));
  const Real value = Real(1.0) / sqrt(Real(x.magnitude));
  return around(value, value * Real(2 * kUlp));
}

bool numbers(const Operands& o) { return o[0].is_number() && o[1].is_number(); }

/// a (1 - a) b: three roundings.
Between sigmoid_gradient(const Operands& o) {
  const Value exact = mul(mul(o[0], sub(number(1), o[0])), o[1]);
  if (!numbers(o) || exact.is_zero()) return exactly(exact);
  const Real value(exact.signed_value());
  return around(value, abs(value) * Real(3 * kUlp) + Real(kTiny));
}

/// (1 - a a) b: the square's rounding is relative to the square.
Between tanh_gradient(const Operands& o) {
  const Value square = mul(o[0], o[0]), exact = mul(sub(number(1), square), o[1]);
  if (!numbers(o)) return exactly(exact);
  const Real value(exact.signed_value());
  return around(value,
                abs(value) * Real(3 * kUlp) + abs(Real(o[1].signed_value())) * Real(square.magnitude) * Real(kUlp) + Real(kTiny));
}

/// (0.5 (1 + erf(a / sqrt 2)) + a exp(-a a / 2) / sqrt(2 pi)) b: the first term is known within four ulps of 1; the exponential
/// within two and what its argument's rounding makes, its products within one each.
Between gelu_gradient(const Operands& o) {
  if (o[0].is_nan() || o[1].is_nan()) return exactly(not_a_number());
  if (!numbers(o)) return no_claim();
  const Real a(o[0].signed_value()), b(o[1].signed_value()), half_square = Real(0.5) * a * a;
  if (Real(700.0) < half_square) return no_claim();
  const Real root_of_two_pi =
      sqrt(Real(2.0) * Real(mpq_class("314159265358979323846264338327950288419716939937510582097494459230781640628620899/"
                                      "100000000000000000000000000000000000000000000000000000000000000000000000000000000")));
  const Real weighted = a * exp(Real(0.0) - half_square) / root_of_two_pi;
  const Real value = (Real(0.5) * (Real(1.0) + erf(a / sqrt(Real(2.0)))) + weighted) * b;
  const Real inner = Real(4 * kUlp) + abs(weighted) * (half_square + Real(8.0)) * Real(kUlp);
  return around(value, abs(b) * inner + abs(value) * Real(2 * kUlp) + Real(kTiny));
}

}  // namespace

Between primitive_result(const std::string& word, const Operands& operands, const Format& to) {
  using Function = std::function<Between(const Operands&)>;
  using Exact = Value (*)(const Operands&);
  static const std::map<std::string, Exact> kExact{
      {"convert", [](const Operands& o) { return o[0]; }},
      {"add", [](const Operands& o) { return add(o[0], o[1]); }},
      {"sub", [](const Operands& o) { return sub(o[0], o[1]); }},
      {"mul", [](const Operands& o) { return mul(o[0], o[1]); }},
      {"div", [](const Operands& o) { return div(o[0], o[1]); }},
      {"fma", [](const Operands& o) { return fma(o[0], o[1], o[2]); }},
      {"fmma", [](const Operands& o) { return add(mul(o[0], o[1]), mul(o[2], o[3])); }},
      {"negate", [](const Operands& o) { return negated(o[0]); }},
      {"abs", [](const Operands& o) { return o[0].negative ? negated(o[0]) : o[0]; }},
      {"max", [](const Operands& o) { return extreme(o[0], o[1], 1); }},
      {"min", [](const Operands& o) { return extreme(o[0], o[1], -1); }},
      {"if_positive", [](const Operands& o) { return !o[0].is_nan() && compare(o[0], number(0)) > 0 ? o[1] : o[2]; }},
      {"if_equal",
       [](const Operands& o) { return !o[0].is_nan() && !o[1].is_nan() && compare(o[0], o[1]) == 0 ? o[2] : number(0); }},
      {"sqrt", [](const Operands& o) { return sqrt(o[0]); }},
  };
  const std::map<std::string, Function> bounded{
      {"fam", [&](const Operands& o) { return exactly(fam(o, to)); }},
      {"exp", [&](const Operands& o) { return exponential(o[0], to); }},
      {"log", [](const Operands& o) { return logarithm(o[0]); }},
      {"tanh", [](const Operands& o) { return by_vector_unit("Tanh", o[0]); }},
      {"sigmoid", [](const Operands& o) { return by_vector_unit("Sigmoid", o[0]); }},
      {"erf", [](const Operands& o) { return error_function(o[0]); }},
      {"rsqrt", [](const Operands& o) { return inverse_root(o[0]); }},
      {"gelu", [](const Operands& o) { return by_vector_unit("Gelu", o[0]); }},
      {"sigmoid_gradient", sigmoid_gradient},
      {"tanh_gradient", tanh_gradient},
      {"gelu_gradient", gelu_gradient},
  };
  if (const auto found = kExact.find(word); found != kExact.end()) return exactly(found->second(operands));
  if (const auto found = bounded.find(word); found != bounded.end()) return found->second(operands);
  throw std::invalid_argument("no reference of " + word);
}

}  // namespace binade::oracle
