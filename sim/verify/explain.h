// SPDX-License-Identifier: Apache-2.0
// Codes and rows of pins as a designer reads them.
#pragma once

#include <string>

#include "sim/verify/pins.h"

namespace binade::verify {

/// "-1.0011b x 2^3 (-9.5)", "0", "NaN": the value of a code. NaR is a posit's NaN.
std::string decoded(const numerics::FormatSpec& format, std::uint64_t code);
/// "a_i 0x93 = -1.0011b x 2^3 (-9.5), rounding_i rtz, sticky_i 0x1": every pin; named values by name, codes decoded.
std::string described(const Pins& pins, const Row& row);

}  // namespace binade::verify
