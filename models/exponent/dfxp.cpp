// SPDX-License-Identifier: Apache-2.0
#include "models/exponent/dfxp.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "models/numerics/error.h"

namespace binade::exponent {

DfxpRange::DfxpRange(const DfxpParameters& parameters) : parameters_(parameters), integer_bits_(parameters.integer_bits) {
  if (parameters.bits < 1 || parameters.bits > 31) {
    throw InputError("dfxp: " + std::to_string(parameters.bits) + " magnitude bits; 1 to 31 are allowed");
  }
  if (!(parameters.max_overflow_rate >= 0 && parameters.max_overflow_rate <= 1)) {
    throw InputError("dfxp: the overflow rate must be in [0, 1]");
  }
  if (parameters.period_batches < 1) throw InputError("dfxp: the period must be at least one batch");
}

void DfxpRange::observe(std::span<const double> values) {
  if (values.empty()) throw InputError("dfxp: a batch without values");
  const double largest = std::ldexp(std::ldexp(1.0, parameters_.bits) - 1, lsb_exponent());
  const auto share_at_least = [&](double bound) {
    const auto count = std::count_if(values.begin(), values.end(), [&](double x) { return std::abs(x) >= bound; });
    return static_cast<double>(count) / static_cast<double>(values.size());
  };
  rate_ += share_at_least(largest);
  narrower_rate_ += share_at_least(largest / 2);
  if (++batches_ < parameters_.period_batches) return;
  const double allowed = parameters_.max_overflow_rate * parameters_.period_batches;
  if (rate_ > allowed) {
    ++integer_bits_;
  } else if (narrower_rate_ <= allowed) {
    --integer_bits_;
  }
  batches_ = 0;
  rate_ = 0;
  narrower_rate_ = 0;
}

double DfxpRange::quantise(double value) const {
  const double limit = std::ldexp(1.0, parameters_.bits) - 1;
  return std::ldexp(std::clamp(std::round(std::ldexp(value, -lsb_exponent())), -limit, limit), lsb_exponent());
}

}  // namespace binade::exponent
