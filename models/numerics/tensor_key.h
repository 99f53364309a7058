// SPDX-License-Identifier: Apache-2.0
// random_bits() in the two steps that hardware takes: a key for each tensor, then the bits of an element.
#pragma once

#include <cstdint>

namespace binade::numerics {

std::uint32_t tensor_key(std::uint32_t seed, std::uint32_t tensor);
/// random_bits(seed, tensor, index) is element_bits(tensor_key(seed, tensor), index).
std::uint32_t element_bits(std::uint32_t key, std::uint64_t index);

}  // namespace binade::numerics
