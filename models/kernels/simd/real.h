// SPDX-License-Identifier: Apache-2.0
// Scans of operands that have an exponent each (posits and floats), as binary64 or binary32; dispatched at run time.
#pragma once

#include <cstdint>

namespace binade::kernels::simd {

struct Range {
  double lsb = 0;      ///< least set bit of all values, a power of two; infinite where all are zero
  double largest = 0;  ///< magnitude; infinite or NaN where a value is
  double squares = 0;  ///< their sum, rounded: a magnitude is 0 or in 2^-480 .. 2^480 (posit32es4), so nothing under- or overflows
};
/// Scans `count` values, a multiple of kScanStep.
Range range_of(const double* values, std::int64_t count);
Range range_of(const float* values, std::int64_t count);
inline constexpr std::int64_t kScanStep = 16;

/// values[i] * scale, whole numbers of 16 bits.
void scale_to_int16(const double* values, double scale, std::int64_t count, std::int16_t* out);
void scale_to_int16(const float* values, double scale, std::int64_t count, std::int16_t* out);

/// digits[i] = values[i] / unit rounded to nearest, and values[i] becomes what is left. `unit`: a power of two; digits of 16 bits.
void cut_digits(double* values, double unit, std::int64_t count, std::int16_t* digits);

}  // namespace binade::kernels::simd
