// SPDX-License-Identifier: Apache-2.0
#include "models/exponent/sdfp.h"

#include <algorithm>
#include <cmath>

#include "models/exponent/dfp.h"
#include "models/numerics/wide_integer.h"

namespace binade::exponent {
namespace {

using numerics::Uint128;

constexpr int kTopBin = 63;

/// sum += (-1)^negative * cost * count.
void add_product(numerics::WideInteger& sum, bool negative, Uint128 cost, std::uint64_t count) {
  constexpr int kLimb = 32;
  const auto limb = [](Uint128 value, int i) { return static_cast<std::uint64_t>(static_cast<std::uint32_t>(value >> kLimb * i)); };
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 2; ++j) sum.add(negative, limb(cost, i) * limb(count, j), kLimb * (i + j));
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

LeadingBitHistogram leading_bits(const numerics::Reals& values) {
  LeadingBitHistogram histogram{};
  double largest = 0;
  values.each_range([&](std::int64_t, std::span<const double> range) {
    for (const double value : range) largest = std::max(largest, std::abs(value));
  });
  if (largest == 0) return histogram;
  const int top = floor_log2(largest);
  values.each_range([&](std::int64_t, std::span<const double> range) {
    for (const double value : range) {
      if (value == 0) continue;
      const int bin = kTopBin - (top - floor_log2(std::abs(value)));
      if (bin >= 0) ++histogram[static_cast<std::size_t>(bin)];
    }
  });
  return histogram;
}

Uint128 sdfp_cost(int bits, int bias, int distance) {
  // With L = 2^(P-2-b-d) and Q, the LSB being 2^b: 24 times the mean squared error, by 2^(P+6+2b) in its units.
  const int lsb = bits + 6 + 2 * bias;
  if (distance >= bits - bias) return Uint128{56} << (3 * bits + 2 - 2 * distance);
  if (distance > -bias) return Uint128{2} << lsb;
  if (distance == -bias) return ((Uint128{2} << (bits - 2)) + 6) << (lsb - bits + 2);
  const Uint128 low = Uint128{1} << (bits - 2 - bias - distance), largest = (Uint128{1} << (bits - 1)) - 1;
  return 8 * (7 * low * low - 9 * low * largest + 3 * largest * largest) << lsb;
}

int choose_sdfp_bias(const LeadingBitHistogram& histogram, int bits) {
  int top = kTopBin;
  while (top >= 0 && histogram[static_cast<std::size_t>(top)] == 0) --top;
  constexpr int kSumBits = 256;
  numerics::WideInteger excess(kSumBits);  // of a bias over the best one yet
  int best = 0;
  for (int bias = -1; bias >= kLeastSdfpBias; --bias) {
    excess.clear();
    for (int distance = 0; distance <= std::min(top, bits + 2); ++distance) {
      const std::uint64_t count = histogram[static_cast<std::size_t>(top - distance)];
      add_product(excess, false, sdfp_cost(bits, bias, distance), count);
      add_product(excess, true, sdfp_cost(bits, best, distance), count);
    }
    if (excess.negative()) best = bias;
  }
  return best;
}

}  // namespace binade::exponent
