// SPDX-License-Identifier: Apache-2.0
// C++ expansion of limits.def: what a configuration key may be, in one place for checks, messages, help and documentation.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace binade::spec {

enum class LimitKind : std::uint8_t {
  Any,               ///< every integer of the range
  PowerOfTwo,        ///< the powers of two of the range
  OrZero,            ///< every integer of the range, and 0, which means a default
  PowerOfTwoOrZero,  ///< the powers of two of the range, and 0, which means a default
};

struct Limit {
  std::string_view key;
  std::int64_t least = 0;
  std::int64_t most = 0;
  LimitKind kind = LimitKind::Any;

  constexpr bool power_of_two() const { return kind == LimitKind::PowerOfTwo || kind == LimitKind::PowerOfTwoOrZero; }
  constexpr bool or_zero() const { return kind == LimitKind::OrZero || kind == LimitKind::PowerOfTwoOrZero; }
  constexpr bool contains(std::int64_t value) const {
    if (or_zero() && value == 0) return true;
    if (value < least || value > most) return false;
    return !power_of_two() || std::has_single_bit(static_cast<std::uint64_t>(value));
  }
  /// "1..256", "a power of two, 8..65536", "0, 2..64", "0, a power of two, 1..64".
  std::string allowed() const {
    return std::string(or_zero() ? "0, " : "") + (power_of_two() ? "a power of two, " : "") + std::to_string(least) + ".." +
           std::to_string(most);
  }
  /// "VALUE is out of range; allowed: ...".
  std::string refusal(std::int64_t value) const { return std::to_string(value) + " is out of range; allowed: " + allowed(); }
};

namespace limits_detail {
inline constexpr std::int64_t kMi = std::int64_t{1} << 20, kGi = std::int64_t{1} << 30;
}  // namespace limits_detail

inline constexpr auto kLimits = [] {
  using limits_detail::kGi;
  using limits_detail::kMi;
  return std::to_array<Limit>({
#define LIMIT(key, least, most, kind) Limit{key, least, most, LimitKind::kind},
#include "models/spec/limits.def"
  });
}();

/// Of a key that is any number, ends included.
struct NumberLimit {
  std::string_view key;
  double least = 0, most = 0;

  constexpr bool contains(double value) const { return value >= least && value <= most; }
};

inline constexpr auto kNumberLimits = std::to_array<NumberLimit>({
#define NUMBER_LIMIT(key, least, most) NumberLimit{key, least, most},
#include "models/spec/limits.def"
});

/// The limit of `key`, which limits.def must hold: looked up when the program is compiled.
consteval const Limit& limit_of(std::string_view key) {
  for (const Limit& limit : kLimits)
    if (limit.key == key) return limit;
  throw "limits.def has no such key";
}
consteval const NumberLimit& number_limit_of(std::string_view key) {
  for (const NumberLimit& limit : kNumberLimits)
    if (limit.key == key) return limit;
  throw "limits.def has no such key";
}

}  // namespace binade::spec
