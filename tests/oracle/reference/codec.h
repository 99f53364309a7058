// SPDX-License-Identifier: Apache-2.0
// Decode and encode of every format from its definition, in exact rationals: the Posit Standard (2022), IEEE 754-2019, OCP
// FP8, Hill et al. 3.1 and plain integers.
#pragma once

#include <cstdint>

#include "tests/oracle/reference/format.h"
#include "tests/oracle/reference/value.h"

namespace binade::oracle {

using Code = std::uint32_t;

struct Events {
  std::uint64_t saturation = 0;
  std::uint64_t underflow = 0;
  std::uint64_t overflow = 0;
  std::uint64_t nar = 0;
  std::uint64_t inexact = 0;
};

Value decode(const Format& format, Code code, int shared_exponent = 0);

/// Where a magnitude lies among the format's magnitudes, which are numbered upwards in code order as if the code had room for
/// any exponent: at or above number `index` and below the next one.
struct Place {
  std::int64_t index = 0;
  bool exact = true;
  int to_boundary = -1;         ///< below (-1), at (0) or above (1) the point where rounding to nearest turns
  std::uint32_t discarded = 0;  ///< the first 32 bits cut off
};
/// By construction: the infinite bit string of a posit, exponent and significand of a float, the quotient by the LSB.
Place place(const Format& format, const mpq_class& magnitude, int shared_exponent);
/// Whether `mode` takes the next index up in magnitude; `random` is the 32-bit draw of Sr.
bool rounds_up(Mode mode, const Place& at, bool negative, std::uint32_t random);

Code encode(const Format& format, const Value& value, Mode mode, int shared_exponent, std::uint32_t random, Events& events,
            bool saturate_specials = false);
/// Code of a canonical NaN / NaR; zero where the format has none.
Code nan_code(const Format& format);

}  // namespace binade::oracle
