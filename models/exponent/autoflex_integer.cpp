// SPDX-License-Identifier: Apache-2.0
#include "models/exponent/autoflex_integer.h"

#include <algorithm>

#include "models/exponent/natural.h"

namespace binade::exponent {
namespace {

constexpr int kFractionBits = 8;  // of alpha, beta and gamma
constexpr int kSmallestChiExponent = -126;

Natural fixed_point(double parameter) { return Natural(static_cast<std::uint64_t>(parameter * (1 << kFractionBits))); }

int smallest_exponent(const std::deque<AutoflexTouch>& history, int lsb_exponent) {
  int unit = lsb_exponent;
  for (const auto& touch : history) unit = std::min(unit, touch.lsb_exponent);
  return unit;
}

Natural phi(const AutoflexTouch& touch, int unit) { return Natural(touch.max_abs).shifted_left(touch.lsb_exponent - unit); }

std::optional<int> not_below_smallest(int exponent) {
  return exponent < kSmallestChiExponent ? std::nullopt : std::optional<int>(exponent);
}

}  // namespace

std::optional<int> autoflex_chi_exponent(const AutoflexParameters& p, const std::deque<AutoflexTouch>& history, int lsb_exponent) {
  const int unit = smallest_exponent(history, lsb_exponent);
  const Natural n(history.size());
  Natural largest;
  Natural sum;
  Natural squares;
  for (const auto& touch : history) {
    const Natural value = phi(touch, unit);
    largest = std::max(largest, value);
    sum = sum + value;
    squares = squares + value * value;
  }
  // In units of 2^(unit - 16): alpha and gamma (or beta) bring 8 fraction bits each.
  constexpr int kScale = 2 * kFractionBits;
  const Natural kappa = Natural(1).shifted_left(lsb_exponent - unit);
  const Natural linear = n * fixed_point(p.alpha) * (largest.shifted_left(kFractionBits) + fixed_point(p.gamma) * kappa);
  const Natural slope = fixed_point(p.alpha) * fixed_point(p.beta);
  const Natural root_squared = slope * slope * (n * squares - sum * sum);  // (A V)^2

  const auto at_most_chi = [&](int j) {
    const Natural power = n.shifted_left(j);
    if (p.rule == ExponentRule::Ceil) {
      if (power < linear) return true;
      const Natural distance = power - linear;
      return distance * distance < root_squared;
    }
    if (power <= linear) return true;
    const Natural distance = power - linear;
    return distance * distance <= root_squared;
  };
  // n 2^j > linear + root for j at this bound, since each is below 2^(its bit width).
  int j = std::max(linear.bit_width(), (root_squared.bit_width() + 1) / 2) + 1;
  while (j >= 0 && !at_most_chi(j)) --j;
  if (j < 0) return std::nullopt;
  return not_below_smallest(j - kScale + unit);
}

std::optional<int> autoflex_infrequent_chi_exponent(const AutoflexParameters& p, const std::deque<AutoflexTouch>& history,
                                                    int lsb_exponent) {
  const int margin_exponent = lsb_exponent + p.bits - 4;
  const int unit = std::min(smallest_exponent(history, lsb_exponent), margin_exponent);
  Natural largest;
  for (std::size_t i = history.size() - std::min<std::size_t>(history.size(), 2); i < history.size(); ++i) {
    largest = std::max(largest, phi(history[i], unit));
  }
  const Natural chi = largest + Natural(1).shifted_left(margin_exponent - unit);
  const int exponent = chi.bit_width() - 1 - (p.rule == ExponentRule::Ceil && chi.is_power_of_two() ? 1 : 0);
  return not_below_smallest(exponent + unit);
}

}  // namespace binade::exponent
