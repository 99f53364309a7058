// SPDX-License-Identifier: Apache-2.0
// What the units of decoders and encoders share.
#pragma once

#include <cstddef>

namespace binade::verify {

/// The first word of a pin that a family lacks.
inline constexpr std::size_t kNoPin = ~std::size_t{0};
/// Formats of up to this width run through every code.
inline constexpr int kMostExhaustiveBits = 16;

}  // namespace binade::verify
