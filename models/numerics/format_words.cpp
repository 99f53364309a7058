// SPDX-License-Identifier: Apache-2.0
#include "models/numerics/format_words.h"

#include <array>
#include <vector>

#include "models/numerics/nearest.h"

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

}  // namespace

std::span<const NamedFormat> named_formats() { return kNamedFormats; }

std::string_view format_word_patterns() {
  return "fp32 fp16 bf16 fp8e4m3 fp8e5m2, posit<3..32>[es<0..4>], e<2..8>m<1..23>, flex<4..32>+<1..8>, dfp<2..32>, sdfp<2..32>, "
         "fixed<2..32>.<0..63>";
}

std::string nearest_format_word(std::string_view word) { return nearest_word(word, all_words()); }

}  // namespace binade::numerics
