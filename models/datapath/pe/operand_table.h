// SPDX-License-Identifier: Apache-2.0
// Decoded operands by code, for families whose decoder is more than a few instructions.
#pragma once

#include <vector>

#include "models/numerics/format_spec.h"

namespace binade::datapath {

template <class Operand>
class OperandTable {
 public:
  /// `decode(code)` makes an operand. Formats of at most `kTableBits` are tabulated.
  template <class Decode>
  OperandTable(const numerics::FormatSpec& format, Decode decode) {
    if (format.bits > kTableBits) return;
    table_.reserve(std::size_t{1} << format.bits);
    for (std::size_t code = 0; code < std::size_t{1} << format.bits; ++code)
      table_.push_back(decode(static_cast<numerics::Code>(code)));
  }
  bool empty() const { return table_.empty(); }
  const Operand& operator[](numerics::Code code) const { return table_[code]; }

 private:
  static constexpr int kTableBits = 16;
  std::vector<Operand> table_;
};

}  // namespace binade::datapath
