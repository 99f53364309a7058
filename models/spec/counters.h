// SPDX-License-Identifier: Apache-2.0
// C++ expansion of counters.def: an index, a description and a fixed-size snapshot.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace binade::spec {

enum class Counter : std::size_t {
#define COUNTER(enumerator, name, unit, meaning) enumerator,
#include "models/spec/counters.def"
  Count
};
inline constexpr std::size_t kCounterCount = static_cast<std::size_t>(Counter::Count);

struct CounterInfo {
  std::string_view name;
  std::string_view unit;
  std::string_view meaning;
};
inline constexpr std::array<CounterInfo, kCounterCount> kCounters{{
#define COUNTER(enumerator, name, unit, meaning) {name, unit, meaning},
#include "models/spec/counters.def"
}};

/// A snapshot of all counters; later - earlier is what happened in between.
class Counters {
 public:
  std::uint64_t& operator[](Counter counter) { return values_[static_cast<std::size_t>(counter)]; }
  std::uint64_t operator[](Counter counter) const { return values_[static_cast<std::size_t>(counter)]; }
  Counters& operator+=(const Counters& other) {
    for (std::size_t i = 0; i < kCounterCount; ++i) values_[i] += other.values_[i];
    return *this;
  }
  friend Counters operator-(Counters later, const Counters& earlier) {
    for (std::size_t i = 0; i < kCounterCount; ++i) later.values_[i] -= earlier.values_[i];
    return later;
  }
  bool operator==(const Counters&) const = default;

 private:
  std::array<std::uint64_t, kCounterCount> values_{};
};

}  // namespace binade::spec
