// SPDX-License-Identifier: Apache-2.0
// Codes of two bytes, as tensors of 9 to 16 bits are stored, decoded without being widened first.
#pragma once

#include <cstdint>

#include "models/numerics/format_spec.h"

namespace binade::kernels {

/// Mantissas of a format with a shared exponent, one after another.
void decode_short_codes(const numerics::FormatSpec& format, const std::uint16_t* codes, std::int64_t count,
                        std::int16_t* mantissas);
void decode_short_codes(const numerics::FormatSpec& format, const std::uint16_t* codes, std::int64_t count, float* values);

}  // namespace binade::kernels
