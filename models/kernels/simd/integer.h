// SPDX-License-Identifier: Apache-2.0
// Element-wise loops around the integer tiles, dispatched at run time.
#pragma once

#include <array>
#include <cstdint>

#include "models/numerics/format_spec.h"

namespace binade::kernels::simd {

/// Sign-extends mantissas of at most 16 bits; code i at codes[i * stride].
void decode_mantissas(const numerics::Code* codes, std::int64_t stride, std::int64_t count, int bits, std::int16_t* mantissas);
/// The same of codes of two bytes, one after another; as numbers too.
void decode_mantissas(const std::uint16_t* codes, std::int64_t count, int bits, std::int16_t* mantissas);
void decode_mantissas(const std::uint16_t* codes, std::int64_t count, int bits, float* mantissas);
/// Of each run of `segment` values, the last one shorter.
void sums_of_squares(const std::int16_t* values, std::int64_t count, std::int64_t segment, double* sums);
/// value = high * 2^8 + low, both bytes signed; `high` of 32767 and its neighbours is 128.
void split_bytes(const std::int16_t* values, std::int64_t count, std::int16_t* high, std::int16_t* low);

/// What the exponent unit learns: [0] counts zeros, [b] values with floor(log2 |v|) = b - 1. A count is the sum of its banks, which
/// take turns so that equal neighbours do not wait for each other.
inline constexpr int kBanks = 4;
using LeadingBits = std::array<std::array<std::uint64_t, kBanks>, 65>;

/// Whole numbers below 2^63, so of at most 63 leading bits, to two's-complement words. Returns the largest magnitude.
double store_raw(const double* values, int count, bool relu, std::uint64_t* out, LeadingBits& leading_bits);

struct Clamped {
  std::uint64_t clamped = 0;     ///< values outside [min, max]
  std::uint64_t overflowed = 0;  ///< stored magnitudes of at least `overflow_limit`
  double largest = 0;            ///< stored magnitude
};
/// Whole numbers clamped to [min, max] and stored as codes of `bits`.
Clamped store_clamped(const double* values, int count, bool relu, double min, double max, double overflow_limit, int bits,
                      std::uint64_t* out);

}  // namespace binade::kernels::simd
