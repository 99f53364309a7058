// SPDX-License-Identifier: Apache-2.0
// The formats of a family as a plane, range by precision, and the steps of one bit on it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/numerics/format_spec.h"

namespace binade::sim {

/// float, ieee, posit, fixed, dfp, sdfp, flex.
const std::vector<std::string>& search_families();

/// Where a format lies: floats exponent bits and mantissa bits, posits es and width, fixed integer and fraction bits, formats with
/// a chosen exponent the exponent's bits (of flex) and the width.
struct FormatPlace {
  std::string family;
  int range = 0, precision = 0;
  bool operator==(const FormatPlace&) const = default;
};
FormatPlace place_of(const numerics::FormatSpec& format);
/// What the two are called: "exponent bits", "mantissa bits".
std::pair<std::string, std::string> plane_words(const std::string& family);

/// The words of a family's space (docs/explore.md), least range first. Throws InputError where there is no such family.
std::vector<std::string> family_formats(std::string_view family);

/// The index of the format with one bit more (or less) than `from`: of precision, and where that is not among them of range. Posits
/// have no bit of range that is not one of width too. Nothing where neither is there.
std::optional<std::size_t> one_bit_more(std::span<const FormatPlace> places, std::size_t from);
std::optional<std::size_t> one_bit_less(std::span<const FormatPlace> places, std::size_t from);

}  // namespace binade::sim
