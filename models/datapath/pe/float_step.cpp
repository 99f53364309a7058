// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/float_step.h"

#include <cmath>

#include "models/numerics/accumulators.h"

namespace binade::datapath {
namespace {

using numerics::Family;
using numerics::Rounding;
using numerics::Specials;

constexpr int kDoubleFraction = 52;

double largest_of(const numerics::FormatSpec& format) {
  const bool reserved = format.specials == Specials::InfNan;
  const int top = (1 << format.exponent_bits) - 1 - (reserved ? 1 : 0) - format.bias();
  const double lsbs = format.specials == Specials::NanOnly ? 2.0 : 1.0;
  return std::ldexp(2.0 - std::ldexp(lsbs, -format.fraction_bits), top);
}

}  // namespace

FloatStep::FloatStep(const numerics::FormatSpec& format, Rounding rounding)
    : format_(format),
      rounding_(rounding),
      drop_(kDoubleFraction - format.fraction_bits),
      keep_(~((std::uint64_t{1} << drop_) - 1)),
      half_(rounding != Rounding::Rtz),
      down_(rounding == Rounding::Rne),
      even_(rounding == Rounding::Rne),
      toward_positive_(rounding == Rounding::Rhu),
      smallest_normal_(std::bit_cast<std::uint64_t>(std::ldexp(1.0, 1 - format.bias()))),
      largest_(std::bit_cast<std::uint64_t>(largest_of(format))),
      smallest_quantum_(std::ldexp(1.0, 1 - format.bias() - format.fraction_bits)),
      lanes_(format, rounding, drop_, smallest_normal_, largest_, smallest_quantum_) {}

double FloatStep::special(std::uint64_t bits, std::uint64_t rounded, numerics::Events& events) const {
  const std::uint64_t magnitude = bits & ~kSignBit, sign = bits & kSignBit;
  if (format_.family == Family::HillFloat) {
    if (magnitude == 0) return 0.0;
    if (rounded < smallest_normal_) {
      ++events.underflow;
      return 0.0;
    }
    if (rounded > largest_) {
      ++events.saturation;
      rounded = largest_;
    }
    return std::bit_cast<double>(rounded | sign);
  }
  if (magnitude == 0) return std::bit_cast<double>(bits);
  if (magnitude < smallest_normal_) {
    const int drop = drop_ + static_cast<int>((smallest_normal_ >> kDoubleFraction) - (magnitude >> kDoubleFraction));
    const std::uint64_t fraction_mask = (std::uint64_t{1} << kDoubleFraction) - 1;
    const std::uint64_t significand = (magnitude & fraction_mask) | (fraction_mask + 1);
    constexpr int kDirectDrop = 62;
    if (drop <= kDirectDrop) {
      const std::uint64_t kept = (significand + addend(significand, bits, drop)) >> drop;
      if (kept == 0) ++events.underflow;
      const double value = static_cast<double>(kept) * smallest_quantum_;
      return std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) | sign);
    }
  }
  numerics::Unpacked value = numerics::from_double(std::bit_cast<double>(bits));
  return numerics::to_double(numerics::decode(format_, numerics::encode_step(format_, value, {rounding_, 0, 0, false}, events)));
}

}  // namespace binade::datapath
