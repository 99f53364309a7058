// SPDX-License-Identifier: Apache-2.0
// Chains element by element on Unpacked: the meaning of every primitive, and the judge of the fast evaluation.
#pragma once

#include <vector>

#include "models/numerics/unpacked.h"
#include "models/operations/chain/chain_arithmetic.h"

namespace binade::operations {

/// The exact result with its sticky bit, or that of binary64; one encode() to `to` is the one rounding. Operands beyond the
/// primitive's arity are not looked at.
numerics::Unpacked primitive_result(Primitive what, const numerics::Unpacked& a, const numerics::Unpacked& b,
                                    const numerics::Unpacked& c, const numerics::Unpacked& d, const numerics::FormatSpec& to);

/// Of the primitives that are defined in binary64, and of no other: their value, without the rounding.
double binary64_value(Primitive what, double a, double b);

/// PositNN's (a + b) * c: chain.def, Fam. Precondition: `to` is a posit.
numerics::Unpacked posit_fam(const numerics::Unpacked& a, const numerics::Unpacked& b, const numerics::Unpacked& c,
                             const numerics::FormatSpec& to);

/// The values of a form's constants as they are rounded.
std::vector<numerics::Unpacked> constant_values(const ChainForm& form);

}  // namespace binade::operations
