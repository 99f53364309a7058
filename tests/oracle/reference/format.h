// SPDX-License-Identifier: Apache-2.0
// The oracle's own reading of the format words.
#pragma once

#include <cstdint>
#include <string>

namespace binade::oracle {

enum class Kind { Posit, Hill, Ieee, Flex, Symmetric };  ///< Symmetric: dfp, sdfp and fixed, integers within +-(2^(bits-1)-1)
enum class Mode { Rne, Rtz, Rhu, Rha, Sr, Rdn, Rup };
inline constexpr Mode kModes[] = {Mode::Rne, Mode::Rtz, Mode::Rhu, Mode::Rha, Mode::Sr, Mode::Rdn, Mode::Rup};

struct Format {
  std::string word;
  Kind kind = Kind::Ieee;
  int bits = 32;
  int exponent_bits = 8;         ///< posit: es
  int fraction_bits = 23;        ///< fixed: F
  bool has_infinity = true;      ///< Ieee only; without it (fp8e4m3) only S.1..1.1..1 is special, and is NaN
  bool static_exponent = false;  ///< fixed
  bool saturates = false;        ///< Ieee only: OCP saturating mode
  bool underflows = false;       ///< Posit only: small results become zero

  bool integer() const { return kind == Kind::Flex || kind == Kind::Symmetric; }
  long bias() const { return (1L << (exponent_bits - 1)) - 1; }
  std::uint32_t code_count_minus_one() const { return static_cast<std::uint32_t>((std::uint64_t{1} << bits) - 1); }
  std::int64_t largest_integer() const { return (std::int64_t{1} << (bits - 1)) - 1; }
  std::int64_t smallest_integer() const { return kind == Kind::Flex ? -largest_integer() - 1 : -largest_integer(); }
  /// log2 of the value of one mantissa LSB of an integer format.
  long lsb(int shared_exponent) const { return static_exponent ? -fraction_bits : shared_exponent; }
  Mode default_mode() const { return kind == Kind::Hill ? Mode::Rtz : Mode::Rne; }
};

/// Throws std::invalid_argument on a word it does not know.
Format parse(const std::string& word);

}  // namespace binade::oracle
