// SPDX-License-Identifier: Apache-2.0
// "Did you mean": the candidate closest to a mistyped word.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace binade {

/// The candidate with the smallest edit distance (insertions, deletions, substitutions, swaps of neighbours; ASCII case
/// ignored; the first of equals); empty when there is none.
std::string nearest_word(std::string_view word, std::span<const std::string> candidates);

}  // namespace binade
