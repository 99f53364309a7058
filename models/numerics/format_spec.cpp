// SPDX-License-Identifier: Apache-2.0
#include "models/numerics/format_spec.h"

#include <optional>
#include <utility>
#include <vector>

#include "models/numerics/error.h"
#include "models/numerics/format_words.h"

namespace binade::numerics {
namespace {

/// Consumes given texts and decimal integers (no sign, no leading zero) of a word from the left.
class WordReader {
 public:
  explicit WordReader(std::string_view word) : rest_(word) {}
  bool accept(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  std::optional<int> integer() {
    std::size_t length = 0;
    int value = 0;
    while (length < rest_.size() && length < 4 && rest_[length] >= '0' && rest_[length] <= '9')
      value = value * 10 + (rest_[length++] - '0');
    if (length == 0 || (length > 1 && rest_.front() == '0')) return std::nullopt;
    rest_.remove_prefix(length);
    return value;
  }
  std::optional<int> integer(Range allowed) {
    const auto value = integer();
    return value && allowed.contains(*value) ? value : std::nullopt;
  }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

// Behind a word: FormatSpec::saturates, FormatSpec::underflows.
constexpr std::string_view kSaturates = "sat", kUnderflows = "u";

std::optional<FormatSpec> parse_posit(WordReader reader) {
  if (!reader.accept("posit")) return std::nullopt;
  const auto bits = reader.integer(kPositBits);
  if (!bits) return std::nullopt;
  FormatSpec format{Family::Posit, *bits, kStandardEs, 0, Specials::None};
  if (reader.accept("es")) {
    const auto given = reader.integer(kPositEs);
    if (!given) return std::nullopt;
    format.exponent_bits = *given;
  }
  format.underflows = reader.accept(kUnderflows);
  if (!reader.done()) return std::nullopt;
  return format;
}

/// <prefix><A><separator><B>: the float, flex and fixed words.
std::optional<std::pair<int, int>> parse_pair(WordReader reader, std::string_view prefix, Range first_range,
                                              std::string_view separator, Range second_range) {
  if (!reader.accept(prefix)) return std::nullopt;
  const auto first = reader.integer(first_range);
  if (!first || !reader.accept(separator)) return std::nullopt;
  const auto second = reader.integer(second_range);
  if (!second || !reader.done()) return std::nullopt;
  return std::pair{*first, *second};
}

std::optional<int> parse_single(WordReader reader, std::string_view prefix, Range range) {
  if (!reader.accept(prefix)) return std::nullopt;
  const auto value = reader.integer(range);
  return value && reader.done() ? value : std::nullopt;
}

std::optional<FormatSpec> named_or_ieee(std::string_view word) {
  for (const NamedFormat& named : named_formats())
    if (named.word == word) return named.format;
  if (const auto p = parse_pair(WordReader(word), "ieee", kIeeeExponentBits, ".", kIeeeFractionBits))
    return FormatSpec{Family::IeeeFloat, 1 + p->first + p->second, p->first, p->second, Specials::InfNan};
  return std::nullopt;
}

std::optional<FormatSpec> try_parse(std::string_view word) {
  if (const auto format = named_or_ieee(word)) return format;
  if (word.ends_with(kSaturates)) {
    auto format = named_or_ieee(word.substr(0, word.size() - kSaturates.size()));
    if (!format || format->family != Family::IeeeFloat) return std::nullopt;
    format->saturates = true;
    return format;
  }
  const WordReader reader(word);
  if (const auto posit = parse_posit(reader)) return posit;
  if (const auto p = parse_pair(reader, "e", kHillExponentBits, "m", kHillFractionBits))
    return FormatSpec{Family::HillFloat, 1 + p->first + p->second, p->first, p->second, Specials::None};
  if (const auto p = parse_pair(reader, "flex", kFlexBits, "+", kFlexExponentBits))
    return FormatSpec{Family::Flex, p->first, p->second, 0, Specials::None};
  if (const auto bits = parse_single(reader, "dfp", kDfpBits)) return FormatSpec{Family::Dfp, *bits, 0, 0, Specials::None};
  if (const auto bits = parse_single(reader, "sdfp", kDfpBits)) return FormatSpec{Family::Sdfp, *bits, 0, 0, Specials::None};
  if (const auto p = parse_pair(reader, "fixed", kFixedBits, ".", kFixedFractionBits))
    return FormatSpec{Family::Fixed, p->first, 0, p->second, Specials::None};
  return std::nullopt;
}

}  // namespace

FormatSpec parse_format(std::string_view word) {
  if (const auto format = try_parse(word)) return *format;
  if (const auto absent = absent_format(word))
    throw InputError("format: '" + std::string(word) + "' (" + std::string(absent->meaning) +
                     ") is known and not available here; the nearest that is: " + std::string(absent->nearest) + " (" +
                     std::string(format_word_patterns()) + ")");
  throw InputError("format: unknown word '" + std::string(word) + "'; the nearest valid one is '" + nearest_format_word(word) +
                   "' (" + std::string(format_word_patterns()) + ")");
}

std::string to_string(const FormatSpec& format) {
  const auto join = [](std::string_view a, int first, std::string_view b, int second) {
    std::string word(a);
    word += std::to_string(first);
    if (b.empty()) return word;
    word += b;
    word += std::to_string(second);
    return word;
  };
  switch (format.family) {
    case Family::Posit: {
      std::string word = join("posit", format.bits, format.exponent_bits == kStandardEs ? "" : "es", format.exponent_bits);
      return format.underflows ? word.append(kUnderflows) : word;
    }
    case Family::HillFloat:
      return join("e", format.exponent_bits, "m", format.fraction_bits);
    case Family::IeeeFloat: {
      FormatSpec plain = format;
      plain.saturates = false;
      std::string word;
      for (const NamedFormat& named : named_formats())
        if (named.format == plain) word = named.word;
      if (word.empty()) {
        if (format.specials != Specials::InfNan) break;
        word = join("ieee", format.exponent_bits, ".", format.fraction_bits);
      }
      return format.saturates ? word.append(kSaturates) : word;
    }
    case Family::Flex:
      return join("flex", format.bits, "+", format.exponent_bits);
    case Family::Dfp:
      return join("dfp", format.bits, "", 0);
    case Family::Sdfp:
      return join("sdfp", format.bits, "", 0);
    case Family::Fixed:
      return join("fixed", format.bits, ".", format.fraction_bits);
  }
  throw InvariantError("format: a specification without a word");
}

}  // namespace binade::numerics
