// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/boundaries.h"

#include "models/numerics/arithmetic.h"

namespace binade::verify {

using numerics::Code;
using numerics::Family;
using numerics::FormatSpec;
using numerics::Unpacked;

FormatSpec finer(FormatSpec format) {
  if (format.family == Family::Posit) {
    ++format.bits;
    return format;
  }
  // Subnormals of the format become normal: IEEE codes stand for Hill's values too.
  if (format.specials == numerics::Specials::None) format.specials = numerics::Specials::InfNan;
  format.family = Family::IeeeFloat;
  format.bits += 2;
  ++format.exponent_bits;
  ++format.fraction_bits;
  return format;
}

Unpacked boundary_above(const FormatSpec& format, Code code) {
  constexpr int kCodeBits = 32;
  if (format.family == Family::Posit && format.bits < kCodeBits) return numerics::decode(finer(format), code << 1 | 1);
  if (format.family == Family::Posit && code == 0)  // where those that underflow begin to be minpos
    return {numerics::NumberClass::Finite, false, false, format.zero_scale(), std::uint64_t{1} << 63};
  const Unpacked low = numerics::decode(format, code), high = numerics::decode(format, code + 1);
  if (!low.is_finite() || !high.is_finite() || low.negative != high.negative) return low;
  Unpacked middle = numerics::add(low, high);
  --middle.scale;
  return middle;
}

}  // namespace binade::verify
