// SPDX-License-Identifier: Apache-2.0
// Loops of the vector unit's arithmetic over binary64, dispatched at run time. Results "to odd" are the exact ones rounded to odd:
// rounding them again to at most 51 bits is as if from the exact ones.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/numerics/codec.h"

namespace binade::operations::loops {

/// Element codes of 1, 2 or 4 bytes, little-endian, in memory and in words.
void widen(const std::byte* bytes, int element_bytes, std::size_t count, numerics::Code* codes);
void narrow(const numerics::Code* codes, int element_bytes, std::size_t count, std::byte* bytes);
/// Two's-complement mantissas of `bits` bits times `unit`; code i at codes[i * stride].
void decode_integers(const numerics::Code* codes, std::int64_t stride, int bits, double unit, std::size_t count, double* values);
struct MantissaScan {
  std::int64_t largest = 0;    ///< magnitude
  std::uint64_t at_limit = 0;  ///< mantissas of at least `limit` in magnitude
};
MantissaScan scan_mantissas(const numerics::Code* codes, int bits, std::int64_t limit, std::size_t count);

/// x + y to odd.
void add(const double* x, const double* y, std::size_t count, double* sum);
/// x * scale + shift to odd, where the products are exact in binary64.
void scale_shift(const double* x, double scale, double shift, std::size_t count, double* out);
/// x where x > 0 or NaN, else x * slope to odd. Precondition: the product's error is a binary64.
void leak(const double* x, double slope, std::size_t count, double* out);
/// best = the larger of best and x; a NaN of either stays.
void largest(const double* x, std::size_t count, double* best);
/// sum += x; `lost` becomes true where that was not exact or not finite.
void accumulate(const double* x, std::size_t count, double* sum, std::uint64_t* lost);
/// Negative values and -0 become +0.
void rectify(double* values, std::size_t count);
void rectify(float* values, std::size_t count);
/// sum += x where that is exact.
void add_exactly(const float* x, std::size_t count, float* sum);

/// dividend / divisor to odd, divisor > 0.
double divide(double dividend, double divisor);

}  // namespace binade::operations::loops
