// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/posit_step.h"

#include "models/numerics/accumulators.h"

namespace binade::datapath {

using numerics::Rounding;

PositStep::PositStep(const numerics::FormatSpec& format, Rounding rounding)
    : format_(format),
      rounding_(rounding),
      half_(rounding != Rounding::Rtz),
      down_(rounding == Rounding::Rne),
      even_(rounding == Rounding::Rne),
      toward_positive_(rounding == Rounding::Rhu) {
  const int es = format.exponent_bits, max_scale = (format.bits - 2) << es;
  drops_.fill(kNoFraction);
  drops_[0] = kDoubleFraction;
  for (int scale = -max_scale; scale <= max_scale; ++scale) {
    const int k = scale >> es;  // floor
    const int regime_bits = k >= 0 ? k + 2 : 1 - k;
    const int fraction_bits = format.bits - 1 - regime_bits - es;
    if (fraction_bits >= 1) {
      drops_[static_cast<std::size_t>(kDoubleBias + scale)] = static_cast<std::uint8_t>(kDoubleFraction - fraction_bits);
    }
  }
}

double PositStep::by_codec(double value, numerics::Events& events) const {
  return numerics::to_double(
      numerics::decode(format_, numerics::encode_step(format_, numerics::from_double(value), {rounding_, 0, 0, false}, events)));
}

}  // namespace binade::datapath
