// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/scoreboard.h"

#include <fmt/format.h>

namespace binade::verify {

std::string hex(const Pin& pin, const std::uint64_t* words) {
  std::string text = fmt::format("{:x}", words[pin.words() - 1]);
  for (std::size_t word = pin.words() - 1; word-- > 0;) text += fmt::format("{:016x}", words[word]);
  return text.insert(0, "0x");
}

std::optional<std::size_t> first_difference(const Pins& pins, bool combinational, const Row& expected, const Row& got,
                                            const Row& care) {
  for (std::size_t i = 0; i < pins.list().size(); ++i) {
    const Pin& pin = pins.list()[i];
    if (pin.combinational != combinational) continue;
    for (std::size_t word = pin.word; word < pin.word + pin.words(); ++word)
      if (((expected[word] ^ got[word]) & care[word]) != 0) return i;
  }
  return std::nullopt;
}

}  // namespace binade::verify
