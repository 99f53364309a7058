// SPDX-License-Identifier: Apache-2.0
// What pixels get from several windows: the sums of a Windows record (isa.def, ToChosen and ToAll).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "models/numerics/unpacked.h"
#include "models/operations/window_rounding.h"

namespace binade::operations {

/// The sum of shares terms[i] / divisors[i], exact but for a sticky bit: infinities, NaN and signed zeros add as in IEEE 754.
/// Precondition: terms are decoded codes, and the divisors have a common multiple up to 2^62.
numerics::Unpacked sum_of_shares(std::span<const numerics::Unpacked> terms, std::span<const std::int64_t> divisors);

/// All pixels of a record, whose gifts are held at once, from the codes of x and, where windows are chosen, their indices. Returns
/// how many indices say no pixel.
std::int64_t sum_windows(WindowRounding& rounding, std::span<const numerics::Code> x, std::span<const numerics::Code> indices,
                         std::span<std::byte> out);

}  // namespace binade::operations
