// SPDX-License-Identifier: Apache-2.0
#include "models/cost/expected_operands.h"

#include <cmath>

#include "models/datapath/dataflow/dataflow.h"

namespace binade::cost {
namespace {

constexpr std::size_t kHamming = 1;  // of OperandMatrix

/// Means of the functions of a uniform code.
std::array<double, kOperandFunctions> means(const numerics::FormatSpec& format) {
  const double half = format.bits / 2.0;
  return {1, half, half, 1 - std::exp2(-format.bits)};
}

}  // namespace

OperandMatrix uniform_operands(const datapath::CoreConfig& config, double macs, double b_codes) {
  const auto a = means(config.format.a), b = means(config.format.b);
  const bool b_stays = !rules_of(config).sums_stay();
  OperandMatrix sums{};
  for (std::size_t f = 0; f < kOperandFunctions; ++f)
    for (std::size_t g = 0; g < kOperandFunctions; ++g) sums[f][g] = (b_stays && g == kHamming ? b_codes : macs) * a[f] * b[g];
  return sums;
}

}  // namespace binade::cost
