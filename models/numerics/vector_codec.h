// SPDX-License-Identifier: Apache-2.0
// decode() and encode() of whole vectors, bit for bit and event for event; dispatched at run time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/numerics/codec.h"

namespace binade::numerics {

/// Exact values of a format that has an exponent of its own; NaR is NaN. Code i at codes[i * stride].
void decode_reals(const FormatSpec& format, const Code* codes, std::int64_t stride, std::int64_t count, double* values);

/// Encodes values, each exact or rounded to odd; NaN and infinities are what they are. `random`: one draw an element under
/// Rounding::Sr, otherwise not looked at (how.random never is).
void encode_values(const FormatSpec& format, const Quantisation& how, const double* values, const std::uint32_t* random,
                   std::size_t count, Code* codes, Events& events);

/// Little-endian binary32 of any alignment.
void decode_binary32(const std::byte* bytes, std::size_t count, double* values);
/// Rounds values, exact or to odd, to binary32; counts as encode() does. `rounded`: as numbers too, over the values if
/// they are the same; may be null.
void encode_binary32(const double* values, std::size_t count, std::byte* bytes, double* rounded, Events& events);

/// random_bits(seed, tensor, first + i) for i < count.
void random_run(std::uint32_t seed, std::uint32_t tensor, std::uint64_t first, std::size_t count, std::uint32_t* random);

/// Largest magnitude; infinite or NaN where a value is.
double largest_magnitude(const double* values, std::size_t count);

}  // namespace binade::numerics
