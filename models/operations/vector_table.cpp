// SPDX-License-Identifier: Apache-2.0
#include "models/operations/vector_table.h"

#include <array>

#include "models/operations/vector_rows.h"

namespace binade::operations {

namespace {

template <class Row>
constexpr VectorRow row_of(std::string_view name) {
  return {name, Row::kTraits, &Row::literal, &Row::in_binary64, &Row::fast};
}

constexpr std::array kRows{
#define VECTOR_OP(name, code, meaning) row_of<vector_rows::name>(#name),
#include "models/spec/isa.def"
};

constexpr std::array kCodes{
#define VECTOR_OP(name, code, meaning) std::size_t{code},
#include "models/spec/isa.def"
};
constexpr bool counts_up() {
  for (std::size_t i = 0; i < kCodes.size(); ++i)
    if (kCodes[i] != i) return false;
  return true;
}
static_assert(counts_up(), "isa.def: the codes of VECTOR_OP count up from 0");

}  // namespace

std::size_t vector_row_count() { return kRows.size(); }
const VectorRow& vector_row(spec::VectorOp op) { return kRows[static_cast<std::size_t>(op)]; }

}  // namespace binade::operations
