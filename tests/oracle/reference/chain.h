// SPDX-License-Identifier: Apache-2.0
// The primitives of chains (models/operations/chain/chain.def) on exact values: one result before its rounding.
#pragma once

#include <array>
#include <string>

#include "tests/oracle/reference/vector.h"

namespace binade::oracle {

/// `word` as chain.def spells it; `to`: the format that the result is rounded to. Operands beyond the primitive's arity do not
/// count. Nothing is claimed of what is NaN at one bound and a number at the other. Throws std::invalid_argument on a word without
/// a reference here.
Between primitive_result(const std::string& word, const std::array<Value, 4>& operands, const Format& to);

}  // namespace binade::oracle
