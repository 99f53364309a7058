// SPDX-License-Identifier: Apache-2.0
#include "models/numerics/format_words.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

namespace binade::numerics {
namespace {

constexpr std::array kNamedFormats{
#define FORMAT(word, family, bits, exponent_bits, fraction_bits, specials, meaning) \
  NamedFormat{word, FormatSpec{Family::family, bits, exponent_bits, fraction_bits, Specials::specials}, meaning},
#include "models/spec/formats.def"
};

std::vector<std::string> all_words() {
  std::vector<std::string> words;
  for (const NamedFormat& named : kNamedFormats) words.emplace_back(named.word);
  const auto single = [&](const std::string& prefix, Range range) {
    for (int i = range.first; i <= range.last; ++i) words.push_back(prefix + std::to_string(i));
  };
  const auto pair = [&](const std::string& prefix, Range first, const std::string& separator, Range second) {
    for (int i = first.first; i <= first.last; ++i) single(prefix + std::to_string(i) + separator, second);
  };
  single("posit", kPositBits);
  pair("posit", kPositBits, "es", kPositEs);
  pair("e", kHillExponentBits, "m", kHillFractionBits);
  pair("flex", kFlexBits, "+", kFlexExponentBits);
  single("dfp", kDfpBits);
  single("sdfp", kDfpBits);
  pair("fixed", kFixedBits, ".", kFixedFractionBits);
  return words;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Levenshtein distance, case ignored.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::span<const NamedFormat> named_formats() { return kNamedFormats; }

std::string_view format_word_patterns() {
  return "fp32 fp16 bf16 fp8e4m3 fp8e5m2, posit<3..32>[es<0..4>], e<2..8>m<1..23>, flex<4..32>+<1..8>, dfp<2..32>, sdfp<2..32>, "
         "fixed<2..32>.<0..63>";
}

std::string nearest_format_word(std::string_view word) {
  constexpr std::size_t kLongestCompared = 64;  // a longer word is as far from all of them
  const std::string_view compared = word.substr(0, kLongestCompared);
  const auto words = all_words();
  return *std::min_element(words.begin(), words.end(), [&](const std::string& a, const std::string& b) {
    return edit_distance(compared, a) < edit_distance(compared, b);
  });
}

}  // namespace binade::numerics
