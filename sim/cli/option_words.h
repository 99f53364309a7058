// SPDX-License-Identifier: Apache-2.0
// Words and ranges that options of several commands share.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace binade::sim {

inline constexpr int kMostJobs = 1024;                    ///< of --jobs and --threads
inline constexpr std::int64_t kMostSeed32 = 0xffff'ffff;  ///< of seeds that stochastic rounding takes (numerics::random_bits)

/// A list of models/spec/words.h as options take it.
template <std::size_t N>
std::vector<std::string> words_of(const std::array<std::string_view, N>& list) {
  return {list.begin(), list.end()};
}
/// The same in a help text: "exact blocked serial fp32".
template <std::size_t N>
std::string help_of(const std::array<std::string_view, N>& list) {
  std::string text;
  for (const std::string_view word : list) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

}  // namespace binade::sim
