// SPDX-License-Identifier: Apache-2.0
// Where values begin to round to another code.
#pragma once

#include "models/numerics/codec.h"

namespace binade::verify {

/// The format whose codes are the format's and the boundaries between them, with binades beyond both ends for floats. Not for
/// codes of 32 bits.
numerics::FormatSpec finer(numerics::FormatSpec format);
/// Where values begin to round to the code behind `code`; of posits of 32 bits the middle, but for the
/// first, which is where those that underflow leave zero.
numerics::Unpacked boundary_above(const numerics::FormatSpec& format, numerics::Code code);

}  // namespace binade::verify
