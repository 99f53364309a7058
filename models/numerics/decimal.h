// SPDX-License-Identifier: Apache-2.0
// Numbers as people write them, without a detour over binary64: exact but for a sticky bit, so that one rounding to any format is
// the correct one.
#pragma once

#include <string_view>

#include "models/numerics/unpacked.h"

namespace binade::numerics {

/// Digits of a number that parse_number() reads, leading zeros not counted.
inline constexpr int kMostDigits = 20000;

/// `[+-]` and one of: decimal digits with an optional point and exponent (`e-3`); `0x` and hex digits with an optional point and a
/// binary exponent (`p-3`); `inf`, `infinity`, `nan`, `NaR`, in any case. Magnitudes of 2^16384 and more, or 2^-16384 and less,
/// which no format comes near, are brought to those, sticky. Throws InputError on anything else and beyond kMostDigits.
Unpacked parse_number(std::string_view text);

}  // namespace binade::numerics
