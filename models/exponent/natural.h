// SPDX-License-Identifier: Apache-2.0
// Natural numbers of any size, just large enough in features for the exact comparisons of autoflex_integer.cpp.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

namespace binade::exponent {

class Natural {
 public:
  Natural() = default;
  explicit Natural(std::uint64_t value);

  Natural shifted_left(int bits) const;  ///< bits >= 0
  int bit_width() const;                 ///< 0 for zero
  bool is_power_of_two() const;

  friend Natural operator+(const Natural& a, const Natural& b);
  friend Natural operator-(const Natural& a, const Natural& b);  ///< a >= b
  friend Natural operator*(const Natural& a, const Natural& b);
  friend std::strong_ordering operator<=>(const Natural& a, const Natural& b);
  friend bool operator==(const Natural& a, const Natural& b) = default;

 private:
  void trim();
  std::vector<std::uint32_t> limbs_;  // least significant first, no leading zeros
};

}  // namespace binade::exponent
