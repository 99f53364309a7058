// SPDX-License-Identifier: Apache-2.0
// Elements of stored tensors as the unsigned integers that they are stored as.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "models/numerics/error.h"

namespace binade::programs {

template <class Element>
std::span<const Element> as(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const Element*>(bytes.data()), bytes.size() / sizeof(Element)};
}

/// Calls `use` with a zero of the unsigned integer of as many bytes: 1, 2, 4 or, of raw sums, 8.
template <class Use>
void with_element(int element_bytes, Use use) {
  switch (element_bytes) {
    case 1:
      return use(std::uint8_t{});
    case 2:
      return use(std::uint16_t{});
    case 4:
      return use(std::uint32_t{});
    case 8:
      return use(std::uint64_t{});
    default:
      throw InvariantError("golden: elements of " + std::to_string(element_bytes) + " bytes");
  }
}

/// The same for elements that are codes.
template <class Use>
void with_code(int element_bytes, Use use) {
  with_element(element_bytes, [&](auto element) {
    if constexpr (sizeof element <= sizeof(std::uint32_t)) {
      use(element);
    } else {
      throw InvariantError("golden: raw sums where codes are wanted");
    }
  });
}

}  // namespace binade::programs
