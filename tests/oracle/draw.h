// SPDX-License-Identifier: Apache-2.0
// Operands of random tests, as codes and bytes. Seeds are fresh; BINADE_ORACLE_SEED repeats one.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "tests/oracle/reference/codec.h"

namespace binade::oracle {

inline std::uint64_t fresh_seed() {
  const char* given = std::getenv("BINADE_ORACLE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device{}();
}

using Bytes = std::vector<std::byte>;

inline void append(Bytes& bytes, std::uint64_t word, std::int64_t count) {
  const std::size_t before = bytes.size();
  bytes.resize(before + static_cast<std::size_t>(count));
  std::memcpy(bytes.data() + before, &word, static_cast<std::size_t>(count));
}

/// What operands are: any codes, or numbers near one, far apart, all alike, or zeros and units among them.
enum class Spread { Codes, Normal, Wide, Alike, Sparse };
inline constexpr Spread kSpreads[] = {Spread::Codes, Spread::Normal, Spread::Wide, Spread::Alike, Spread::Sparse};

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}

  std::int64_t pick(std::int64_t low, std::int64_t high) { return std::uniform_int_distribution<std::int64_t>(low, high)(random_); }
  std::uint64_t word() { return random_(); }

  std::vector<Code> codes(const Format& format, std::size_t count, Spread spread, int exponent) {
    std::vector<Code> result;
    const double common = normal();
    for (std::size_t i = 0; i < count; ++i) {
      if (spread == Spread::Codes) {
        result.push_back(static_cast<Code>(word()) & format.code_count_minus_one());
        continue;
      }
      double value = normal();
      if (spread == Spread::Wide) value = std::ldexp(value, static_cast<int>(pick(-20, 20)));
      if (spread == Spread::Alike) value = common * (1 + 0x1p-9 * value);
      if (spread == Spread::Sparse && pick(0, 2) != 0) value = static_cast<double>(pick(-1, 1));
      // Integers of a shared exponent: values of about the range that the exponent gives them.
      if (format.integer() && !format.static_exponent) value = std::ldexp(value, exponent + format.bits - 4);
      Events ignored;
      result.push_back(encode(format, from_double(value), Mode::Rne, exponent, 0, ignored));
    }
    return result;
  }

 private:
  double normal() { return std::normal_distribution<double>()(random_); }
  std::mt19937_64 random_;
};

}  // namespace binade::oracle
