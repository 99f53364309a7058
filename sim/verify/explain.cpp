// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/explain.h"

#include <fmt/format.h>

#include <cmath>

#include "models/numerics/codec.h"
#include "sim/verify/scoreboard.h"

namespace binade::verify {

std::string decoded(const numerics::FormatSpec& format, std::uint64_t code) {
  const numerics::Unpacked value = numerics::decode(format, static_cast<numerics::Code>(code));
  if (value.is_zero()) return value.negative ? "-0" : "0";
  if (value.is_nan()) return format.family == numerics::Family::Posit ? "NaR" : "NaN";
  const char* const sign = value.negative ? "-" : "";
  if (!value.is_finite()) return fmt::format("{}Inf", sign);
  // The leading one is the top bit.
  std::string fraction;
  for (std::uint64_t rest = value.significand << 1; rest != 0; rest <<= 1) fraction += (rest >> 63) != 0 ? '1' : '0';
  const double number = std::ldexp(static_cast<double>(value.significand), value.scale - 63);
  return fmt::format("{}1{}{}b x 2^{} ({}{:g})", sign, fraction.empty() ? "" : ".", fraction, value.scale, sign, number);
}

std::string described(const Pins& pins, const Row& row) {
  std::string text;
  for (const Pin& pin : pins.list()) {
    const std::uint64_t* const words = &row[pin.word];
    text += fmt::format("{}{} ", text.empty() ? "" : ", ", pin.name);
    if (*words < pin.names.size()) {
      text += pin.names[*words];
    } else {
      text += hex(pin, words);
      if (pin.format) text += " = " + decoded(*pin.format, *words);
    }
  }
  return text;
}

}  // namespace binade::verify
