// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/rounding_cut.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "models/numerics/arithmetic.h"
#include "sim/verify/explain.h"

namespace binade::verify {

using numerics::Code;
using numerics::FormatSpec;
using numerics::Rounding;
using numerics::Unpacked;

namespace {

constexpr int kTop = 63;  ///< the significand's leading one

/// The exponent of a power of two.
std::optional<int> power_of(const Unpacked& value) {
  if (!value.is_finite() || value.sticky || value.significand != std::uint64_t{1} << kTop) return std::nullopt;
  return value.scale;
}

/// A magnitude's bits down to 2^last, the next one, and whether any is set behind that.
std::string cut_at(const Unpacked& value, int last, bool& inexact) {
  const int kept = value.scale - last;  // fraction bits
  const auto bit = [&](int index) { return index >= 0 && index <= kTop && (value.significand >> (kTop - index) & 1) != 0; };
  std::string text = kept < 0 ? "0" : "1";
  for (int i = 1; i <= kept; ++i) text.append(i == 1 ? "." : "").append(bit(i) ? "1" : "0");
  const int behind = kept + 2;  // the first of the sticky bits
  const std::uint64_t rest = behind > kTop ? 0 : behind <= 0 ? value.significand : value.significand << behind;
  const bool sticky = value.sticky || rest != 0;
  inexact = sticky || bit(kept + 1);
  return text + fmt::format("|{} sticky {} x 2^{}", bit(kept + 1) ? 1 : 0, sticky ? 1 : 0, std::max(value.scale, last));
}

/// Hill's floats have no codes between zero and the smallest value, and round as if they had: what is still below it is zero.
std::string below_hill(const FormatSpec& to, const Unpacked& magnitude, Rounding rounding, bool negative, bool flushed) {
  bool inexact = false;
  const std::string value = cut_at(magnitude, magnitude.scale - to.fraction_bits, inexact);
  return fmt::format("exact {}{}, {}: {} {}", negative ? "-" : "", value, to_string(rounding),
                     flushed ? "flushed to zero, below the smallest value" : "rounds up to the smallest value",
                     decoded(to, Code{1} << to.fraction_bits));
}

}  // namespace

std::string cut_of(const FormatSpec& to, const Unpacked& exact, Rounding rounding, Code rounded) {
  if (!exact.is_finite()) return {};
  Unpacked magnitude = exact, result = numerics::decode(to, rounded);
  magnitude.negative = result.negative = false;
  numerics::Events ignored;
  const Code below = numerics::encode(to, magnitude, {Rounding::Rtz, 0, 0, false}, ignored);
  const Unpacked low = numerics::decode(to, below);
  if (to.family == numerics::Family::HillFloat && !low.is_finite())
    return below_hill(to, magnitude, rounding, exact.negative, !result.is_finite());
  const Unpacked above = numerics::decode(to, below + 1);
  // Behind the largest code the last place is that before it.
  const bool largest = !above.is_finite() || above.negative;
  const auto last = power_of(largest ? numerics::sub(low, numerics::decode(to, below - 1)) : numerics::sub(above, low));
  bool inexact = magnitude.sticky || numerics::compare(magnitude, low) != 0;
  std::string value = inexact ? fmt::format("between {} and {}", decoded(to, below), decoded(to, below + 1)) : decoded(to, below);
  // A posit never becomes zero.
  const bool tiny = low.is_finite() && numerics::compare(magnitude, low) < 0;
  if (tiny) value = fmt::format("below the smallest value {}", decoded(to, below));
  if (!tiny && last && magnitude.scale - *last <= kTop) value = cut_at(magnitude, *last, inexact);
  const char* const way = !inexact                                            ? "nothing to round"
                          : !result.is_finite() && !result.is_zero()          ? "overflows"
                          : tiny                                              ? "becomes it"
                          : numerics::compare(result, low) == 0               ? (largest ? "the largest value" : "rounds down")
                          : !largest && numerics::compare(result, above) == 0 ? "rounds up"
                                                                              : "leaves the range";
  return fmt::format("exact {}{}, {}: {}", exact.negative ? "-" : "", value, to_string(rounding), way);
}

}  // namespace binade::verify
