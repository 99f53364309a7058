// SPDX-License-Identifier: Apache-2.0
// Rounding to a format without its codes: what encode() and decode() give one after the other, without events.
#pragma once

#include <cstddef>

#include "models/numerics/format_spec.h"

namespace binade::numerics {

/// Rounds values, each exact or rounded to odd (NaN and infinities are what they are), to those of a format that has an exponent of
/// its own. Not stochastically.
void round_values(const FormatSpec& format, Rounding rounding, double* values, std::size_t count);

/// decode(encode()) of one value.
double round_value(const FormatSpec& format, Rounding rounding, double value);

/// Whether float and double arithmetic of the machine give the format's values: fp32 to nearest even.
constexpr bool is_binary32(const FormatSpec& format, Rounding rounding) { return format == kBinary32 && rounding == Rounding::Rne; }

}  // namespace binade::numerics
