// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/reference/shared_exponent.h"

#include <algorithm>
#include <cmath>

namespace binade::oracle {

Quantised quantise(const Format& format, const std::vector<double>& values, Mode mode, int bias) {
  Quantised result;
  double largest = 0;
  for (const double x : values) largest = std::max(largest, std::abs(x));
  if (format.static_exponent) {
    result.exponent = -format.fraction_bits;
  } else if (largest != 0) {
    result.exponent = std::ilogb(largest) - (format.bits - 2) + bias;
    if (format.kind == Kind::Flex) result.exponent = std::clamp(result.exponent, -32, 0);
  }
  Events ignored;
  Format plain = format;
  plain.static_exponent = false;
  for (const double x : values) {
    const Code code = encode(plain, from_double(x), mode, result.exponent, 0, ignored);
    result.mantissas.push_back(mpz_class(decode(plain, code).signed_value()).get_si());
  }
  return result;
}

void Autoflex::update(std::int64_t stored_maximum) {
  double gamma = static_cast<double>(stored_maximum);
  if (stored_maximum >= (std::int64_t{1} << (bits - 1)) - 1) {
    history.clear();
    gamma *= 2;
  }
  history.push_back(std::ldexp(gamma, exponent));
  if (history.size() > 16) history.pop_front();
}

void Autoflex::predict() {
  double mean = 0;
  for (const double x : history) mean += x;
  mean /= static_cast<double>(history.size());
  double variance = 0;
  for (const double x : history) variance += (x - mean) * (x - mean);
  const double deviation = std::sqrt(variance / static_cast<double>(history.size()));
  const double chi = alpha * (*std::max_element(history.begin(), history.end()) + 3 * deviation + std::ldexp(100.0, exponent));
  const float rounded = static_cast<float>(chi);
  exponent = std::fpclassify(rounded) == FP_NORMAL ? std::ilogb(rounded) - (bits - 2) : 0;
  exponent = std::clamp(exponent, -32, 0);
}

int Autoflex::exact_prediction() const {
  mpq_class mean = 0;
  mpq_class square_mean = 0;
  for (const double x : history) {
    mean += mpq_class(x);
    square_mean += mpq_class(x) * mpq_class(x);
  }
  mean /= static_cast<unsigned long>(history.size());
  square_mean /= static_cast<unsigned long>(history.size());
  const mpq_class variance = square_mean - mean * mean;
  const mpq_class known = alpha * (mpq_class(*std::max_element(history.begin(), history.end())) + scaled(100, exponent));
  // chi = known + 3 alpha sqrt(variance): the largest j with 2^j <= chi, by trial.
  int j = -126;
  for (;; ++j) {
    const mpq_class missing = scaled(1, j + 1) - known;
    if (missing > 0 && missing * missing > 9 * alpha * alpha * variance) break;
  }
  return std::clamp(j - (bits - 2), -32, 0);
}

}  // namespace binade::oracle
