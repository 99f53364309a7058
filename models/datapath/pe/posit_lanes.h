// SPDX-License-Identifier: Apache-2.0
// Posit rounding on binary64 without branches, for one value or a row of lanes none of which leaves the posit's range.
//
// The code string of a positive posit is regime | exponent | fraction. Add one to the exponent field of a binary64, so that its
// bias is 1024, a multiple of 2^es: its low es exponent bits are then the posit's, its fraction continues them, and what is above
// is the regime's k. So rounding the string is rounding the binary64 word at a bit that depends on k only, with a carry that goes
// where it goes in the string, as long as the regime and the bit that ends it fit the code.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/datapath/pe/float_bits.h"
#include "models/numerics/format_spec.h"

namespace binade::datapath {

/// The rounding as constants of branch-free code. r - 1 stands for a regime of r equal bits.
struct PositLanes {
  PositLanes(const numerics::FormatSpec& format, numerics::Rounding rounding);

  static constexpr int kDoubleFraction = 52;
  static constexpr int kWordBias = 1024;

  int regime_at;                                   ///< first bit of the regime's field in the word
  std::int64_t regime_bias;                        ///< the field holds k + this
  std::int64_t longest_run;                        ///< r - 1 of the longest regime that leaves room for the bit that ends it
  std::int64_t shortest_drop;                      ///< word bits below the code string at r = 1
  std::int64_t half, down, even, toward_positive;  ///< 0 or 1 each, by rounding mode
};

/// The sign bit of `beyond` is set where the magnitude is below minpos, at least maxpos, infinite or NaN, and the result is then
/// meaningless. `value` is exact or rounded to odd.
[[gnu::always_inline]] inline double posit_step(const PositLanes& c, double value, std::int64_t& beyond) {
  constexpr std::uint64_t kOne = std::uint64_t{1} << PositLanes::kDoubleFraction;
  const std::int64_t bits = bits_of(value), magnitude = bits & kMagnitude;
  const std::uint64_t word = static_cast<std::uint64_t>(magnitude) + kOne;
  const std::int64_t k = static_cast<std::int64_t>(word >> c.regime_at) - c.regime_bias;
  const std::int64_t negative_k = is_negative(k);
  const std::int64_t run = k ^ -negative_k;
  const std::int64_t room = c.longest_run - run;
  beyond |= room & -magnitude;
  const auto drop = static_cast<std::uint64_t>(c.shortest_drop + run) & 63;
  // The last bit kept: of the word, or the one that ends the regime, a one after zeros.
  const std::int64_t ends = is_positive(room) ^ 1;
  const std::int64_t last = (static_cast<std::int64_t>(word >> drop) & (ends ^ 1)) | (negative_k & ends);
  const std::int64_t addend = static_cast<std::int64_t>(static_cast<std::uint64_t>(c.half) << drop >> 1) - c.down +
                              (last & c.even) - (is_negative(bits) & c.toward_positive);
  const auto rounded = static_cast<std::int64_t>(((word + static_cast<std::uint64_t>(addend)) >> drop << drop) - kOne);
  return value_of((rounded & -is_positive(magnitude)) | (bits & ~kMagnitude));
}

/// sum[j] = posit_step(sum[j] + posit_step(a[j] * b[j])), a_stride 0 or 1, and true; or false, and nothing has changed.
/// At most kLaneChunk lanes.
bool serial_lanes(const PositLanes& step, double* sum, const double* a, std::size_t a_stride, const double* b, std::size_t lanes);

}  // namespace binade::datapath
