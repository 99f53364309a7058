// SPDX-License-Identifier: Apache-2.0
#include "models/exponent/sdfp.h"

#include <algorithm>
#include <cmath>

#include "models/exponent/dfp.h"

namespace binade::exponent {
namespace {

constexpr int kSmallestBias = -3;
constexpr int kTopBin = 63;

double cube(double x) { return x * x * x; }

/// Mean squared error of an element of bin [low, 2 low) in units of the LSB squared.
double bin_error(double low, double largest) {
  if (low <= 0.25) return 7 * low * low / 3;
  if (low > largest) return (cube(2 * low - largest) - cube(low - largest)) / (3 * low);
  if (2 * low > largest) return ((low - 0.5) / 12 + 7.0 / 24) / low;
  return 1.0 / 12;
}

}  // namespace

std::optional<int> SdfpBias::of(TensorClass tensor) const {
  switch (tensor) {
    case TensorClass::Weight:
      return weights;
    case TensorClass::Activation:
      return activations;
    case TensorClass::Gradient:
      return gradients;
  }
  return 0;
}

LeadingBitHistogram leading_bits(std::span<const double> values) {
  LeadingBitHistogram histogram{};
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  if (largest == 0) return histogram;
  const int top = floor_log2(largest);
  for (const double value : values) {
    if (value == 0) continue;
    const int bin = kTopBin - (top - floor_log2(std::abs(value)));
    if (bin >= 0) ++histogram[static_cast<std::size_t>(bin)];
  }
  return histogram;
}

int choose_sdfp_bias(const LeadingBitHistogram& histogram, int bits) {
  int top = kTopBin;
  while (top >= 0 && histogram[static_cast<std::size_t>(top)] == 0) --top;
  if (top < 0) return 0;
  const double largest = std::ldexp(1.0, bits - 1) - 1;
  int best = 0;
  double best_error = 0;
  for (int bias = 0; bias >= kSmallestBias; --bias) {
    // LSB = 2^(top - (P-2) + bias): the top bin begins at 2^(P-2-bias) LSB. Errors in units of the unbiased LSB squared.
    double error = 0;
    for (int bin = 0; bin <= top; ++bin) {
      const auto count = static_cast<double>(histogram[static_cast<std::size_t>(bin)]);
      if (count != 0) error += count * bin_error(std::ldexp(1.0, bits - 2 - bias - (top - bin)), largest);
    }
    error = std::ldexp(error, 2 * bias);
    if (bias == 0 || error < best_error) {
      best = bias;
      best_error = error;
    }
  }
  return best;
}

}  // namespace binade::exponent
