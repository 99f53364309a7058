// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/core_fields.h"

#include <fmt/format.h>

#include <string_view>

#include "models/numerics/error.h"

namespace binade::rtl {

namespace {

/// Hexadecimal digits, as every field has a multiple of four bits.
class Word {
 public:
  template <int Bits>
  void add(std::string_view field, std::uint64_t value) {
    static_assert(Bits > 0 && Bits < 64 && Bits % 4 == 0);
    if (value >> Bits != 0) throw InvariantError(fmt::format("core_config.def: {} does not fit {}'s {} bits", value, field, Bits));
    digits_ += fmt::format("{:0{}x}", value, Bits / 4);
  }
  void add(const datapath::OperandFields& operand) {
#define OPERAND_FIELD(name, bits, meaning) add<bits>(#name, operand.name);
#include "models/spec/core_config.def"
  }
  std::string literal() const { return fmt::format("{}'h{}", digits_.size() * 4, digits_); }

 private:
  std::string digits_;
};

}  // namespace

std::string word_of(const datapath::CoreFields& fields) {
  Word word;
#define CORE_FIELD(name, bits, meaning) word.add<bits>(#name, fields.name);
#define CORE_OPERAND(name, meaning) word.add(fields.name);
#include "models/spec/core_config.def"
  return word.literal();
}

}  // namespace binade::rtl
