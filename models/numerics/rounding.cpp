// SPDX-License-Identifier: Apache-2.0
#include "models/numerics/rounding.h"

#include <array>
#include <string>
#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/hash.h"

namespace binade::numerics {
namespace {

constexpr std::array<std::pair<Rounding, std::string_view>, 5> kWords{
    {{Rounding::Rne, "rne"}, {Rounding::Rtz, "rtz"}, {Rounding::Rhu, "rhu"}, {Rounding::Rha, "rha"}, {Rounding::Sr, "sr"}}};

}  // namespace

std::string_view to_string(Rounding rounding) {
  for (const auto& [value, word] : kWords)
    if (value == rounding) return word;
  throw InvariantError("rounding: not an enumerator");
}

Rounding parse_rounding(std::string_view word) {
  for (const auto& [value, name] : kWords)
    if (name == word) return value;
  throw InputError("rounding: unknown mode '" + std::string(word) + "'; allowed: rne rtz rhu rha sr");
}

std::uint32_t random_bits(std::uint32_t seed, std::uint32_t tensor, std::uint64_t index) {
  return element_bits(tensor_key(seed, tensor), index);
}

}  // namespace binade::numerics
