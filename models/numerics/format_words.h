// SPDX-License-Identifier: Apache-2.0
// The vocabulary of format words: the named list of models/spec/formats.def, the ranges of the patterns, and the nearest
// valid word to a wrong one.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "models/numerics/format_spec.h"

namespace binade::numerics {

struct Range {
  int first = 0;
  int last = 0;
  constexpr bool contains(int value) const { return value >= first && value <= last; }
};

inline constexpr int kStandardEs = 2;  ///< Posit Standard 2022
inline constexpr Range kPositBits{3, 32};
inline constexpr Range kPositEs{0, 4};
inline constexpr Range kHillExponentBits{2, 8};
inline constexpr Range kHillFractionBits{1, 23};
inline constexpr Range kIeeeExponentBits{2, 8};
inline constexpr Range kIeeeFractionBits{1, 23};
inline constexpr Range kFlexBits{4, 32};
inline constexpr Range kFlexExponentBits{1, 8};
inline constexpr Range kDfpBits{2, 32};
inline constexpr Range kFixedBits{2, 32};
inline constexpr Range kFixedFractionBits{0, 63};

struct NamedFormat {
  std::string_view word;
  FormatSpec format;
  std::string_view meaning;
};
/// The format as it is where posits underflow (FormatSpec::underflows), of other families as it is.
FormatSpec underflowing(FormatSpec format);

/// The rows of formats.def, in order.
std::span<const NamedFormat> named_formats();

/// One line that lists the words and patterns with their ranges, for messages and help.
std::string_view format_word_patterns();

/// What a user who means a standard's format should know of this one: an e<E>m<M> that has the fields of an IEEE or OCP format and
/// is not that format. One sentence that names both; empty where there is nothing to say.
std::string twin_note(const FormatSpec& format);

/// A format that is known by name and not available: what it is, and the nearest word that is. Nothing where the name is unknown.
struct AbsentFormat {
  std::string_view meaning;
  std::string_view nearest;
};
std::optional<AbsentFormat> absent_format(std::string_view word);

/// The valid word of least edit distance (case ignored); named formats win ties, then the order of the patterns.
std::string nearest_format_word(std::string_view word);

}  // namespace binade::numerics
