// SPDX-License-Identifier: Apache-2.0
// How matrix products are cut into tiles.
#include <array>
#include <charconv>
#include <system_error>

#include "sim/config/key_makers.h"

namespace binade::sim {

using namespace key_makers;

namespace {

constexpr std::int64_t kLargestExtent = std::int64_t{1} << 40;
constexpr std::array<std::string_view, 2> kOrderWords{"mnk", "nmk"};  ///< n in m; m in n

/// "MxNxK".
TilingChoice::Extents extents_of(std::string_view text) {
  std::array<std::int64_t, 3> extents{};
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (std::size_t i = 0; i < extents.size(); ++i) {
    const auto [next, error] = std::from_chars(at, end, extents[i]);
    const bool ends_well = i + 1 == extents.size() ? next == end : next != end && *next == 'x';
    if (error != std::errc() || !ends_well || extents[i] < 1 || extents[i] > kLargestExtent)
      throw InputError(fmt::format("'{}' is no tile; allowed: auto, or MxNxK of extents 1..2^40, such as 64x256x1152", text));
    at = next + 1;
  }
  return {extents[0], extents[1], extents[2]};
}

}  // namespace

std::vector<Key> tiling_keys() {
  return {
      {"tiling.choice", "word", "", join(words_of(spec::kTilingWords), ", "),
       "tiles of matrix products: the best by estimate, or the best of several that are simulated for each layer (docs/host.md)",
       [](Settings& s, std::string_view text) {
         s.tiling.search = parse_word(text, words_of(spec::kTilingWords)) == spec::kTilingWords[1];
       },
       [](const Settings& s) { return std::string(spec::kTilingWords[s.tiling.search ? 1 : 0]); }},
      {"tiling.tile", "word", "", "auto, MxNxK",
       "this tile for every matrix product; a layer that has less of an extent takes all it has",
       [](Settings& s, std::string_view text) {
         if (text == kAuto)
           s.tiling.extents.reset();
         else
           s.tiling.extents = extents_of(text);
       },
       [](const Settings& s) {
         return s.tiling.extents ? fmt::format("{}x{}x{}", s.tiling.extents->m, s.tiling.extents->n, s.tiling.extents->k)
                                 : std::string(kAuto);
       }},
      {"tiling.order", "word", "", join(auto_or(kOrderWords), ", "), "loops over tiles, outermost first",
       [](Settings& s, std::string_view text) {
         const std::string word = parse_word(text, auto_or(kOrderWords));
         if (word == kAuto)
           s.tiling.n_inner.reset();
         else
           s.tiling.n_inner = word == kOrderWords[0];
       },
       [](const Settings& s) {
         return s.tiling.n_inner ? std::string(kOrderWords[*s.tiling.n_inner ? 0 : 1]) : std::string(kAuto);
       }},
  };
}

}  // namespace binade::sim
