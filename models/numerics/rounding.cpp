// SPDX-License-Identifier: Apache-2.0
#include "models/numerics/rounding.h"

#include <string>

#include "models/numerics/error.h"
#include "models/numerics/hash.h"
#include "models/spec/words.h"

namespace binade::numerics {
static_assert(spec::kRoundingWords.size() == static_cast<std::size_t>(Rounding::Rup) + 1);

std::string_view to_string(Rounding rounding) {
  const auto index = static_cast<std::size_t>(rounding);
  if (index >= spec::kRoundingWords.size()) throw InvariantError("rounding: not an enumerator");
  return spec::kRoundingWords[index];
}

Rounding parse_rounding(std::string_view word) {
  std::string allowed;
  for (std::size_t i = 0; i < spec::kRoundingWords.size(); ++i) {
    if (spec::kRoundingWords[i] == word) return static_cast<Rounding>(i);
    allowed.append(" ").append(spec::kRoundingWords[i]);
  }
  throw InputError("rounding: unknown mode '" + std::string(word) + "'; allowed:" + allowed);
}

std::uint32_t random_bits(std::uint32_t seed, std::uint32_t tensor, std::uint64_t index) {
  return element_bits(tensor_key(seed, tensor), index);
}

}  // namespace binade::numerics
