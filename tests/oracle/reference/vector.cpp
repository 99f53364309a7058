// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/reference/vector.h"

#include <algorithm>
#include <functional>
#include <map>
#include <stdexcept>

#include "tests/oracle/reference/real.h"

namespace binade::oracle {
namespace {

const double kUlp = 0x1p-52;     // of binary64, relative; a rounding is at most half of it
const double kTiny = 0x1p-1070;  // what gradual underflow loses

Between exactly(const Value& value) { return {value, value}; }

/// value +- error, of a function whose values lie in [least, most].
Between around(const Real& value, const Real& error, const mpq_class& least, const mpq_class& most) {
  const mpq_class low = std::max((value - error).rational(), least), high = std::min((value + error).rational(), most);
  return {number(low), number(high)};
}
const mpq_class kUnbounded = scaled(1, 3000);

Value largest(const std::vector<Value>& values) {
  Value best = values[0];
  for (const Value& value : values) {
    if (value.is_nan()) return value;
    if (less(best, value)) best = value;
  }
  return best;
}

Value mean(const VectorInput& in) {
  Value sum = in.x[0];
  for (std::size_t i = 1; i < in.x.size(); ++i) sum = add(sum, in.x[i]);
  return div(sum, number(mpq_class(static_cast<long>(in.divisor))));
}

Value leaky_relu(const VectorInput& in) {
  const Value& x = in.x[0];
  return x.is_nan() || less(number(0), x) ? x : mul(x, from_double(in.alpha));
}

Value clip(const VectorInput& in) {
  const Value &x = in.x[0], least = from_double(in.alpha), most = from_double(in.beta);
  if (x.is_nan()) return x;
  return less(x, least) ? least : less(most, x) ? most : x;
}

/// Of 1 / (1 + exp(-x)): the exponential, the sum and the quotient round once each, and the exponential's own error is below an
/// ulp. Where it overflows, from 2^1024 on, the result is 0.
Between sigmoid(const VectorInput& in) {
  const Value& x = in.x[0];
  if (x.is_nan()) return exactly(x);
  if (x.is_inf()) return exactly(x.negative ? number(0) : number(1));
  const Real value = Real(1.0) / (Real(1.0) + exp(Real(mpq_class(-x.signed_value()))));
  return around(value, value * Real(3 * kUlp) + Real(0x1p-1023), 0, 1);
}

/// A library function within two ulps.
Between tanh_of(const VectorInput& in) {
  const Value& x = in.x[0];
  if (x.is_nan() || x.is_zero()) return exactly(x);
  if (x.is_inf()) return exactly({Value::Kind::Number, x.negative, 1});
  const Real value = tanh(Real(x.signed_value()));
  return around(value, abs(value) * Real(2 * kUlp), x.negative ? -1 : 0, x.negative ? 0 : 1);
}

/// 0.5 x (1 + erf(x / sqrt 2)): erf is known within about an ulp of 1 (and its argument within two, times a slope of at most
/// 2 / sqrt pi), so the sum is within four of 1 whatever it is itself.
Between gelu_of(const VectorInput& in) {
  const Value& x = in.x[0];
  if (x.is_nan() || x.is_zero()) return exactly(x);
  if (x.is_inf()) return exactly(x.negative ? not_a_number() : x);  // -Inf times 0
  const Real value(x.signed_value());
  const Real result = Real(0.5) * value * (Real(1.0) + erf(value / sqrt(Real(2.0))));
  return around(result, abs(value) * Real(4 * kUlp), x.negative ? -kUnbounded : mpq_class(0),
                x.negative ? mpq_class(0) : kUnbounded);
}

/// Value, and how the row is reached: the distance from its largest element, and the sum of the exponentials of all distances.
struct Exponentials {
  Real distance, sum;
  Exponentials(const VectorInput& in, const Value& top) : distance(mpq_class(in.x[in.at].signed_value() - top.signed_value())) {
    for (const Value& x : in.x)
      if (x.is_number()) sum = sum + exp(Real(mpq_class(x.signed_value() - top.signed_value())));
  }
};

bool any_nan(const std::vector<Value>& values) {
  return std::any_of(values.begin(), values.end(), [](const Value& x) { return x.is_nan(); });
}

/// exp(x - max) / sum. The difference rounds (relative to itself, which is absolute in the exponential), so do each exponential,
/// each addend of the sum, and the quotient.
Between softmax(const VectorInput& in) {
  const Value top = largest(in.x), &x = in.x[in.at];
  if (any_nan(in.x) || top.is_inf()) return exactly(not_a_number());
  if (x.is_inf()) return exactly(number(0));
  const Exponentials row(in, top);
  const Real value = exp(row.distance) / row.sum;
  const Real relative = (abs(row.distance) + Real(static_cast<double>(in.x.size()) + 4)) * Real(kUlp);
  return around(value, value * relative + Real(kTiny), 0, 1);
}

/// (x - max) - ln sum: both differences round, the sum is known as above, relative, which is absolute in its logarithm.
Between log_softmax(const VectorInput& in) {
  const Value top = largest(in.x), &x = in.x[in.at];
  if (any_nan(in.x) || top.is_inf()) return exactly(not_a_number());
  if (x.is_inf()) return exactly(x);
  const Exponentials row(in, top);
  const Real logarithm = log(row.sum), value = row.distance - logarithm;
  const Real error = (abs(row.distance) + abs(logarithm) + Real(static_cast<double>(in.x.size()) + 4)) * Real(kUlp);
  return around(value, error, -kUnbounded, 0);
}

/// (x - mean) / sqrt(var + epsilon) * s + t. With M the largest magnitude and n elements, the mean and each difference are known
/// within d = (n + 2) ulp(M); the variance within 2 d sqrt(var) + d^2 and n roundings of its own.
Between layer_norm(const VectorInput& in) {
  const double count = static_cast<double>(in.x.size());
  if (in.y.is_nan() || in.t.is_nan() || in.y.is_inf() || in.t.is_inf() ||
      std::any_of(in.x.begin(), in.x.end(), [](const Value& x) { return !x.is_number(); }))
    return {not_a_number(), number(0)};  // no claim
  Real sum, most, squares;
  for (const Value& x : in.x) {
    sum = sum + Real(x.signed_value());
    const Real magnitude(x.magnitude);
    if (most < magnitude) most = magnitude;
  }
  const Real average = sum / Real(count);
  for (const Value& x : in.x) {
    const Real from = Real(x.signed_value()) - average;
    squares = squares + from * from;
  }
  const Real variance = squares / Real(count), deviation = sqrt(variance + Real(in.epsilon));
  const Real from = Real(in.x[in.at].signed_value()) - average, s(in.y.signed_value()), t(in.t.signed_value());
  const Real normal = from / deviation, value = normal * s + t;
  const Real d = Real((count + 2) * kUlp) * most;
  const Real of_variance = Real(2.0) * d * sqrt(variance) + d * d + variance * Real((count + 2) * kUlp) + Real(in.epsilon * kUlp);
  const Real of_deviation = of_variance / deviation;  // at least: a root halves it
  const Real of_normal = d / deviation + abs(normal) * (of_deviation / deviation + Real(2 * kUlp));
  const Real error = abs(s) * of_normal + (abs(normal * s) + abs(t)) * Real(3 * kUlp) + Real(kTiny);
  return around(value, error, -kUnbounded, kUnbounded);
}

}  // namespace

Between vector_result(const std::string& operation, const VectorInput& input) {
  using Function = std::function<Between(const VectorInput&)>;
  static const std::map<std::string, Function> kFunctions{
      {"Copy", [](const VectorInput& in) { return exactly(in.x[0]); }},
      {"Requantise", [](const VectorInput& in) { return exactly(in.x[0]); }},
      {"Add", [](const VectorInput& in) { return exactly(add(in.x[0], in.y)); }},
      {"Sub", [](const VectorInput& in) { return exactly(sub(in.x[0], in.y)); }},
      {"Mul", [](const VectorInput& in) { return exactly(mul(in.x[0], in.y)); }},
      {"BatchNorm", [](const VectorInput& in) { return exactly(fma(in.x[0], in.y, in.t)); }},
      {"MaxReduce", [](const VectorInput& in) { return exactly(largest(in.x)); }},
      {"MeanReduce", [](const VectorInput& in) { return exactly(mean(in)); }},
      {"LeakyRelu", [](const VectorInput& in) { return exactly(leaky_relu(in)); }},
      {"Clip", [](const VectorInput& in) { return exactly(clip(in)); }},
      {"Sigmoid", sigmoid},
      {"Tanh", tanh_of},
      {"Gelu", gelu_of},
      {"Softmax", softmax},
      {"LogSoftmax", log_softmax},
      {"LayerNorm", layer_norm},
  };
  const auto found = kFunctions.find(operation);
  if (found == kFunctions.end()) throw std::invalid_argument("no reference of " + operation);
  return found->second(input);
}

Between relu(Between result) {
  for (Value* value : {&result.low, &result.high})
    if (!value->is_nan() && value->negative) *value = number(0);
  return result;
}

std::int64_t raw_integer(const Value& value, int bytes, int exponent, Events& events) {
  if (value.is_nan()) {
    ++events.nar;
    return 0;
  }
  const mpz_class most = (mpz_class(1) << static_cast<mp_bitcnt_t>(8 * bytes - 1)) - 1;
  mpz_class magnitude = most + 1;
  if (value.is_number()) {
    const mpq_class units = scaled(value.magnitude, -exponent);
    magnitude = floor_of(units);
    const mpq_class rest = units - magnitude;
    const int half = cmp(rest, mpq_class(1, 2));
    if (half > 0 || (half == 0 && mpz_odd_p(magnitude.get_mpz_t()) != 0)) ++magnitude;
    if (magnitude <= most && rest != 0) {
      ++events.inexact;
      events.underflow += magnitude == 0;
    }
  }
  if (magnitude > most) {
    ++events.saturation;
    events.inexact += value.is_number();
    magnitude = most;
  }
  const std::int64_t stored = magnitude.get_si();
  return value.negative ? -stored : stored;
}

}  // namespace binade::oracle
