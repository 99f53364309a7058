// SPDX-License-Identifier: Apache-2.0
#include "models/exponent/autoflex.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <string>

#include "models/exponent/autoflex_integer.h"
#include "models/numerics/error.h"

namespace binade::exponent {
namespace {

constexpr int kLargestTries = 10;  // more tries than this: an all-zero tensor

void check(const AutoflexParameters& p) {
  if (p.bits < 2 || p.bits > 32) {
    throw InputError("autoflex: mantissas of " + std::to_string(p.bits) + " bits; 2 to 32 are allowed");
  }
  if (!(p.alpha > 0 && p.alpha <= 1024) || !(p.beta >= 0 && p.beta <= 1024) || !(p.gamma >= 0 && p.gamma <= 0x1p32)) {
    throw InputError("autoflex: alpha must be in (0, 1024], beta in [0, 1024], gamma in [0, 2^32]");
  }
  if (p.window < 1 || p.window > 4096) {
    throw InputError("autoflex: a window of " + std::to_string(p.window) + " touches; 1 to 4096 are allowed");
  }
  if (p.min_exponent > p.max_exponent) throw InputError("autoflex: the clamp's lower exponent is above the upper one");
}

void check_quantised(const AutoflexParameters& p) {
  for (const double v : {p.alpha, p.beta, p.gamma}) {
    if (std::nearbyint(v * 256) != v * 256) {
      throw InputError("autoflex: alpha, beta and gamma must be multiples of 1/256 in the exponent unit");
    }
  }
}

double phi(const AutoflexTouch& touch) { return std::ldexp(static_cast<double>(touch.max_abs), touch.lsb_exponent); }

/// Of chi rounded to binary32, whose subnormals count as zero.
std::optional<int> exponent_of_chi(double chi, ExponentRule rule) {
  const float rounded = static_cast<float>(chi);
  if (rounded < 0x1p-126F) return std::nullopt;
  if (std::isinf(rounded)) return 128;
  const int exponent = std::ilogb(rounded);
  const bool power_of_two = std::ldexp(1.0F, exponent) == rounded;
  return rule == ExponentRule::Ceil && power_of_two ? exponent - 1 : exponent;
}

std::optional<int> published_chi_exponent(const AutoflexParameters& p, const std::deque<AutoflexTouch>& history, double kappa) {
  const auto n = static_cast<double>(history.size());
  double sum = 0;
  double largest = 0;
  for (const auto& touch : history) {
    sum += phi(touch);
    largest = std::max(largest, phi(touch));
  }
  const double mean = sum / n;
  double squares = 0;
  for (const auto& touch : history) squares += (phi(touch) - mean) * (phi(touch) - mean);
  const double deviation = std::sqrt(squares / n);
  return exponent_of_chi(p.alpha * (largest + p.beta * deviation + p.gamma * kappa), p.rule);
}

std::optional<int> published_infrequent_chi_exponent(const AutoflexParameters& p, const std::deque<AutoflexTouch>& history,
                                                     double kappa) {
  double largest = 0;
  for (std::size_t i = history.size() - std::min<std::size_t>(history.size(), 2); i < history.size(); ++i) {
    largest = std::max(largest, phi(history[i]));
  }
  return exponent_of_chi(largest + std::ldexp(kappa, p.bits - 1 - 3), p.rule);
}

}  // namespace

AutoflexParameters autoflex_preset(std::string_view name, int bits) {
  AutoflexParameters parameters;
  parameters.bits = bits;
  if (name == "paper") return parameters;
  if (name == "ngraph") {
    parameters.alpha = 1;
    parameters.infrequent_rule = true;
    return parameters;
  }
  throw InputError("autoflex preset: '" + std::string(name) + "' is unknown; paper and ngraph are allowed");
}

bool autoflex_overflows(int bits, std::uint64_t max_abs) { return max_abs >= (std::uint64_t{1} << (bits - 1)) - 1; }

Autoflex::Autoflex(const AutoflexParameters& parameters, int lsb_exponent, AutoflexArithmetic arithmetic)
    : arithmetic_(arithmetic), lsb_exponent_(lsb_exponent) {
  set_parameters(parameters);
}

Autoflex::Autoflex(const AutoflexParameters& parameters, const AutoflexState& state)
    : arithmetic_(AutoflexArithmetic::Integer),
      lsb_exponent_(state.lsb_exponent),
      history_(state.history),
      overflows_(state.overflows),
      adjust_count_(state.adjustments),
      dirty_(state.dirty) {
  set_parameters(parameters);
}

AutoflexState Autoflex::state() const {
  return {
      .lsb_exponent = lsb_exponent_, .history = history_, .overflows = overflows_, .adjustments = adjust_count_, .dirty = dirty_};
}

void Autoflex::set_parameters(const AutoflexParameters& parameters) {
  check(parameters);
  if (arithmetic_ == AutoflexArithmetic::Integer) check_quantised(parameters);
  parameters_ = parameters;
}

void Autoflex::record(std::uint64_t max_abs) {
  if (autoflex_overflows(parameters_.bits, max_abs)) {
    ++overflows_;
    history_.clear();
    max_abs *= 2;
  }
  history_.push_back({max_abs, lsb_exponent_});
  while (history_.size() > static_cast<std::size_t>(parameters_.window)) history_.pop_front();
  dirty_ = true;
}

int Autoflex::predict(std::uint64_t global_age) {
  if (!dirty_) return lsb_exponent_;
  dirty_ = false;
  ++adjust_count_;
  const bool infrequent = parameters_.infrequent_rule && adjust_count_ <= (global_age >> 4);
  const double kappa = std::ldexp(1.0, lsb_exponent_);
  std::optional<int> exponent;
  if (arithmetic_ == AutoflexArithmetic::Integer) {
    exponent = infrequent ? autoflex_infrequent_chi_exponent(parameters_, history_, lsb_exponent_)
                          : autoflex_chi_exponent(parameters_, history_, lsb_exponent_);
  } else {
    exponent = infrequent ? published_infrequent_chi_exponent(parameters_, history_, kappa)
                          : published_chi_exponent(parameters_, history_, kappa);
  }
  const int next = exponent ? *exponent - (parameters_.bits - 2) : 0;
  lsb_exponent_ = std::clamp(next, parameters_.min_exponent, parameters_.max_exponent);
  return lsb_exponent_;
}

AutoflexInitialisation autoflex_initialise(int bits, int start_exponent, const std::function<std::uint64_t(int)>& max_abs_of_run) {
  const int high_bit = bits - 1;
  const std::uint64_t full = std::uint64_t{1} << (high_bit - 1);
  const std::uint64_t enough = std::uint64_t{1} << std::max((high_bit >> 1) - 2, 0);
  AutoflexInitialisation result{{}, start_exponent};
  for (int tries = 1;; ++tries) {
    const std::uint64_t seen = max_abs_of_run(result.lsb_exponent) + 1;
    result.trace.push_back({result.lsb_exponent, seen});
    if (seen >= 2 * full - 1) {
      result.lsb_exponent += high_bit >> 1;
    } else if (seen < full) {
      result.lsb_exponent += static_cast<int>(std::bit_width(seen)) - static_cast<int>(std::bit_width(full));
      if (seen >= enough) return result;
    } else {
      return result;
    }
    if (tries > kLargestTries) {
      result.lsb_exponent = 0;
      return result;
    }
  }
}

}  // namespace binade::exponent
