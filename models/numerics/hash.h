// SPDX-License-Identifier: Apache-2.0
// The hash behind random_bits().
#pragma once

#include <cstdint>

namespace binade::numerics {

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

/// The x whose lowbias32 is `hash`: the shifts undone, the constants' inverses modulo 2^32.
constexpr std::uint32_t lowbias32_inverse(std::uint32_t hash) {
  hash ^= hash >> 16;
  hash *= 0x43021123U;
  hash ^= hash >> 15 ^ hash >> 30;
  hash *= 0x1d69e2a5U;
  hash ^= hash >> 16;
  return hash;
}

// The key of a tensor is hash(hash(seed + phi) ^ tensor), phi the golden ratio so that all-zero inputs do not stay zero; an
// element is hash(hash(key ^ high) ^ low), so within 2^32 elements of a tensor no 32-bit value repeats.
constexpr std::uint32_t tensor_key(std::uint32_t seed, std::uint32_t tensor) {
  return lowbias32(lowbias32(seed + 0x9e3779b9U) ^ tensor);
}
constexpr std::uint32_t element_key(std::uint32_t tensor_key, std::uint64_t index) {
  return lowbias32(tensor_key ^ static_cast<std::uint32_t>(index >> 32));
}
/// random_bits(seed, tensor, index) is element_bits(tensor_key(seed, tensor), index).
constexpr std::uint32_t element_bits(std::uint32_t tensor_key, std::uint64_t index) {
  return lowbias32(element_key(tensor_key, index) ^ static_cast<std::uint32_t>(index));
}

}  // namespace binade::numerics
