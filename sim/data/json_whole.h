// SPDX-License-Identifier: Apache-2.0
// Whole numbers out of JSON.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "models/numerics/error.h"

namespace binade::sim {

/// The member `key`. Throws InputError where it is no whole number that T holds.
template <class T>
T whole(const nlohmann::ordered_json& json, const char* key) {
  const nlohmann::ordered_json& value = json.at(key);
  const bool fits = value.is_number_unsigned() ? std::in_range<T>(value.get<std::uint64_t>())
                                               : value.is_number_integer() && std::in_range<T>(value.get<std::int64_t>());
  if (!fits)
    throw InputError(
        fmt::format("{}: {}; allowed: {} .. {}", key, value.dump(), std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
  return static_cast<T>(value.is_number_unsigned() ? value.get<std::uint64_t>() : value.get<std::int64_t>());
}

}  // namespace binade::sim
