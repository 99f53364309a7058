// SPDX-License-Identifier: Apache-2.0
// A rounding as a designer reads it: the exact value, where it was cut, which way it went.
#pragma once

#include <string>

#include "models/numerics/codec.h"

namespace binade::verify {

/// "exact -1.0101|1 sticky 1 x 2^3, rne: rounds up": the bits that `to` keeps of the value, the first that it drops, whether any
/// further one is set; up is away from zero. Where codes do not lie one last place apart (posits with exponent bits cut off), the
/// two beside the value; of Hill's floats below their smallest value "flushed to zero". Empty for zero, Inf and NaN.
std::string cut_of(const numerics::FormatSpec& to, const numerics::Unpacked& exact, numerics::Rounding rounding,
                   numerics::Code rounded);

}  // namespace binade::verify
