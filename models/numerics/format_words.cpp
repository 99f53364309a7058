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
  const std::size_t first_posit = words.size();
  single("posit", kPositBits);
  pair("posit", kPositBits, "es", kPositEs);
  const std::size_t last_posit = words.size();
  for (std::size_t i = first_posit; i < last_posit; ++i) words.push_back(words[i] + "u");
  pair("e", kHillExponentBits, "m", kHillFractionBits);
  pair("ieee", kIeeeExponentBits, ".", kIeeeFractionBits);
  for (const NamedFormat& named : kNamedFormats)
    if (named.format.family == Family::IeeeFloat) words.push_back(std::string(named.word) + "sat");
  pair("flex", kFlexBits, "+", kFlexExponentBits);
  single("dfp", kDfpBits);
  single("sdfp", kDfpBits);
  pair("fixed", kFixedBits, ".", kFixedFractionBits);
  return words;
}

/// Fields that a published format has and no word here does.
struct AbsentTwin {
  int exponent_bits, fraction_bits;
  std::string_view name;
};
constexpr std::array kAbsentTwins{AbsentTwin{2, 1, "OCP FP4 E2M1"}, AbsentTwin{2, 3, "OCP FP6 E2M3"},
                                  AbsentTwin{3, 2, "OCP FP6 E3M2"}};

/// Formats that users ask for by name, matched whole or, where a `*` ends the pattern, by what stands before it; the first wins.
struct AbsentRow {
  std::string_view pattern;
  AbsentFormat format;
};
constexpr std::array kAbsent{
    AbsentRow{"mxfp8*", {"OCP MX: FP8 elements, a power-of-two scale for every 32", "fp8e4m3, fp8e5m2"}},
    AbsentRow{"mxfp6*", {"OCP MX: FP6 elements, a power-of-two scale for every 32", "fp8e4m3, or dfp6 with one exponent a tensor"}},
    AbsentRow{"mxfp4*", {"OCP MX: FP4 elements, a power-of-two scale for every 32", "dfp4, one exponent a tensor"}},
    AbsentRow{"mxint*", {"OCP MX: integers, a power-of-two scale for every 32", "dfp8, one exponent a tensor"}},
    AbsentRow{"mx*", {"OCP MX: elements with a power-of-two scale for every 32", "dfp8, one exponent a tensor"}},
    AbsentRow{"nvfp4*", {"FP4 elements, an FP8 scale for every 16", "dfp4, one exponent a tensor"}},
    AbsentRow{"fp4*", {"OCP FP4, E2M1", "dfp4, one exponent a tensor"}},
    AbsentRow{"fp64*", {"IEEE 754 binary64", "fp32; every report measures against binary64"}},
    AbsentRow{"fp6*", {"OCP FP6, E2M3 or E3M2", "dfp6, one exponent a tensor, or ieee3.2"}},
    AbsentRow{"fp8", {"a width of two OCP formats", "fp8e4m3, fp8e5m2"}},
    AbsentRow{"int4*", {"integers with a real scale", "dfp4, whose scale is a power of two"}},
    AbsentRow{"int8*", {"integers with a real scale", "dfp8, whose scale is a power of two"}},
    AbsentRow{"int16*", {"integers with a real scale", "dfp16, whose scale is a power of two"}},
    AbsentRow{"int*", {"integers with a real scale", "dfp<P>, whose scale is a power of two"}},
    AbsentRow{"uint*", {"unsigned integers with a real scale", "dfp<P>, signed, whose scale is a power of two"}},
    AbsentRow{"tf32*", {"TensorFloat-32: 8 exponent and 10 fraction bits", "ieee8.10, which has its values"}},
    AbsentRow{"takum8*", {"takum arithmetic", "posit8"}},
    AbsentRow{"takum16*", {"takum arithmetic", "posit16"}},
    AbsentRow{"takum*", {"takum arithmetic", "posit<N>"}},
    AbsentRow{"lns*", {"logarithmic numbers", "posit8, whose precision tapers too"}},
    AbsentRow{"bfp*", {"block floating point: one exponent for a block", "dfp<P>, flex<N>+<M>: one exponent a tensor"}},
    AbsentRow{"msfp*", {"block floating point: one exponent for a block", "dfp<P>, flex<N>+<M>: one exponent a tensor"}},
    AbsentRow{"hbfp*", {"block floating point: one exponent for a block", "dfp<P>, flex<N>+<M>: one exponent a tensor"}},
};

}  // namespace

FormatSpec underflowing(FormatSpec format) {
  format.underflows = format.family == Family::Posit;
  return format;
}

std::span<const NamedFormat> named_formats() { return kNamedFormats; }

std::string_view format_word_patterns() {
  return "fp32 fp16 bf16 fp8e4m3 fp8e5m2 ieee<2..8>.<1..23> each with or without sat behind, posit<3..32>[es<0..4>][u], "
         "e<2..8>m<1..23>, flex<4..32>+<1..8>, dfp<2..32>, sdfp<2..32>, fixed<2..32>.<0..63>";
}

std::string twin_note(const FormatSpec& format) {
  if (format.family != Family::HillFloat) return {};
  std::string other;
  for (const NamedFormat& named : kNamedFormats) {
    const FormatSpec& twin = named.format;
    if (twin.family == Family::IeeeFloat && twin.exponent_bits == format.exponent_bits &&
        twin.fraction_bits == format.fraction_bits)
      other = std::string(named.meaning.substr(0, named.meaning.find(':'))) + ", which is " + std::string(named.word);
  }
  for (const AbsentTwin& twin : kAbsentTwins)
    if (twin.exponent_bits == format.exponent_bits && twin.fraction_bits == format.fraction_bits)
      other = std::string(twin.name) + ", which is not available here";
  if (other.empty()) return {};
  return to_string(format) + " is the float of Hill et al.: no subnormals, no Inf or NaN, truncates after every operation; not " +
         other;
}

std::optional<AbsentFormat> absent_format(std::string_view word) {
  std::string lower(word);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (const AbsentRow& row : kAbsent) {
    const bool prefix = row.pattern.back() == '*';
    if (prefix ? lower.starts_with(row.pattern.substr(0, row.pattern.size() - 1)) : lower == row.pattern) return row.format;
  }
  return std::nullopt;
}

std::string nearest_format_word(std::string_view word) { return nearest_word(word, all_words()); }

}  // namespace binade::numerics
