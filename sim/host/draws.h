// SPDX-License-Identifier: Apache-2.0
// Seeded random numbers, the same bits on every machine and at random access: a counter-based 64-bit mix, and the normal
// distribution by Wichura's algorithm AS 241 (PPND16, Applied Statistics 37, 1988) with a logarithm of our own. Only operations
// that IEEE 754 rounds correctly are used, so vector units of any width give the same numbers.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace binade::sim {

/// A stream of draws, told apart by a name (FNV-1a).
std::uint64_t stream_of(std::uint64_t seed, std::string_view name);

/// Draws first .. first + out.size() - 1 of a stream, in (0, 1): the middle of one of 2^32 equal intervals.
void draw_uniform(std::uint64_t stream, std::int64_t first, std::span<double> out);

/// The same as quantiles of the normal distribution.
void draw_normal(std::uint64_t stream, std::int64_t first, std::span<double> out);

}  // namespace binade::sim
