// SPDX-License-Identifier: Apache-2.0
// Rounding modes of every output rounding and quantisation, and the counter-based generator behind `sr`.
#pragma once

#include <cstdint>
#include <string_view>

namespace binade::numerics {

enum class Rounding : std::uint8_t {
  Rne,  ///< to nearest, ties to even
  Rtz,  ///< toward zero
  Rhu,  ///< to nearest, ties toward +infinity on the signed value
  Rha,  ///< to nearest, ties away from zero
  Sr,   ///< stochastic: up iff (top 32 discarded bits) + u carries, u = random_bits(seed, tensor, index)
  Rdn,  ///< toward -infinity
  Rup,  ///< toward +infinity
};

/// Rdn, Rup: where a result goes depends on its sign only. The steps of sums, vector loops and RTL have none of their own.
constexpr bool is_directed(Rounding rounding) { return rounding >= Rounding::Rdn; }
/// Whether inexact values of that sign move toward zero, always: they never leave a range that has ends.
constexpr bool truncates(Rounding rounding, bool negative) {
  return rounding == Rounding::Rtz || rounding == (negative ? Rounding::Rup : Rounding::Rdn);
}

/// The word of the command line and of configuration files: rne rtz rhu rha sr rdn rup.
std::string_view to_string(Rounding rounding);
/// Throws InputError naming the allowed words.
Rounding parse_rounding(std::string_view word);

/// 32 random bits that are a pure function of (seed, tensor, element index): the same in the golden model, the SystemC
/// model and the RTL. `index` is the row-major logical output element, so the draw does not depend on tiling.
std::uint32_t random_bits(std::uint32_t seed, std::uint32_t tensor, std::uint64_t index);

}  // namespace binade::numerics
