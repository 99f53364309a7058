// SPDX-License-Identifier: Apache-2.0
// Codecs and scans of operands that have an exponent each (posits and floats), as binary64; dispatched at run time.
#pragma once

#include <cstdint>

#include "models/numerics/events.h"
#include "models/numerics/format_spec.h"

namespace binade::kernels::simd {

/// Exact values; NaR is NaN. Code i at codes[i * stride].
void decode_reals(const numerics::FormatSpec& format, const numerics::Code* codes, std::int64_t stride, std::int64_t count,
                  double* values);

struct Range {
  double lsb = 0;      ///< least set bit of all values, a power of two; infinite where all are zero
  double largest = 0;  ///< magnitude; infinite or NaN where a value is
  double squares = 0;  ///< their sum, rounded
};
/// Scans `count` values, a multiple of kScanStep.
Range range_of(const double* values, std::int64_t count);
inline constexpr std::int64_t kScanStep = 16;

/// values[i] * scale, whole numbers of 16 bits.
void scale_to_int16(const double* values, double scale, std::int64_t count, std::int16_t* out);

/// Rounds values, each exact or rounded to odd, to posit codes as numerics::encode does. Not for stochastic rounding.
void encode_posits(const numerics::FormatSpec& format, numerics::Rounding rounding, const double* values, int count,
                   std::uint64_t* out, numerics::Events& events);

}  // namespace binade::kernels::simd
