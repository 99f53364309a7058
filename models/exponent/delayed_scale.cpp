// SPDX-License-Identifier: Apache-2.0
#include "models/exponent/delayed_scale.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/numerics/codec.h"
#include "models/numerics/encoded_tensor.h"
#include "models/numerics/error.h"

namespace binade::exponent {

using numerics::Family;

namespace {

/// What saturation ends at.
double largest_finite(numerics::FormatSpec format) {
  format.saturates = format.family == Family::IeeeFloat;
  const double beyond = std::numeric_limits<double>::max();
  numerics::Code code = 0;
  numerics::Events events;
  encode_tensor(format, {}, 0, 0, std::span(&beyond, 1), std::span(&code, 1), events);
  double largest = 0;
  numerics::decode_tensor({format, {}, std::span(&code, 1)}, std::span(&largest, 1));
  return largest;
}

}  // namespace

bool has_scale(const numerics::FormatSpec& format) {
  return format.family == Family::IeeeFloat || format.family == Family::HillFloat;
}

int scale_for(const numerics::FormatSpec& format, double max_abs, int margin) {
  if (!has_scale(format) || !(max_abs > 0) || !std::isfinite(max_abs)) throw InvariantError("scale: of no float or no number");
  // floor(log2(largest / max_abs)) without a quotient that rounds.
  int of_largest = 0, of_maximum = 0;
  const double largest = std::frexp(largest_finite(format), &of_largest), maximum = std::frexp(max_abs, &of_maximum);
  const int floor_log2 = of_largest - of_maximum - (maximum > largest ? 1 : 0);
  return std::clamp(margin - floor_log2, -kFarthestScale, kFarthestScale);
}

void record(ScaleHistory& history, const numerics::FormatSpec& format, const ScaleRule& rule, double max_abs) {
  if (!std::isfinite(max_abs)) return;
  history.maxima.push_back(max_abs);
  const auto length = static_cast<std::size_t>(rule.history);
  if (history.maxima.size() > length)
    history.maxima.erase(history.maxima.begin(), history.maxima.end() - static_cast<std::ptrdiff_t>(length));
  const double largest = *std::max_element(history.maxima.begin(), history.maxima.end());
  if (largest > 0) history.scale = scale_for(format, largest, rule.margin);
}

}  // namespace binade::exponent
