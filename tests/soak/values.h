// SPDX-License-Identifier: Apache-2.0
// Distributions of operand codes, by what they do to sums rather than by what data look like.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "models/numerics/codec.h"

namespace binade::soak {

using Random = std::mt19937_64;

std::int64_t pick(Random& random, std::int64_t low, std::int64_t high);

enum class Values : std::uint8_t {
  Codes,       ///< every code alike
  Normal,      ///< of a deviation drawn once
  HalfNormal,  ///< likewise, none negative
  Outliers,    ///< near the least magnitude, a few near the largest
  Spread,      ///< powers of two in a window drawn once
  Window,      ///< any significands in such a window
  Extremes,    ///< the limits and their neighbours, one, zero
  Specials,    ///< Normal with some NaN, NaR or infinities
  Zeros,
  OneLive,  ///< zeros and one element
  WideLine  ///< Window, but Codes in one line
};
inline constexpr int kValues = 11;
std::string to_string(Values values);

/// What a distribution draws from; `low` and `high` are exponents of a magnitude (of LSBs where the exponent is shared).
struct Draw {
  Values values = Values::Normal;
  int low = 0, high = 0;
};
Draw random_draw(Random& random, const numerics::FormatSpec& format);
/// Magnitudes that span about `width` bits, or all that the format has.
Draw window_of(Random& random, const numerics::FormatSpec& format, int width);
/// Bits between the least and the greatest magnitude.
int reach_bits(const numerics::FormatSpec& format);

/// `lines` of `k` codes: rows of A, columns of B.
std::vector<numerics::Code> draw_lines(Random& random, const numerics::FormatSpec& format, const Draw& draw, std::int64_t lines,
                                       std::int64_t k);
/// The code of the negative; of the most negative integer itself.
numerics::Code negated(const numerics::FormatSpec& format, numerics::Code code);

}  // namespace binade::soak
