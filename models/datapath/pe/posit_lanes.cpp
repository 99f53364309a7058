// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/posit_lanes.h"

#include <algorithm>

#include "models/datapath/pe/vector_clones.h"
#include "models/numerics/bound.h"

namespace binade::datapath {

using numerics::Rounding;

// Of the n - 1 bits behind the sign, a run of r regime bits and the one that ends it leave n - 2 - r; the word has 52 + es.
PositLanes::PositLanes(const numerics::FormatSpec& format, Rounding rounding)
    : regime_at(kDoubleFraction + format.exponent_bits),
      regime_bias(kWordBias >> format.exponent_bits),
      longest_run(format.bits - 3),
      shortest_drop(regime_at - longest_run),
      half(rounding != Rounding::Rtz),
      down(rounding == Rounding::Rne),
      even(rounding == Rounding::Rne),
      toward_positive(rounding == Rounding::Rhu) {}

BINADE_VECTOR_CLONES
bool serial_lanes(const PositLanes& step, double* __restrict sum, const double* __restrict a, std::size_t a_stride,
                  const double* __restrict b, std::size_t lanes) {
  const PositLanes c = step;
  BINADE_BOUND(lanes <= kLaneChunk);
  double next[kLaneChunk];
  std::int64_t beyond = 0;
  if (a_stride == 0) {
    const double factor = a[0];
    for (std::size_t j = 0; j < lanes; ++j) {
      const double product = posit_step(c, factor * b[j], beyond);
      next[j] = posit_step(c, add_finite_to_odd(sum[j], product), beyond);
    }
  } else {
    for (std::size_t j = 0; j < lanes; ++j) {
      const double product = posit_step(c, a[j] * b[j], beyond);
      next[j] = posit_step(c, add_finite_to_odd(sum[j], product), beyond);
    }
  }
  if (beyond < 0) return false;
  std::copy_n(next, lanes, sum);
  return true;
}

}  // namespace binade::datapath
