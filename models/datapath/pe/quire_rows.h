// SPDX-License-Identifier: Apache-2.0
// Products into fixed-point sums of whole array rows, in the vectors of the best instruction set; dispatched at run time.
//
// A sum is signed 64-bit digits of weight 2^32, and digit d of all sums lies together: digit d of sum i at digits[d * stride + i].
// A product of at most 31 bits and its sign, shifted by its position modulo 32, goes to its digit as a whole where so few of them
// meet that no digit overflows. Otherwise it is cut into the low 32 bits and the signed rest, for the digit above.
#pragma once

#include <cstdint>
#include <span>

#include "models/datapath/pe/lane.h"
#include "models/numerics/unpacked.h"

namespace binade::datapath {

/// (-1)^s * |significand| * 2^(position + half the register's LSB exponent); the position is not negative.
struct QuireOperand {
  std::int32_t significand = 0;
  std::int16_t position = 0;
  numerics::NumberClass special = numerics::NumberClass::Zero;  ///< Inf (significand +-1) or Nan; else Zero
  std::uint8_t unused = 0;
};

struct QuireDigits {
  std::int64_t* digits = nullptr;
  std::size_t stride = 0;
  int highest = 0;     ///< the highest digit at which a product starts
  bool whole = false;  ///< products are not cut
  /// Words behind the last sum that a row may read and write back.
  static constexpr std::size_t kPadding = 8;
};

inline constexpr std::size_t kQuireRows = 64;
/// At most kQuireRows rows; rows with a mask are left alone. Returns a bit for each row that holds a special operand, whose lanes
/// with one have added nothing.
std::uint64_t quire_rows(const QuireDigits& sums, std::span<const MacRow<QuireOperand>> rows);

}  // namespace binade::datapath
