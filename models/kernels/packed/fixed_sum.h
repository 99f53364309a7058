// SPDX-License-Identifier: Apache-2.0
// The sum of digits of 2^14 that overlap, as the exact products of sliced operands give them.
#pragma once

namespace binade::kernels {

inline constexpr int kDigitBits = 14;
/// What sum_to_odd() has room for: a whole number of its limbs, and more than two operands of kMostSlices slices give.
inline constexpr int kMostDigits = 20;

/// The sum of digits[i * stride] * 2^(14 i + exponent) over i < count, 1 to kMostDigits, rounded to odd: any further rounding to at
/// most 51 bits is as if from the sum itself. Digits are whole and below 2^53; the result is a normal binary64 or zero.
/// Another count is an InvariantError.
double sum_to_odd(const double* digits, int stride, int count, int exponent);

}  // namespace binade::kernels
