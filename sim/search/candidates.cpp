// SPDX-License-Identifier: Apache-2.0
#include "sim/search/candidates.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "models/numerics/error.h"
#include "models/numerics/format_words.h"
#include "models/numerics/text.h"

namespace binade::sim {
namespace {

using numerics::Family;
using numerics::Range;

constexpr Range kPositWidths{3, 20};
constexpr Range kFixedIntegers{2, 12}, kFixedFractions{1, 16};  ///< beside the sign
constexpr int kFlexExponent = 5;                                ///< of flex16+5

std::string_view word_of(Family family) {
  switch (family) {
    case Family::Posit:
      return "posit";
    case Family::HillFloat:
      return "float";
    case Family::IeeeFloat:
      return "ieee";
    case Family::Flex:
      return "flex";
    case Family::Dfp:
      return "dfp";
    case Family::Sdfp:
      return "sdfp";
    case Family::Fixed:
      return "fixed";
  }
  throw InvariantError("a format of no family");
}

/// Every range with every precision.
template <class Word>
std::vector<std::string> plane(const Range& ranges, const Range& precisions, Word word) {
  std::vector<std::string> words;
  for (int range = ranges.first; range <= ranges.last; ++range)
    for (int precision = precisions.first; precision <= precisions.last; ++precision) words.push_back(word(range, precision));
  return words;
}

std::optional<std::size_t> stepped(std::span<const FormatPlace> places, std::size_t from, int by) {
  const auto find = [&](FormatPlace wanted) -> std::optional<std::size_t> {
    const auto found = std::find(places.begin(), places.end(), wanted);
    if (found == places.end()) return std::nullopt;
    return static_cast<std::size_t>(found - places.begin());
  };
  FormatPlace precision = places[from], range = places[from];
  precision.precision += by;
  range.range += by;
  if (const auto found = find(precision)) return found;
  return places[from].family == "posit" ? std::nullopt : find(range);
}

}  // namespace

const std::vector<std::string>& search_families() {
  static const std::vector<std::string> words{"float", "ieee", "posit", "fixed", "dfp", "sdfp", "flex"};
  return words;
}

FormatPlace place_of(const numerics::FormatSpec& format) {
  FormatPlace place{.family = std::string(word_of(format.family)), .range = format.exponent_bits, .precision = format.bits};
  if (format.family == Family::HillFloat || format.family == Family::IeeeFloat) place.precision = format.fraction_bits;
  if (format.family == Family::Fixed) {
    place.range = format.bits - 1 - format.fraction_bits;
    place.precision = format.fraction_bits;
  }
  return place;
}

std::pair<std::string, std::string> plane_words(const std::string& family) {
  if (family == "posit") return {"es", "bits"};
  if (family == "fixed") return {"integer bits", "fraction bits"};
  if (family == "float" || family == "ieee") return {"exponent bits", "mantissa bits"};
  return {"exponent bits", "mantissa width"};
}

std::vector<std::string> family_formats(std::string_view family) {
  const auto widths = [](const char* name, const Range& range) {
    return plane({0, 0}, range, [&](int, int bits) { return fmt::format("{}{}", name, bits); });
  };
  if (family == "float")
    return plane(numerics::kHillExponentBits, numerics::kHillFractionBits,
                 [](int e, int m) { return fmt::format("e{}m{}", e, m); });
  if (family == "ieee")
    return plane(numerics::kIeeeExponentBits, numerics::kIeeeFractionBits,
                 [](int e, int m) { return to_string(numerics::parse_format(fmt::format("ieee{}.{}", e, m))); });
  if (family == "posit")
    return plane(numerics::kPositEs, kPositWidths,
                 [](int es, int bits) { return to_string(numerics::parse_format(fmt::format("posit{}es{}", bits, es))); });
  if (family == "fixed")
    return plane(kFixedIntegers, kFixedFractions, [](int i, int f) { return fmt::format("fixed{}.{}", 1 + i + f, f); });
  if (family == "dfp" || family == "sdfp") return widths(std::string(family).c_str(), numerics::kDfpBits);
  if (family == "flex")
    return plane({kFlexExponent, kFlexExponent}, numerics::kFlexBits, [](int e, int n) { return fmt::format("flex{}+{}", n, e); });
  throw InputError(fmt::format("--family {}: no family; allowed: {}", printable(family), fmt::join(search_families(), ", ")));
}

std::optional<std::size_t> one_bit_more(std::span<const FormatPlace> places, std::size_t from) { return stepped(places, from, 1); }
std::optional<std::size_t> one_bit_less(std::span<const FormatPlace> places, std::size_t from) { return stepped(places, from, -1); }

}  // namespace binade::sim
