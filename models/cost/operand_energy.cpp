// SPDX-License-Identifier: Apache-2.0
#include "models/cost/operand_energy.h"

namespace binade::cost {
namespace {

constexpr std::array<std::string_view, kOperandFunctions> kFunctions{"1", "hd", "wt", "nz"};

/// Of "hd_a" with side 'a'.
std::optional<std::size_t> function_of(std::string_view factor, char side) {
  if (factor.size() != 4 || factor[2] != '_' || factor[3] != side) return std::nullopt;
  for (std::size_t f = 1; f < kOperandFunctions; ++f)
    if (factor.substr(0, 2) == kFunctions[f]) return f;
  return std::nullopt;
}

}  // namespace

std::optional<std::pair<std::size_t, std::size_t>> parse_term(std::string_view word) {
  if (word == kFunctions[0]) return std::pair<std::size_t, std::size_t>{0, 0};
  const auto star = word.find('*');
  const auto left = word.substr(0, star);
  if (star == std::string_view::npos) {
    if (const auto a = function_of(left, 'a')) return std::pair<std::size_t, std::size_t>{*a, 0};
    if (const auto b = function_of(left, 'b')) return std::pair<std::size_t, std::size_t>{0, *b};
    return std::nullopt;
  }
  const auto right = word.substr(star + 1);
  if (const auto a = function_of(left, 'a'), b = function_of(right, 'b'); a && b) return std::pair{*a, *b};
  if (const auto a = function_of(right, 'a'), b = function_of(left, 'b'); a && b) return std::pair{*a, *b};
  return std::nullopt;
}

Figure EnergyModel::energy(const OperandMatrix& sums) const {
  Figure figure{0, standing, error_percent};
  for (std::size_t f = 0; f < kOperandFunctions; ++f)
    for (std::size_t g = 0; g < kOperandFunctions; ++g) figure.value += pj[f][g] * sums[f][g];
  return figure;
}

}  // namespace binade::cost
