// SPDX-License-Identifier: Apache-2.0
// The fields of models/spec/core_config.def as C++ structs, and the packed word that the RTL takes: core_config_pkg::core_config_t.
#pragma once

#include <cstdint>
#include <string>

namespace binade::rtl {

struct OperandFields {
#define OPERAND_FIELD(name, bits, meaning) std::uint64_t name = 0;
#include "models/spec/core_config.def"
};

struct CoreFields {
#define CORE_FIELD(name, bits, meaning) std::uint64_t name = 0;
#define CORE_OPERAND(name, meaning) OperandFields name;
#include "models/spec/core_config.def"

  /// A SystemVerilog literal, first field in the highest bits. Throws InvariantError where a field does not fit.
  std::string word() const;
};

}  // namespace binade::rtl
