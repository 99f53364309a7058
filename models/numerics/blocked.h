// SPDX-License-Identifier: Apache-2.0
// The running sum of the `blocked` policy (docs/fidelity.md 1.3): one exact block sum truncated into output LSBs with 12 fraction
// bits, then rounded half up to a whole LSB.
#pragma once

#include <cstdint>

#include "models/numerics/events.h"
#include "models/numerics/format_spec.h"
#include "models/numerics/uint128.h"

namespace binade::numerics {

inline constexpr int kBlockedGuardBits = 12;

/// Integer bits I of the running sum: 20 as published; formats wider than 20 bits need, and get, their own width.
int blocked_integer_bits(const FormatSpec& format);

/// One block: with `sum` in output LSBs and one unit of `block` worth 2^-shift output LSBs,
///   t = clamp_{I+12 bits}(RTZ(sum * 2^12 + block * 2^(12 - shift)));  min((t + 0x800) >> 12, 2^(I-1) - 1).
/// RTZ acts on the combined value. A step that clamps counts one saturation. |block| <= 2^83.
std::int64_t blocked_step(std::int64_t sum, Int128 block, int shift, int integer_bits, Events& events);

}  // namespace binade::numerics
