// SPDX-License-Identifier: Apache-2.0
#include "models/numerics/rounding.h"

#include <array>
#include <string>
#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/tensor_key.h"

namespace binade::numerics {
namespace {

constexpr std::array<std::pair<Rounding, std::string_view>, 5> kWords{
    {{Rounding::Rne, "rne"}, {Rounding::Rtz, "rtz"}, {Rounding::Rhu, "rhu"}, {Rounding::Rha, "rha"}, {Rounding::Sr, "sr"}}};

// "lowbias32" of C. Wellons, "Prospecting for Hash Functions" (2018, hash-prospector): two 32-bit multiplications by constants
// and three xor-shifts, a bijection of 32 bits with an exact bias of 0.17. In RTL: two constant multipliers.
constexpr std::uint32_t lowbias32(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= x >> 15;
  x *= 0x846ca68bU;
  x ^= x >> 16;
  return x;
}

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

// The key of a tensor is hash(hash(seed + phi) ^ tensor), phi the golden ratio so that all-zero inputs do not stay zero; an
// element is hash(hash(key ^ high) ^ low), so within 2^32 elements of a tensor no 32-bit value repeats.
std::uint32_t tensor_key(std::uint32_t seed, std::uint32_t tensor) { return lowbias32(lowbias32(seed + 0x9e3779b9U) ^ tensor); }

std::uint32_t element_bits(std::uint32_t key, std::uint64_t index) {
  return lowbias32(lowbias32(key ^ static_cast<std::uint32_t>(index >> 32)) ^ static_cast<std::uint32_t>(index));
}

std::uint32_t random_bits(std::uint32_t seed, std::uint32_t tensor, std::uint64_t index) {
  return element_bits(tensor_key(seed, tensor), index);
}

}  // namespace binade::numerics
