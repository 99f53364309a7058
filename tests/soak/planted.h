// SPDX-License-Identifier: Apache-2.0
// Fast cores with one fault each, to show that the comparison finds it and what the minimiser makes of it.
#pragma once

#include <string_view>

#include "tests/soak/checker.h"

namespace binade::soak {

enum class Plant : std::uint8_t {
  None,
  Bit,    ///< the lowest bit of lane 0 of the first output vector, where an operand of A has its two lowest bits set
  Event,  ///< an inexact result goes uncounted
  Clock,  ///< one clock of overhead counts as a stall, where k is above 5
};
Plant parse_plant(std::string_view word);  ///< none bit event clock

MakeCore planted(Plant plant);

}  // namespace binade::soak
