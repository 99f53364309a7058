// SPDX-License-Identifier: Apache-2.0
// Shifted dynamic fixed point: the exponent of dfp plus a bias, per tensor class or chosen from the leading-bit histogram
// (Sakai and Tamiya 2021 as reconstructed in docs/fidelity.md 5.3; histogram: US patent 11,811,427).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "models/numerics/reals.h"
#include "models/numerics/uint128.h"

namespace binade::exponent {

enum class TensorClass : std::uint8_t { Weight, Activation, Gradient };

/// Bias added to the shared exponent; absent = automatic.
struct SdfpBias {
  std::optional<int> weights = 0, activations = 0, gradients = 0;
  std::optional<int> of(TensorClass tensor) const;
};

/// [b]: elements with floor(log2 |x|) = b + some offset; zeros are in no bin. Only distances to the top bin matter.
using LeadingBitHistogram = std::array<std::uint64_t, 64>;
/// Of real values: the largest lands in bin 63; elements more than 63 octaves below it are left out.
LeadingBitHistogram leading_bits(const numerics::Reals& values);

inline constexpr int kLeastSdfpBias = -3;

/// Twenty-four times the expected squared quantisation error of one element whose leading bit is `distance` below the largest
/// element's, in units of 2^-(P+6) of the unbiased LSB squared: P-bit mantissas, 2 <= P <= 32, bias b in kLeastSdfpBias..0,
/// distance 0..P+2; beyond, an element costs the same with every bias. Assumes that magnitudes are uniform within a bin [L, 2L).
/// With D the LSB and Q = (2^(P-1)-1) D the largest mantissa's value, the mean squared error is
///   bins whose end 2L <= D/2:          7 L^2 / 3        (rounds to zero)
///   bins between D/2 and the top code: D^2 / 12         (rounds to nearest)
///   bins beyond the top code, L > Q:   ((2L - Q)^3 - (L - Q)^3) / (3 L)   (saturates to Q)
/// and the bin that holds Q (L <= Q < 2L = Q + D) has its last half D saturate between D/2 and D and the rest rounded:
///   ((L - D/2) D^2 / 12 + (7/24) D^3) / L.
numerics::Uint128 sdfp_cost(int bits, int bias, int distance);

/// b in {0, -1, -2, -3} of the least sum of costs, the one nearest 0 among equals; exact. 0 for an empty histogram.
int choose_sdfp_bias(const LeadingBitHistogram& histogram, int bits);

}  // namespace binade::exponent
