// SPDX-License-Identifier: Apache-2.0
// Switching energy of a unit as a sum over what its operands do: coefficients times sums over multiply-accumulates of a function of
// A's code times one of B's.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "models/cost/figure.h"

namespace binade::cost {

inline constexpr std::size_t kOperandFunctions = 4;
/// [f][g]: of function f of A's code and g of B's, in the order 1, hd (bits that differ from the code before), wt (bits that are
/// set), nz (1 where the code is not 0). As counts: sums over multiply-accumulates, or their means.
using OperandMatrix = std::array<std::array<double, kOperandFunctions>, kOperandFunctions>;

/// Indices of a term's word: `1`, `hd_a`, `wt_b`, `hd_a*wt_b`, ...: of A's function and of B's. Nothing where it is no such word.
std::optional<std::pair<std::size_t, std::size_t>> parse_term(std::string_view word);

struct EnergyModel {
  OperandMatrix pj{};  ///< a coefficient for each sum
  /// Of the energy. Fitted to the unit itself: the mean over streams that the fit did not see. Of regressions: theirs on units that
  /// they did not see; the coefficients of a unit are foretold together, so the largest of theirs.
  double error_percent = 0;
  Standing standing = Standing::Exact;

  /// Of so many multiply-accumulates as sums[0][0] says, in pJ.
  Figure energy(const OperandMatrix& sums) const;
};

}  // namespace binade::cost
