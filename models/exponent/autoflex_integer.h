// SPDX-License-Identifier: Apache-2.0
// The exponent unit's form of Algorithm 2: chi compared with powers of two in exact integers, without a square root.
//
//   chi = alpha (max phi + beta sd + gamma kappa),  sd = sqrt(n S2 - S1^2) / n,  S1 = sum phi, S2 = sum phi^2
//   2^j <= chi  <=>  D <= A V,  with D = n (2^j - alpha (max phi + gamma kappa)), A = alpha beta, V = sqrt(n S2 - S1^2)
//               <=>  D <= 0, or D^2 <= A^2 (n S2 - S1^2): signs first, then squares.
//
// All terms are integers in units of the smallest exponent present: 2^-32 inside the clamp, so that for N = 16 a phi has at
// most 48 bits (Gamma <= 2^16 after doubling), S1 52 and each square below 2^128 for the shipped presets.
#pragma once

#include <deque>
#include <optional>

#include "models/exponent/autoflex.h"

namespace binade::exponent {

/// floor(log2 chi) of the full-history rule, or with ExponentRule::Ceil ceil(log2 chi) - 1. Nothing where chi is below
/// 2^-126, which the published algorithm takes for zero. `history` is not empty.
std::optional<int> autoflex_chi_exponent(const AutoflexParameters& parameters, const std::deque<AutoflexTouch>& history,
                                         int lsb_exponent);
/// The same for an infrequently updated tensor: chi = max of the last two phi + 2^(N-4) kappa.
std::optional<int> autoflex_infrequent_chi_exponent(const AutoflexParameters& parameters, const std::deque<AutoflexTouch>& history,
                                                    int lsb_exponent);

}  // namespace binade::exponent
