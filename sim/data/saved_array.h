// SPDX-License-Identifier: Apache-2.0
// Arrays that are written and read back as they are, bit for bit: what a checkpoint holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "models/numerics/error.h"

namespace binade::sim {

struct SavedArray {
  std::string type;  ///< NumPy's: |u1 <u2 <u4 <u8 <i4 <i8 <f4 <f8
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;  ///< row-major, little-endian

  bool operator==(const SavedArray&) const = default;
};

/// NumPy's word of an element type.
template <typename T>
std::string saved_type() {
  static_assert(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>);
  const char kind = std::is_floating_point_v<T> ? 'f' : std::is_signed_v<T> ? 'i' : 'u';
  return std::string(sizeof(T) == 1 ? "|" : "<") + kind + std::to_string(sizeof(T));
}

/// Of one axis.
template <typename T>
SavedArray saved(std::span<const T> values) {
  const auto bytes = std::as_bytes(values);
  return {saved_type<T>(), {static_cast<std::int64_t>(values.size())}, {bytes.begin(), bytes.end()}};
}
template <typename T>
SavedArray saved(const std::vector<T>& values) {
  return saved(std::span<const T>(values));
}

/// The elements of an array of that type; throws InputError where it has another.
template <typename T>
std::vector<T> values_of(const SavedArray& array) {
  if (array.type != saved_type<T>() || array.bytes.size() % sizeof(T) != 0)
    throw InputError("an array of " + array.type + "; allowed: " + saved_type<T>());
  std::vector<T> values(array.bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
  return values;
}

}  // namespace binade::sim
