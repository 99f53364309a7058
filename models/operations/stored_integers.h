// SPDX-License-Identifier: Apache-2.0
// Elements of formats with a shared exponent, as tensors hold them in memory, and their values; dispatched at run time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/datapath/core.h"
#include "models/operations/vector_formats.h"

namespace binade::operations::loops {

/// Two's-complement mantissas of `bits` bits in words of 1, 2 or 4 bytes, times `unit`. Precondition: T holds them all.
template <class T>
void decode_stored_integers(const std::byte* bytes, int element_bytes, int bits, T unit, std::size_t count, T* values);

/// Values rounded to nearest even in a tensor's memory, as numerics::encode() does it, and their statistics as the vector unit
/// counts them. False, with nothing counted, where another way is needed: for other roundings and formats of more than 16 bits,
/// powers of two that are not normal in binary32, values that are not finite or come to the largest mantissa. `values`: exact or
/// rounded to odd.
template <class T>
bool store_integers(const T* values, std::size_t count, const ElementFormat& to, int lsb_exponent, std::byte* bytes,
                    datapath::TileStats& stats);

}  // namespace binade::operations::loops
